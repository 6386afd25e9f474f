"""The clock reminds of what is due of tenders: five working days before, three, one, and last.

A bid that is handed in, or a tender that is given up, is not reminded of any more.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.key_accounts.deadlines import DUE, deadlines_of
from kefen_crm.key_accounts.models import Tender
from kefen_crm.platform.calendar import load
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.parts import ClockJob, NoticeKind

if TYPE_CHECKING:
    from kefen_crm.key_accounts.deadlines import Deadline
    from kefen_crm.platform.due import Due

LEVELS: Final = (0, 1, 3, 5)
"""Working days left at which somebody is reminded; of those that have come the smallest counts."""
SOON = NoticeKind("tender.due", gettext_lazy("Something of a tender of mine is due"), "gavel")
TEXTS: Final = {
    "questions": gettext_noop("Questions about “%(title)s” of %(customer)s end on %(day)s"),
    DUE: gettext_noop("The bid for “%(title)s” of %(customer)s is due on %(day)s"),
    "opening": gettext_noop("The bids for “%(title)s” of %(customer)s are opened on %(day)s"),
}


def remind(due: Due) -> None:
    """One day: whoever has a tender is told of what is due, once for each of `LEVELS`."""
    calendar = load()
    morning = datetime.combine(due.day, time(0), calendar.zone)
    tenders = Tender.objects.filter(state__in=Tender.OPEN).select_related(
        "customer__owner", "owner"
    )
    found: dict[str, Deadline] = {}
    occurrences: dict[str, str] = {}
    for one in deadlines_of(tenders, calendar, morning):
        level = level_of(one.left)
        if one.missed or level is None:
            continue
        target = f"tender:{one.tender.pk}:{one.what}"
        found[target], occurrences[target] = one, f"{one.on}/{level}"
    for target in due.targets("tender_due", occurrences, population=len(tenders)):
        _tell(found[target])


def level_of(left: int) -> int | None:
    """The level that so many working days left have come to; None before all of them."""
    return next((level for level in LEVELS if left <= level), None)


def _tell(one: Deadline) -> None:
    tender = one.tender
    owner = tender.owner or tender.customer.owner
    if owner is None:
        return
    data: dict[str, Any] = {
        "title": tender.title,
        "customer": tender.customer.name,
        "day": one.on.isoformat(),
    }
    address = reverse("key_accounts:tender", args=[tender.pk])
    notify([owner], SOON.name, TEXTS[one.what], data, address, customer=tender.customer)


JOB = ClockJob("key_accounts.remind", remind, kind="reminder")
