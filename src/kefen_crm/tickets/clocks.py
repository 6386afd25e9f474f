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
        _end(one, now)
        one.save()


def join(calendar: Calendar, ticket: Ticket, into: Ticket, now: datetime) -> None:
    """Give a ticket the promises of one that is merged into it, so that none is hidden.

    Of the answers that customers wait for, and of the solutions, the one due earlier goes on; the
    other ends, and counts only where it is broken already. All that was broken goes along.
    """
    for targets in ((Target.FIRST, Target.NEXT), (Target.RESOLVE,)):
        both = ServiceClock.objects.filter(ticket__in=(ticket, into), target__in=targets)
        found = sorted(
            both.filter(stopped_at=None),
            key=lambda one: (_due_from(calendar, one, now), one.ticket_id != into.pk),
        )
        for one in found[1:]:
            _end(one, now)
            one.ticket = into if one.breached_at else ticket
            one.save()
        for one in found[:1]:
            one.ticket = into
            one.save()
    ticket.clocks.exclude(breached_at=None).update(ticket=into)


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
    last = ticket.clocks.filter(target=Target.RESOLVE).order_by("-stopped_at", "-pk").first()
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


def _end(one: ServiceClock, now: datetime) -> None:
    """Have a clock stand for good, and say whether the promise was broken."""
    if one.breached_at is None and one.paused_at is None and now > one.due_at:
        one.breached_at = one.due_at
    one.stopped_at, one.paused_at = one.paused_at or now, None


def _due_from(calendar: Calendar, one: ServiceClock, now: datetime) -> datetime:
    """When a clock runs out, were it to go on now."""
    if one.paused_at is None:
        return one.due_at
    return calendar.add(one.due_at, calendar.worked(one.paused_at, now))


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
