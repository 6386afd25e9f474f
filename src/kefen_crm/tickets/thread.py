"""A ticket's thread: one message more, one version more, and when it is due by then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.grading.scopes import facts_of
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.tickets import clocks
from kefen_crm.tickets.models import Message, ServiceClock, Ticket
from kefen_crm.tickets.rules import promised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from kefen_crm.platform.models import Event
    from kefen_crm.team.models import User

LONGEST: Final = 5_000
"""Characters of a message."""
Target = ServiceClock.Target


def locked(actor: User, ticket: Ticket, expected_version: int | None = None) -> Ticket:
    """A ticket in reach, locked until the transaction ends.

    Raises:
        ValidationError: where it was merged into another.
    """
    found = events.locked(_reached(actor), ticket.pk, expected_version)
    if found.merged_into is not None:
        told = {"ticket": found.number, "into": found.merged_into.number}
        raise ValidationError(_("%(ticket)s was merged into %(into)s. Go on there.") % told)
    return found


def unsolved(actor: User, ticket: Ticket, expected_version: int | None) -> Ticket:
    """The same, of one that is not solved."""
    found = locked(actor, ticket, expected_version)
    if found.solved:
        raise ValidationError(_("The ticket is solved. Reopen it first."))
    return found


def _reached(actor: User) -> QuerySet[Ticket]:
    found = Ticket.objects.filter(customer__in=changeable_by(actor))
    return found.select_related("customer__owner")


def saved(ticket: Ticket) -> None:
    """Save a ticket as its next version, with when it is due."""
    ticket.due_at = clocks.next_due(ticket)
    events.raised(ticket)


def await_answer(ticket: Ticket) -> None:
    """Start the clock of the next answer, unless the first is still awaited."""
    if ticket.clocks.filter(target=Target.FIRST, stopped_at=None).exists():
        return
    if found := promised(facts_of(ticket.customer), ticket.severity):
        clocks.begin(current(), ticket, Target.NEXT, found, timezone.now())


def add(ticket: Ticket, actor: User | None, direction: str, channel: str, text: str) -> Message:
    """Add a message to a ticket."""
    said = Message(
        ticket=ticket, direction=direction, channel=channel or "note", text=text, by=actor,
        at=timezone.now(),
    )  # fmt: skip
    said.full_clean(exclude=["ticket", "by"])
    said.save()
    return said


def text_of(text: str) -> str:
    """What was said, checked."""
    text = text.strip()
    if not text:
        raise ValidationError({"text": _("Say what was said.")})
    if len(text) > LONGEST:
        raise ValidationError({"text": _("At most %(count)s characters.") % {"count": LONGEST}})
    return text


def recorded(
    actor: User | None, verb: str, ticket: Ticket, said: Message, key: str, given: Mapping[str, Any]
) -> None:
    """Write down what was said about a ticket."""
    after = {"ticket": ticket.pk, "title": ticket.title, "text": said.text}
    events.record(actor, verb, said, customer=ticket.customer, after=after, key=key, given=given)


def ticket_of(answer: Event) -> Ticket:
    """The ticket that an earlier request was answered with."""
    found = answer.target()
    assert isinstance(found, Ticket)
    return found


def message_of(answer: Event) -> Message:
    """The message that an earlier request was answered with."""
    found = answer.target()
    assert isinstance(found, Message)
    return found
