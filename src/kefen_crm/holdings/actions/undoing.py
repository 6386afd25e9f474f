"""Transfers taken back: customers return to who held them, unless somebody touched them since."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.actions import owners
from kefen_crm.customers.locks import editing
from kefen_crm.customers.models import Customer
from kefen_crm.holdings.actions.work import follow
from kefen_crm.holdings.models import Holding, PoolEntry, Transfer
from kefen_crm.platform.events import record
from kefen_crm.team.models import User
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterable

UNDO_DAYS = timedelta(days=7)


def undoable(transfer: Transfer) -> bool:
    """Whether a transfer can still be taken back."""
    return transfer.undone_at is None and timezone.now() - transfer.at <= UNDO_DAYS


@transaction.atomic
def undo(actor: User, transfer: Transfer, customers: Iterable[int] | None = None) -> int:
    """Give customers of a transfer back to who held them; gives how many.

    With `customers` (their ids) those alone. Who was claimed, assigned or moved since stays, as
    does who would fall to somebody that left; but a leaver gets back what they handed over, while
    the open work stays with who can do it.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
        ValidationError: when it is undone already, or older than a week.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    found = Transfer.objects.select_for_update().get(pk=transfer.pk)
    if not undoable(found):
        raise ValidationError(_("This can no longer be undone: it is a week old, or undone."))
    editing()
    back = _returning(found, None if customers is None else set(customers))
    with owners.changing(via="returned", actor=actor, transfer=None):
        owners.change_owners(actor, owners.RETURNED, {pk: old for pk, (old, _now) in back.items()})
    here = set(User.objects.filter(is_active=True).values_list("pk", flat=True)) | {None}
    follow(actor, {pk: (now, old) for pk, (old, now) in back.items() if old in here})
    if customers is None:
        found.undone_at, found.undone_by = timezone.now(), actor
        found.save()
    record(actor, "transfer.undone", found, after={"count": len(back)})
    return len(back)


def _returning(
    transfer: Transfer, wanted: set[int] | None
) -> dict[int, tuple[int | None, int | None]]:
    """By customer who held it before and who does since, where that is as the transfer left it."""
    ended = transfer.ended.filter(Q(user__is_active=True) | Q(user=transfer.leaver))
    before: dict[int, int | None] = dict(ended.values_list("customer", "user"))
    # Whom nobody held before goes back to nobody.
    held = transfer.ended.values("customer")
    begun = transfer.begun.exclude(customer__in=held).values_list("customer", flat=True)
    before |= dict.fromkeys(begun)
    if wanted is not None:
        before = {pk: user for pk, user in before.items() if pk in wanted}
    rows = Customer.objects.select_for_update(of=("self",)).filter(pk__in=before).order_by("pk")
    now = dict(rows.values_list("pk", "owner"))
    still = dict(
        Holding.objects.filter(begun_by=transfer, until=None).values_list("customer", "user")
    )
    pooled = set(PoolEntry.objects.filter(transfer=transfer).values_list("customer", flat=True))
    return {
        pk: (user, now[pk])
        for pk, user in before.items()
        if (now[pk] is None and pk in pooled) or (now[pk] is not None and still.get(pk) == now[pk])
    }
