"""Values mended at once, and taken back at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers import actions as customers
from kefen_crm.customers import fields
from kefen_crm.customers.models import FieldEdit
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.quality.models import InvalidValue, MendedValue, Mending
from kefen_crm.quality.values import TESTS
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

MOST: Final = 500
"""Values that are mended at once."""
REASON: Final = "data quality"


def proposals(user: User, field: str) -> QuerySet[InvalidValue]:
    """The values of a field that `user` may mend, with what was probably meant."""
    held = InvalidValue.objects.filter(field=field, customer__in=changeable_by(user))
    told = held.filter(value=F(f"customer__{field}")) if field in TESTS else held.none()
    return told.exclude(proposed="").select_related("customer").order_by("customer__code")


@transaction.atomic
def mend(actor: User, field: str, chosen: Collection[int]) -> Mending:
    """Write what was probably meant into a field of these customers, by their ids.

    Who has another value meanwhile, or is out of reach, is left.

    Raises:
        PermissionDenied: unless `actor` may edit customers.
        ValidationError: when nothing is chosen, or more than `MOST`.
    """
    require(actor, Permit.EDIT_CUSTOMERS)
    if not 0 < len(chosen) <= MOST:
        raise ValidationError({"chosen": _("Choose customers, %(most)s at most.") % {"most": MOST}})
    mending = Mending.objects.create(name=field, by=actor)
    for one in proposals(actor, field).filter(customer__in=chosen):
        customer = one.customer
        edit = customer.edits.filter(field=field).first()
        base = None if edit is None else edit.base if edit.incoming is None else edit.incoming
        customers.edit(actor, customer, {field: one.proposed}, reason=REASON)
        MendedValue.objects.create(
            mending=mending, customer=customer, field=field, before=one.value,
            after=one.proposed, base=base,
        )  # fmt: skip
    if not mending.values.exists():
        raise ValidationError({"chosen": _("Nothing of that is left to mend.")})
    told = {"field": field, "count": mending.values.count()}
    events.record(actor, "quality.mended", mending, after=told)
    return mending


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
