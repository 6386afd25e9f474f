"""Links two tickets that have to do with each other, and takes links away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kefen_crm.platform import events
from kefen_crm.team.roles import require
from kefen_crm.tickets.link_models import TicketLink
from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.permits import SERVE
from kefen_crm.tickets.queries import changeable_tickets, linked, seen_from, tickets_for

if TYPE_CHECKING:
    from kefen_crm.team.models import User

LINKED: Final = "ticket.linked"
UNLINKED: Final = "ticket.unlinked"
_LOCK: Final = 7_240_135
"""Of the database's lock of links, taken after those of tickets: a pair is linked once."""


@transaction.atomic
def link(actor: User, ticket: Ticket, kind: str, other: Ticket, *, key: str = "") -> TicketLink:
    """Say what a ticket is to another; a pair that is linked already is linked anew.

    Nothing is told on the timelines of the customers, and the event names neither ticket: whoever
    sees one customer is not to learn of the other.

    Args:
        actor: who may answer tickets of the customer of `ticket`, and see that of `other`.
        ticket: which is linked.
        kind: what it is to `other`, of `TicketLink.Kind`.
        other: a ticket of whichever customer; where it was merged, the one that goes on.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        Ticket.DoesNotExist: when either is out of reach of `actor`.
        ValidationError: of a ticket and itself, of a kind that there is not, and of a merged one.
        KeyReused: when the key came with something else before.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "kind": kind, "other": other.pk}
    if known := events.answered(actor, LINKED, key, given):
        return known.target()  # type: ignore[return-value]  # the event is of a link
    if kind not in TicketLink.Kind.values:
        raise ValidationError({"kind": _("There is no such kind of link.")})
    ticket, other = _both(actor, ticket, other)
    lock()
    found = TicketLink.objects.filter(_pair(ticket.pk, other.pk)).first()
    before = {"kind": seen_from(found, ticket).kind} if found else None
    found = found or TicketLink()
    found.ticket, found.other, found.kind, found.by = ticket, other, kind, actor
    if before != {"kind": kind}:
        found.save()
        events.record(
            actor, LINKED, found, before=before, after={"kind": kind}, key=key, given=given
        )
    return found


@transaction.atomic
def unlink(actor: User, ticket: Ticket, found: TicketLink) -> None:
    """Take a link of a ticket away.

    Raises:
        PermissionDenied: unless `actor` may answer tickets.
        Ticket.DoesNotExist: when the ticket is out of reach of `actor`.
        TicketLink.DoesNotExist: when the ticket has no such link, or `actor` may not see the other.
    """
    require(actor, SERVE)
    ticket = changeable_tickets(actor).get(pk=ticket.pk)
    lock()
    found = linked(actor, ticket).get(pk=found.pk)
    events.record(actor, UNLINKED, found, before={"kind": seen_from(found, ticket).kind})
    found.delete()


def follow(ticket: Ticket, into: Ticket) -> None:
    """Have the links of a ticket that is merged lead from the one that goes on.

    What was linked to both stays linked as it is to the one that goes on.
    """
    lock()
    TicketLink.objects.filter(_pair(ticket.pk, into.pk)).delete()
    for one in TicketLink.objects.filter(Q(ticket=ticket) | Q(other=ticket)):
        other = seen_from(one, ticket).other.pk
        if TicketLink.objects.filter(_pair(into.pk, other)).exists():
            one.delete()
        elif one.ticket_id == ticket.pk:
            one.ticket = into
            one.save()
        else:
            one.other = into
            one.save()


def lock() -> None:
    """Have nobody else change links of tickets until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _both(actor: User, ticket: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Both tickets, locked in the order of their numbers; `other` as it goes on."""
    other = other.merged_into or other
    if ticket.pk == other.pk:
        raise ValidationError({"other": _("Choose another ticket.")})
    reach = {ticket.pk: changeable_tickets(actor), other.pk: tickets_for(actor)}
    locked = {pk: events.locked(reach[pk], pk) for pk in sorted(reach)}
    for one in locked.values():
        if one.merged_into is not None:
            told = {"ticket": one.number, "into": one.merged_into.number}
            raise ValidationError(_("%(ticket)s was merged into %(into)s. Go on there.") % told)
    return locked[ticket.pk], locked[other.pk]


def _pair(one: int, other: int) -> Q:
    return Q(ticket=one, other=other) | Q(ticket=other, other=one)
