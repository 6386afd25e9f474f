"""Merges a ticket into another of the same customer, where both are about the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import require
from kefen_crm.tickets import clocks
from kefen_crm.tickets.linking import follow
from kefen_crm.tickets.models import ArticleUse, Ticket
from kefen_crm.tickets.permits import SERVE
from kefen_crm.tickets.thread import saved, ticket_of, unsolved

if TYPE_CHECKING:
    from kefen_crm.team.models import User

State = Ticket.State


@transaction.atomic
def merge(
    actor: User,
    ticket: Ticket,
    into: Ticket,
    reason: str,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Ticket:
    """Merge a ticket into another, which goes on with what was said about both; gives that one.

    The other takes the promises of the merged one where they run out earlier, and those that were
    broken: what is late stays late. Links of the merged one lead from the other.

    Args:
        actor: who may answer tickets of the customer.
        ticket: which is merged; what was merged into it follows it.
        into: another ticket of the same customer.
        reason: why they are the same.
        expected_version: of `ticket`.
        key: as of every verb.

    Raises:
        PermissionDenied, KeyReused, Ticket.DoesNotExist, Stale: as `answer`.
        ValidationError: without a reason; where either is solved or merged, both are the same,
            or they are of different customers.
    """
    require(actor, SERVE)
    given = {"ticket": ticket.pk, "into": into.pk, "reason": reason}
    if known := events.answered(actor, "ticket.merged", key, given):
        return ticket_of(known).merged_into or into
    ticket, into = _both(actor, ticket, into, expected_version)
    if ticket.customer_id != into.customer_id:
        told = {"into": into.number, "customer": into.customer.name}
        text = _("%(into)s is of %(customer)s. Tickets of different customers are not merged.")
        raise ValidationError({"into": text % told})
    if not reason.strip():
        raise ValidationError({"reason": _("Say why they are the same.")})
    before = {"state": ticket.state}
    _gone(ticket, into)
    if State.OPEN in (before["state"], into.state):
        clocks.resume(current(), into, timezone.now())
        into.state = State.OPEN
    saved(into)
    after = {
        "state": ticket.state, "into": into.pk,
        "title": f"{ticket.number} → {into.number}: {ticket.title}",
    }  # fmt: skip
    events.record(
        actor, "ticket.merged", ticket, before=before, after=after, reason=reason,
        key=key, given=given,
    )  # fmt: skip
    return into


def surviving(ticket: Ticket) -> Ticket:
    """The ticket, or the one that it was merged into; locked until the transaction ends."""
    found, key = Ticket.objects.select_related("customer__owner"), ticket.pk
    merged = Ticket.objects.filter(pk=key).values_list("merged_into", flat=True).first()
    one = events.locked(found, merged or key)
    # It may have been merged while this waited for it.
    return events.locked(found, one.merged_into_id) if one.merged_into_id else one


def _both(
    actor: User, ticket: Ticket, into: Ticket, expected_version: int | None
) -> tuple[Ticket, Ticket]:
    """Both tickets, locked in the order of their numbers."""
    if ticket.pk == into.pk:
        raise ValidationError({"into": _("Choose another ticket.")})
    versions = {ticket.pk: expected_version, into.pk: None}
    locked = {
        one.pk: unsolved(actor, one, versions[one.pk])
        for one in sorted((ticket, into), key=lambda one: one.pk)
    }
    return locked[ticket.pk], locked[into.pk]


def _gone(ticket: Ticket, into: Ticket) -> None:
    """Have a ticket, and what was merged into it, lead to another, with all that it has."""
    clocks.join(current(), ticket, into, timezone.now())
    follow(ticket, into)
    ticket.state, ticket.merged_into = State.MERGED, into
    saved(ticket)
    Ticket.objects.filter(merged_into=ticket).update(merged_into=into)
    used = ArticleUse.objects.filter(ticket=into).values("article")
    ticket.article_uses.exclude(article__in=used).update(ticket=into)
