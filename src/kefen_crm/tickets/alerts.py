"""What the clock does about tickets: it warns, tells of broken promises, and lets classes count.

Every half hour, within working hours only: whoever has a ticket is warned when three quarters of a
time are over; when it is over the lead of the department is told, too. A customer whose class has
become better gets the better service level.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy, gettext_noop

from kefen_crm.activities.team import leads_of
from kefen_crm.customers.models import Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.parts import ClockJob, NoticeKind
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Role
from kefen_crm.tickets import clocks
from kefen_crm.tickets.actions import SERVE
from kefen_crm.tickets.models import ServiceClock, Ticket
from kefen_crm.tickets.rules import SERVICE_LEVEL, ServiceLevel, of_rule

if TYPE_CHECKING:
    from datetime import datetime

    from kefen_crm.platform.calendar import Calendar
    from kefen_crm.platform.due import Due

SOON = NoticeKind("ticket.soon", gettext_lazy("A ticket of mine runs out soon"), "clock")
LATE = NoticeKind(
    "ticket.late", gettext_lazy("A ticket of mine or my team is late"), "clock-exclamation"
)


def watch(due: Due) -> None:
    """One turn: better service levels first, then warnings and broken promises."""
    calendar = current()
    _improve(calendar)
    if _at_work(calendar, due.now):
        _warn(due.now)


def _improve(calendar: Calendar) -> None:
    """Give tickets what the service level of their customer's class promises now, if better."""
    found: list[ServiceLevel] = rules.in_force(SERVICE_LEVEL)
    unsolved = Ticket.objects.unsolved()
    customers = Customer.objects.filter(pk__in=unsolved.values("customer"))
    for rule, held in divided(found, customers):
        normal, urgent = (of_rule(rule, one) for one in ("normal", "urgent"))
        slower = Q(pk__in=[])
        for target, minutes in normal.minutes.items():
            slower |= Q(target=target, allowed__gt=minutes)
        running = ServiceClock.objects.filter(slower, stopped_at=None, ticket__customer__in=held)
        behind = unsolved.filter(clocks__in=running).distinct()
        for ticket in behind:
            severe = ticket.severity == Ticket.Severity.URGENT
            if clocks.improve(calendar, ticket, urgent if severe else normal):
                Ticket.objects.filter(pk=ticket.pk).update(due_at=clocks.next_due(ticket))


def _warn(now: datetime) -> None:
    """Warn of clocks that run out, and tell of those that did."""
    running = ServiceClock.objects.select_for_update(of=("self",), skip_locked=True).filter(
        stopped_at=None, paused_at=None, warn_at__lte=now, breached_at=None
    )
    people = "ticket__owner__department__lead", "ticket__owner__department__parent__lead"
    for one in running.select_related("ticket__customer", *people):
        over = now > one.due_at
        if over:
            one.breached_at = one.due_at
            _tell_late(one)
        elif not one.warned:
            _tell_soon(one)
        one.warned = True
        one.save(update_fields=["warned", "breached_at"])


def _tell_soon(one: ServiceClock) -> None:
    owner = one.ticket.owner
    if owner is not None:
        text = gettext_noop(
            "%(title)s of %(customer)s waits for us; three quarters of the time are over"
        )
        _tell([owner], SOON, text, one.ticket)


def _tell_late(one: ServiceClock) -> None:
    """Tell whoever has the ticket, and the lead; of a ticket that nobody has, every manager."""
    owner = one.ticket.owner
    if owner is None:
        people = list(permitted(SERVE).filter(role=Role.MANAGER))
    else:
        people = [owner, *leads_of([owner]).values()]
    text = gettext_noop("%(title)s of %(customer)s was promised earlier and is late")
    _tell(people, LATE, text, one.ticket)


def _tell(people: list[User], kind: NoticeKind, text: str, ticket: Ticket) -> None:
    data: dict[str, Any] = {"title": str(ticket), "customer": ticket.customer.name}
    address = reverse("tickets:detail", args=[ticket.pk])
    notify(people, kind.name, text, data, address, customer=ticket.customer)


def _at_work(calendar: Calendar, now: datetime) -> bool:
    """Whether a moment lies within working hours."""
    local = now.astimezone(calendar.zone)
    minute = local.hour * 60 + local.minute
    return any(first <= minute < end for first, end in calendar.intervals(local.date()))


JOB = ClockJob("tickets.watch", watch, every="half-hour")
