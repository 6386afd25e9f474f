"""The dialogs of activities and tasks; each works as a page of its own, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kefen_crm.activities import actions, rhythm
from kefen_crm.activities.actions import WORK
from kefen_crm.activities.choosing import choose_customer
from kefen_crm.activities.forms import (
    CorrectForm,
    LogForm,
    PlanForm,
    ReasonForm,
    ReassignForm,
    SnoozeForm,
)
from kefen_crm.activities.in_place import changed
from kefen_crm.activities.models import Activity, Task
from kefen_crm.activities.queries import (
    activities_for,
    changeable_tasks,
    last_activities,
    people_for,
)
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform.calendar import current
from kefen_crm.platform.forms import carried_out, expected_version
from kefen_crm.platform.numbers import day as shown
from kefen_crm.platform.parts import Part
from kefen_crm.platform.registry import declared
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from django.forms import Form
    from django.http import HttpResponse

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import LogPart
    from kefen_crm.team.views import SignedInRequest


@require_GET
def choose(request: SignedInRequest, verb: str = "log") -> HttpResponse:
    """Whom an activity or a task is about: the customer is looked for, then the rest is asked."""
    require(request.user, WORK)
    title = _("Log an activity") if verb == "log" else _("Plan a task")
    return choose_customer(request, title, f"activities:{verb}")


@require_http_methods(["GET", "POST"])
def log(request: SignedInRequest, code: str) -> HttpResponse:
    """Note a call, a visit …, and what comes next."""
    require(request.user, WORK)
    customer = get_object_or_404(changeable_by(request.user).select_related("owner"), code=code)
    told = request.GET.get("task", "")
    task = changeable_tasks(request.user).filter(customer=customer, state="open")
    one = task.filter(pk=int(told)).first() if told.isdecimal() and len(told) < 18 else None
    form = LogForm(
        request.POST or None,
        customer=customer,
        user=request.user,
        task=one,
        by_rhythm=_by_rhythm(customer),
        kind=request.GET.get("kind", ""),
    )
    parts = [one for one in declared("log_parts") if one.may(request)]
    if form.is_valid() and _done(form, lambda: _log(request, customer, form, parts)):
        return _changed(request, customer, _("Logged: %(name)s.") % {"name": customer.name})
    last = last_activities([customer.pk]).get(customer.pk)
    more = [form[name] for name in ("outcome", "contact", "at", "minutes", "direction")]
    context = {"last": last, "more": more, "parts": [Part(one.template, {}) for one in parts]}
    return _ask(request, "log", customer, form, _("Log an activity"), **context)


@transaction.atomic
def _log(
    request: SignedInRequest, customer: Customer, form: LogForm, parts: Sequence[LogPart]
) -> None:
    activity = actions.log(
        request.user,
        customer,
        form.values,
        closes=[one.pk for one in form.cleaned_data["closes"]],
        then=form.then,
        key=request.POST.get("key", ""),
    )
    for part in parts:
        part.take(request, activity)


@require_http_methods(["GET", "POST"])
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Correct an activity that was noted."""
    activity = _activity(request, pk)
    initial = {name: getattr(activity, name) for name in ("kind", "text", "outcome", "contact")}
    initial |= {"minutes": activity.minutes, "direction": activity.direction, "at": activity.at}
    initial["answered"] = "no" if activity.answered is False else "yes"
    form = CorrectForm(request.POST or None, initial=initial)
    if form.is_valid() and _done(
        form,
        lambda: actions.correct(
            request.user,
            activity,
            form.values,
            expected_version=expected_version(request),
            reason=form.cleaned_data["reason"],
        ),
    ):
        return _changed(request, activity.customer, _("Corrected."))
    return _ask(request, "ask", activity.customer, form, _("Correct it"), target=activity)


