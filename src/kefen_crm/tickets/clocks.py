"""How the clocks of a ticket begin, stand still, go on and end.

The first answer is promised from the opening on, by whatever channel it comes; each further one
from the customer's message on; the solution from the opening on, without the time that we wait for
the customer and without the time that the ticket was solved. What was promised at the opening is
never made worse later; a better class makes it better.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from kefen_crm.tickets.models import ServiceClock, Ticket

if TYPE_CHECKING:
    from datetime import datetime

    from kefen_crm.platform.calendar import Calendar
    from kefen_crm.tickets.rules import Promised

WARNED_AT: Final = 75
"""Percent of the time after which whoever answers is warned."""
Target = ServiceClock.Target


def begin(
    calendar: Calendar, ticket: Ticket, target: str, promised: Promised, now: datetime
) -> None:
    """Start a clock of a ticket, unless one of this target runs."""
    if ticket.clocks.filter(target=target, stopped_at=None).exists():
        return
    one = ServiceClock(
        ticket=ticket,
        target=target,
        rule=promised.rule,
        allowed=promised.minutes[target],
        started_at=now,
    )
    _place(calendar, one)
    one.save()


def stop(ticket: Ticket, targets: tuple[str, ...], now: datetime) -> None:
    """End the clocks of a ticket that stand for these targets; a broken promise stays broken."""
    for one in ticket.clocks.filter(target__in=targets, stopped_at=None):
        if one.breached_at is None and one.paused_at is None and now > one.due_at:
            one.breached_at = one.due_at
        one.stopped_at = one.paused_at or now
        one.paused_at = None
        one.save()


def drop(ticket: Ticket, now: datetime) -> None:
    """End the clocks of a ticket that goes on as another; that breaks no promise."""
    for one in ticket.clocks.filter(stopped_at=None):
        one.stopped_at, one.paused_at = one.paused_at or now, None
        one.save()


def pause(ticket: Ticket, now: datetime) -> None:
    """Wait for the customer: the solution's clock stands still."""
    for one in ticket.clocks.filter(target=Target.RESOLVE, stopped_at=None, paused_at=None):
        if one.breached_at is None and now > one.due_at:
            one.breached_at = one.due_at
        one.paused_at = now
        one.save()


def resume(calendar: Calendar, ticket: Ticket, now: datetime) -> None:
    """Go on after the customer answered."""
    for one in ticket.clocks.filter(stopped_at=None).exclude(paused_at=None):
        _continue(calendar, one, one.paused_at, now)


def reopen(calendar: Calendar, ticket: Ticket, now: datetime) -> None:
    """Let the solution's clock go on where it ended when the ticket was solved."""
    last = ticket.clocks.filter(target=Target.RESOLVE).order_by("-started_at", "-pk").first()
    if last is not None and last.stopped_at is not None:
        _continue(calendar, last, last.stopped_at, now)


def improve(calendar: Calendar, ticket: Ticket, promised: Promised) -> bool:
    """Bring the clocks to what a better service level promises; whether any changed."""
    changed = False
    for one in ticket.clocks.filter(stopped_at=None):
        if promised.minutes[one.target] < one.allowed:
            one.allowed, one.rule = promised.minutes[one.target], promised.rule
            _place(calendar, one)
            one.save()
            changed = True
    return changed


def next_due(ticket: Ticket) -> datetime | None:
    """When the first of the running clocks runs out."""
    running = ticket.clocks.filter(stopped_at=None, paused_at=None)
    found: datetime | None = running.order_by("due_at").values_list("due_at", flat=True).first()
    return found


def _continue(calendar: Calendar, one: ServiceClock, since: datetime | None, now: datetime) -> None:
    """Let a clock go on that stood still since a moment."""
    if since is not None:
        one.paused += round(calendar.worked(since, now) / timedelta(minutes=1))
    one.paused_at = one.stopped_at = None
    _place(calendar, one)
    one.save()


def _place(calendar: Calendar, one: ServiceClock) -> None:
    """Say when a clock warns and when it runs out."""
    warned = one.allowed * WARNED_AT // 100
    one.warn_at = calendar.add(one.started_at, timedelta(minutes=warned + one.paused))
    one.due_at = calendar.add(one.started_at, timedelta(minutes=one.allowed + one.paused))
