"""Tasks for calendar programs, at a secret address that can be revoked."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from icalendar import Calendar, Event, vDuration

from kefen_crm.activities import repeating
from kefen_crm.activities.models import MINUTES, CalendarFeed, Task
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.queries import tasks_for
from kefen_crm.activities.today import why
from kefen_crm.platform.registry import calendar_entries
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.platform.parts import CalendarEntry
    from kefen_crm.team.models import User
    from kefen_crm.team.views import SignedInRequest

BEFORE, AHEAD = timedelta(days=30), timedelta(days=400)
REFRESHED = timedelta(minutes=30)
"""So often calendar programs are asked to look again."""
MOST = 2_000
"""Tasks of a calendar."""
MOST_OF_A_SERIES = 60


@require_http_methods(["GET", "POST"])
def address(request: SignedInRequest) -> HttpResponse:
    """Make a new address, which ends the one before, or end it; the address is shown once."""
    require(request.user, WORK)
    made = ""
    if request.method == "POST":
        if request.POST.get("end"):
            revoke(request.user)
        else:
            place = reverse("activities:ical", args=[create(request.user)])
            made = request.build_absolute_uri(place)
    context = {
        "made": made,
        "known": CalendarFeed.objects.filter(user=request.user).first(),
        "title": _("Tasks in my calendar"),
    }
    template = "activities/_address.html" if request.htmx else "activities/address.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The open tasks of whoever made the address."""
    known = CalendarFeed.objects.select_related("user").filter(digest=digest(token)).first()
    if known is None or not may(known.user, WORK):
        raise Http404
    with translation.override(known.user.language or translation.get_language()):
        text = calendar_of(known.user, request.build_absolute_uri("/")).to_ical()
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


@transaction.atomic
def create(user: User) -> str:
    """Give `user` a new address; gives its secret part, of which only a digest is kept."""
    require(user, WORK)
    token = secrets.token_urlsafe(24)
    CalendarFeed.objects.update_or_create(
        user=user, defaults={"digest": digest(token), "created": timezone.now()}
    )
    return token


def revoke(user: User) -> None:
    """End the address of `user`."""
    CalendarFeed.objects.filter(user=user).delete()


def calendar_of(user: User, site: str) -> Calendar:
    """The open tasks of a person, and what apps have for them; each keeps its UID for good."""
    found = Calendar()
    found.add("prodid", "-//Kefen//Tasks//EN")
    found.add("version", "2.0")
    found.add("x-wr-calname", _("Kefen tasks"))
    found.add("name", _("Kefen tasks"))  # RFC 7986
    found.add("refresh-interval", vDuration(REFRESHED), parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", vDuration(REFRESHED))
    today = timezone.localdate()
    tasks = tasks_for(user).filter(owner=user, state=Task.State.OPEN)
    near = tasks.filter(day__gte=today - BEFORE, day__lte=today + AHEAD)
    for task in near.order_by("day", "pk")[:MOST]:
        found.add_component(_event(task, task.day, _uid(task), site))
        for day, repeat in repeating.expected(task, today + AHEAD, MOST_OF_A_SERIES):
            found.add_component(_event(task, day, _uid(task, repeat.step), site))
    for entry in calendar_entries(user, today - BEFORE, today + AHEAD)[:MOST]:
        found.add_component(_of_app(entry, site))
    return found


def _of_app(entry: CalendarEntry, site: str) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@kefen")
    event.add("sequence", entry.version - 1)
    event.add("dtstamp", timezone.now().astimezone(UTC))
    event.add("summary", entry.title)
    event.add("description", entry.text)
    event.add("url", site.rstrip("/") + entry.url)
    if isinstance(entry.at, datetime):
        begins = entry.at.astimezone(UTC)
        event.add("dtstart", begins)
        event.add("dtend", begins)
    else:
        event.add("dtstart", entry.at)
        event.add("dtend", entry.at + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    return event


def _uid(task: Task, step: int | None = None) -> str:
    """What tells a task from others for good; one of a series has it before it is planned."""
    if not task.repeat:
        return f"task-{task.pk}@kefen"
    at = task.repeat["step"] if step is None else step
    return f"series-{task.customer_id}-{repeating.series_of(task)}-{at}@kefen"


def _event(task: Task, day: date, uid: str, site: str) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("sequence", task.version - 1)
    event.add("dtstamp", task.changed.astimezone(UTC))
    event.add("last-modified", task.changed.astimezone(UTC))
    event.add("summary", f"{task.heading} · {task.customer.name}")
    event.add("description", " · ".join(filter(None, [why(task), task.repeats])))
    place = reverse("customers:detail", args=[task.customer.code])
    event.add("url", site.rstrip("/") + place)
    if task.due_at is None:
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    else:
        zone = timezone.get_default_timezone()
        begins = datetime.combine(day, task.due_at, zone).astimezone(UTC)
        event.add("dtstart", begins)
        event.add("dtend", begins + timedelta(minutes=MINUTES[task.kind]))
    return event