@require_http_methods(["GET", "POST"])
def withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    """Withdraw an activity: it counts no more."""
    activity = _activity(request, pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and _done(
        form,
        lambda: actions.withdraw(
            request.user,
            activity,
            expected_version=expected_version(request),
            reason=form.cleaned_data["reason"],
        ),
    ):
        return _changed(request, activity.customer, _("Withdrawn. It counts no more."))
    return _ask(request, "ask", activity.customer, form, _("Withdraw it?"), target=activity)


@require_http_methods(["GET", "POST"])
def plan(request: SignedInRequest, code: str) -> HttpResponse:
    """Plan a task."""
    require(request.user, WORK)
    customer = get_object_or_404(changeable_by(request.user).select_related("owner"), code=code)
    form = PlanForm(request.POST or None, people=people_for(customer), user=request.user)
    if form.is_valid() and _done(
        form,
        lambda: actions.plan(request.user, customer, form.values, key=request.POST.get("key", "")),
    ):
        return _changed(request, customer, _("Planned."))
    return _ask(request, "ask", customer, form, _("Plan a task"))


@require_http_methods(["GET", "POST"])
def snooze(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put a task off."""
    task = _task(request, pk)
    form = SnoozeForm(request.POST or None, task=task)
    if form.is_valid() and _done(
        form,
        lambda: actions.snooze(request.user, task, form.chosen, **_told(request, form)),
    ):
        told = {"name": task.customer.name, "day": shown(form.chosen)}
        return _changed(request, task.customer, _("%(name)s: put off to %(day)s.") % told)
    return _ask(request, "ask", task.customer, form, _("Put it off"), target=task)


@require_http_methods(["GET", "POST"])
def skip(request: SignedInRequest, pk: int) -> HttpResponse:
    """Leave a task out this time."""
    return _with_reason(request, pk, actions.skip, _("Skip it this time?"), _("Skipped."))


@require_http_methods(["GET", "POST"])
def done(request: SignedInRequest, pk: int) -> HttpResponse:
    """Say that a task is done, without an activity."""
    return _with_reason(request, pk, actions.done, _("Done by what?"), _("Done."))


@require_http_methods(["GET", "POST"])
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call a task off."""
    return _with_reason(request, pk, actions.cancel, _("Call it off?"), _("Called off."))


@require_http_methods(["GET", "POST"])
def reassign(request: SignedInRequest, pk: int) -> HttpResponse:
    """Give a task to somebody else."""
    task = _task(request, pk)
    form = ReassignForm(request.POST or None, people=people_for(task.customer))
    if form.is_valid() and _done(
        form,
        lambda: actions.reassign(
            request.user, task, form.cleaned_data["owner"], **_told(request, form)
        ),
    ):
        told = {"name": form.cleaned_data["owner"].display_name}
        return _changed(request, task.customer, _("%(name)s does it.") % told)
    return _ask(request, "ask", task.customer, form, _("Give it to somebody"), target=task)


def _with_reason(
    request: SignedInRequest, pk: int, verb: Callable[..., Task], title: str, said: str
) -> HttpResponse:
    task = _task(request, pk)
    form = ReasonForm(request.POST or None)
    if form.is_valid() and _done(form, lambda: verb(request.user, task, **_told(request, form))):
        return _changed(request, task.customer, said)
    return _ask(request, "ask", task.customer, form, title, target=task)


def _told(request: SignedInRequest, form: Form) -> dict[str, Any]:
    return {
        "reason": form.cleaned_data["reason"],
        "expected_version": expected_version(request),
        "key": request.POST.get("key", ""),
    }


def _by_rhythm(customer: Customer) -> date | None:
    """When the rhythm asks for the next contact, if there is one today."""
    rule = rhythm.rule_of(customer)
    if rule is None or customer.owner is None:
        return None
    return current().add_workdays(timezone.localdate(), rule.working_days)


def _task(request: SignedInRequest, pk: int) -> Task:
    require(request.user, WORK)
    found: Task = get_object_or_404(changeable_tasks(request.user), pk=pk)
    return found


def _activity(request: SignedInRequest, pk: int) -> Activity:
    require(request.user, WORK)
    mine = activities_for(request.user).filter(customer__in=changeable_by(request.user))
    found: Activity = get_object_or_404(mine, pk=pk)
    return found


def _done(form: Form, act: Callable[[], object]) -> bool:
    """Whether it was done; else the form says why not."""
    try:
        return carried_out(form, act)
    except (Activity.DoesNotExist, Task.DoesNotExist):
        form.add_error(None, _("Only whoever noted it, or a manager, may change it."))
        return False


def _changed(request: SignedInRequest, customer: Customer, said: str) -> HttpResponse:
    """After a change: the lists of the page read themselves anew, or the customer's page."""
    if _htmx(request):
        return changed(said)
    messages.success(request, said)
    return redirect("customers:detail", customer.code)


def _ask(
    request: SignedInRequest, name: str, customer: Customer, form: Form, title: str, **more: Any
) -> HttpResponse:
    context = {"customer": customer, "form": form, "title": title, "key": uuid4().hex, **more}
    if _htmx(request):  # which puts in place what is no error
        return render(request, f"activities/_{name}.html", context)
    status = 422 if form.errors else 200
    context["dialog"] = f"activities/_{name}.html"
    return render(request, "activities/ask.html", context, status=status)


def _htmx(request: SignedInRequest) -> bool:
    return bool(request.htmx)  # type: ignore[attr-defined]
