"""Values mended at once, and taken back at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers import actions as customers
from kefen_crm.customers import fields
from kefen_crm.customers.models import FieldEdit
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.quality.checks import noted
from kefen_crm.quality.models import InvalidValue, MendedValue, Mending
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

MOST: Final = 500
"""Values that are mended at once."""
REASON: Final = "data quality"


def proposals(user: User, field: str) -> QuerySet[InvalidValue]:
    """The values of a field that `user` may mend, with what was probably meant."""
    told = noted(field).filter(customer__in=changeable_by(user), proposed__isnull=False)
    return told.select_related("customer").order_by("customer__code")


def first_proposals(user: User, looked_at: Iterable[str]) -> list[InvalidValue]:
    """The first proposals of several fields, as many as are mended at once."""
    found: list[InvalidValue] = []
    for field in looked_at:
        found += proposals(user, field)[: MOST - len(found)]
    return found


@transaction.atomic
def mend(actor: User, chosen: Mapping[str, Collection[int]]) -> Mending:
    """Write what was probably meant into fields of customers: by field, their ids.

    Who has another value meanwhile, or is out of reach, is left.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        ValidationError: when nothing is chosen, or more than `MOST`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    if not 0 < sum(map(len, chosen.values())) <= MOST:
        raise ValidationError({"chosen": _("Choose customers, %(most)s at most.") % {"most": MOST}})
    mending = Mending.objects.create(name=", ".join(sorted(chosen)), by=actor)
    for field, people in chosen.items():
        for one in proposals(actor, field).filter(customer__in=people):
            _mend(actor, mending, one)
    if not mending.values.exists():
        raise ValidationError({"chosen": _("Nothing of that is left to mend.")})
    told = {"field": mending.name, "count": mending.values.count()}
    events.record(actor, "quality.mended", mending, after=told)
    return mending


def _mend(actor: User, mending: Mending, one: InvalidValue) -> None:
    """Write one value that was meant, and note what stood there."""
    customer, after = one.customer, one.proposed or ""
    edit = customer.edits.filter(field=one.field).first()
    base = None if edit is None else edit.base if edit.incoming is None else edit.incoming
    customers.edit(actor, customer, {one.field: after}, reason=REASON)
    MendedValue.objects.create(
        mending=mending, customer=customer, field=one.field, before=one.value, after=after,
        base=base,
    )  # fmt: skip


@dataclass(frozen=True)
class Undone:
    """What taking back came to: how many values, and how many stayed since others changed them."""

    back: int
    left: int


@transaction.atomic
def undo(actor: User, mending: Mending) -> Undone:
    """Have the values that were mended be as before, where nobody changed them since.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        ValidationError: when it is undone already.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    mending = Mending.objects.select_for_update().get(pk=mending.pk)
    if mending.undone_at is not None:
        raise ValidationError(_("This is undone already."))
    mine = set(
        changeable_by(actor)
        .filter(pk__in=mending.values.values("customer"))
        .values_list("pk", flat=True)
    )
    back = left = 0
    for one in mending.values.select_related("customer"):
        stands = fields.current_text(one.customer, one.field) == one.after
        if one.customer_id in mine and stands:
            _back(actor, one.customer, one)
            back += 1
        else:
            left += 1
    mending.undone_at = timezone.now()
    mending.save()
    told = {"field": mending.name, "count": back}
    events.record(actor, "quality.undone", mending, after=told)
    return Undone(back, left)


def _back(actor: User, customer: Customer, one: MendedValue) -> None:
    """Have a field hold again what it held, whether it would be taken from a person or not."""
    FieldEdit.objects.update_or_create(
        customer=customer,
        field=one.field,
        defaults={
            "value": one.after,
            "incoming": one.before,
            "by": actor,
            "at": timezone.now(),
        },
    )
    customers.choose(actor, customer, one.field, "import", reason=REASON)
    if one.base is not None:  # a person had written it
        FieldEdit.objects.create(
            customer=customer, field=one.field, value=one.before, base=one.base, by=actor,
            at=timezone.now(),
        )  # fmt: skip
