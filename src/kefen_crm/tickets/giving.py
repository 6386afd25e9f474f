"""What a ticket is and whose it is: changed, given to somebody, moved with its customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from kefen_crm.grading.scopes import facts_of
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import require
from kefen_crm.tickets import clocks
from kefen_crm.tickets.models import Ticket
from kefen_crm.tickets.permits import SERVE
from kefen_crm.tickets.rules import promised
from kefen_crm.tickets.thread import locked, saved, ticket_of, unsolved

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CHANGEABLE: Final = ("kind", "severity", "title", "product", "cause")


@transaction.atomic
def give(
    actor: User,
    ticket: Ticket,
    owner: User | None,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Ticket:
    """Give a ticket to somebody who may answer tickets, or to nobody.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, Stale, ValidationError: as `answer`.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "owner": owner.pk if owner else None}
    if known := events.answered(actor, "ticket.given", key, given):
        return ticket_of(known)
    ticket = unsolved(actor, ticket, expected_version)
    before = {"owner": ticket.owner_id}
    ticket.owner = able(owner)
    if ticket.owner_id != before["owner"]:
        events.raised(ticket)
        after = {"owner": ticket.owner_id, "title": ticket.title}
        events.record(
            actor, "ticket.given", ticket, before=before, after=after, key=key, given=given
        )
    return ticket


@transaction.atomic
def change(
    actor: User,
    ticket: Ticket,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Ticket:
    """Change what a ticket is: `kind`, `severity`, `title`, `product`, `cause`.

    One that becomes urgent has the shorter times from now on; one that ceases to be keeps them.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, Stale, ValidationError: as `answer`.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, **{name: values[name] for name in CHANGEABLE if name in values}}
    if known := events.answered(actor, "ticket.changed", key, given):
        return ticket_of(known)
    ticket = locked(actor, ticket, expected_version)
    before = shown(ticket)
    for name in CHANGEABLE:
        if name in values:
            setattr(ticket, name, values[name].strip())
    ticket.full_clean(exclude=["customer", "owner", "by"])
    after = shown(ticket)
    if before == after:
        return ticket
    found = promised(facts_of(ticket.customer), ticket.severity)
    if found and before["severity"] != after["severity"] and not ticket.solved:
        clocks.improve(current(), ticket, found)
    saved(ticket)
    events.record(actor, "ticket.changed", ticket, before=before, after=after, key=key, given=given)
    return ticket


def move(old: Any, new: Any, customers: Collection[int], actor: Any) -> int:
    """Give the unsolved tickets that `old` has with these customers to `new`."""
    found = Ticket.objects.select_for_update().filter(owner=old, customer__in=customers)
    changes = []
    for one in found.unsolved():
        before = {"owner": one.owner_id}
        one.owner = new
        events.raised(one)
        changes.append((one, before, {"owner": one.owner_id, "title": one.title}))
    events.record_all(actor, "ticket.given", changes)
    return len(changes)


def able(owner: User | None) -> User | None:
    """Somebody who may answer tickets."""
    if owner is not None and not permitted(SERVE).filter(pk=owner.pk).exists():
        raise ValidationError({"owner": _("Choose somebody who may answer tickets.")})
    return owner


def shown(ticket: Ticket) -> dict[str, Any]:
    """What the events tell of a ticket."""
    return {name: getattr(ticket, name) for name in CHANGEABLE}
