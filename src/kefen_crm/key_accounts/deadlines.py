"""What is due of tenders, and how many working days are left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kefen_crm.key_accounts.models import Contract, Tender
from kefen_crm.key_accounts.records import visible
from kefen_crm.platform.calendar import current
from kefen_crm.platform.parts import CalendarEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from kefen_crm.platform.calendar import Calendar
    from kefen_crm.platform.parts import Text
    from kefen_crm.team.models import User

SOON: Final = 5
"""Working days within which something due needs attention."""
AHEAD: Final = timedelta(days=45)
"""How far ahead the list of what is due looks."""
DUE: Final = "due"
TITLES: Final[dict[str, Text]] = {
    "questions": gettext_lazy("Questions end"),
    DUE: gettext_lazy("Bid due"),
    "opening": gettext_lazy("Bids are opened"),
}
State = Tender.State


@dataclass(frozen=True)
class Deadline:
    """Something of a tender that falls on a day.

    Attributes:
        what: by `TITLES`.
        at: the moment; None where it has only a day.
        left: the working days after today, up to and with the day; below zero once it has passed.
        missed: the bid was to be there before now.
    """

    tender: Tender
    what: str
    on: date
    at: datetime | None
    left: int
    missed: bool = False

    @property
    def title(self) -> str:
        return str(TITLES[self.what])

    @property
    def soon(self) -> bool:
        return self.left <= SOON

    @property
    def words(self) -> str:
        """How much time is left, in words."""
        return time_left(self.left, missed=self.missed)


def time_left(left: int, *, missed: bool) -> str:
    """Working days in words."""
    if missed:
        return _("missed")
    if left <= 0:
        return _("no working day left")
    told = ngettext("%(count)s working day left", "%(count)s working days left", left)
    return told % {"count": left}


def deadlines_of(tenders: Iterable[Tender], calendar: Calendar, now: datetime) -> list[Deadline]:
    """What is due of these tenders, the next first.

    While a bid is not handed in: the end of questions, unless it has passed, and the day it is
    due. Once it is: the opening of the bids, unless that has passed.
    """
    today = calendar.today(now)
    found: list[Deadline] = []
    for one in tenders:
        if one.state in (State.WATCHING, State.PREPARING):
            if one.questions_until and one.questions_until >= today:
                left = calendar.workdays(today, one.questions_until)
                found.append(Deadline(one, "questions", one.questions_until, None, left))
            day = calendar.today(one.due_at)
            left, missed = calendar.workdays(today, day), one.due_at < now
            found.append(Deadline(one, DUE, day, one.due_at, left, missed))
        elif one.state == State.SUBMITTED and one.opens_at and one.opens_at >= now:
            day = calendar.today(one.opens_at)
            left = calendar.workdays(today, day)
            found.append(Deadline(one, "opening", day, one.opens_at, left))
    return sorted(found, key=lambda each: (each.on, each.at or now, each.tender.pk))


def due_soon(tenders: QuerySet[Tender], now: datetime) -> list[Deadline]:
    """What is due within `SOON` working days, and the bids that were missed."""
    return [one for one in upcoming(tenders, now) if one.soon]


def upcoming(tenders: QuerySet[Tender], now: datetime) -> list[Deadline]:
    """What is due within `AHEAD`, and the bids that were missed."""
    found = tenders.filter(near(now)).select_related("owner")
    last = timezone.localdate(now + AHEAD)
    return [one for one in deadlines_of(found, current(), now) if one.on <= last]


def calendar(user: User, first: date, last: date) -> list[CalendarEntry]:
    """The moments of the tenders of a person, and the days on which their contracts end.

    Bids that are handed in, and days that have passed, stay where they were: a calendar tells what
    was, too. Withdrawn tenders are left out.
    """
    zone = current().zone
    begins = datetime.combine(first, time(), zone)
    ends = datetime.combine(last + timedelta(days=1), time(), zone)
    own = visible(Tender, user).filter(owner=user).exclude(state=State.WITHDRAWN)
    within = Q(due_at__gte=begins, due_at__lt=ends) | Q(opens_at__gte=begins, opens_at__lt=ends)
    within |= Q(questions_until__gte=first, questions_until__lte=last)
    found = []
    for one in own.filter(within).select_related("customer"):
        moments = {"questions": one.questions_until, DUE: one.due_at, "opening": one.opens_at}
        url = reverse("key_accounts:tender", args=[one.pk])
        found += [
            _entry(f"tender-{one.pk}-{what}", str(TITLES[what]), one, at, url)
            for what, at in moments.items()
            if at is not None
        ]
    running = visible(Contract, user).filter(owner=user, state__in=Contract.RUNNING)
    for each in running.filter(ends_on__gte=first, ends_on__lte=last).select_related("customer"):
        url = reverse("key_accounts:contract", args=[each.pk])
        if each.notice_days and each.notice_by:
            title = _("Last day of notice")
            found.append(_entry(f"contract-{each.pk}-notice", title, each, each.notice_by, url))
        if each.ends_on:
            title = _("Contract ends")
            found.append(_entry(f"contract-{each.pk}-end", title, each, each.ends_on, url))
    return found


def _entry(
    uid: str, title: str, one: Tender | Contract, at: date | datetime, url: str
) -> CalendarEntry:
    about = f"{title}: {one.title} · {one.customer.name}"
    return CalendarEntry(uid, about, f"{one.number} {one.reference}".strip(), at, url, one.version)


def near(now: datetime) -> Q:
    """The tenders of which something is due within `AHEAD`, or a bid was missed."""
    until = now + AHEAD
    bids = Q(due_at__lte=until) | Q(questions_until__lte=timezone.localdate(until))
    opened = Q(state=State.SUBMITTED, opens_at__lte=until, opens_at__gte=now)
    return Q(bids, state__in=(State.WATCHING, State.PREPARING)) | opened
