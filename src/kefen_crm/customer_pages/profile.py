"""What is known of a customer, field by field: as it stands, who wrote it, what is to choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from kefen_crm.custom_fields.queries import fields_of, headings
from kefen_crm.customers import fields
from kefen_crm.customers.fields import OWNER
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import may_change
from kefen_crm.platform import numbers
from kefen_crm.platform.numbers import NOTHING
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import FieldEdit

SHOWN = (
    "contact", "phone", "email", "region", "province", "city", "address", "industry", "size",
    "customer_type", "source_channel", "status", "registered_on", "founded_on", "birthday",
    "credit_limit", "credit_days", "note",
)  # fmt: skip


@dataclass(frozen=True)
class FieldRow:
    """One field of a customer.

    Attributes:
        text: the value as people read it; empty for none.
        edit: what a person wrote, with who and when; None where imports alone say it.
        other: what imports bring instead, where that is to choose.
        editable: whether whoever looks may write it.
    """

    name: str
    label: str
    text: str
    edit: FieldEdit | None = None
    other: str | None = None
    editable: bool = False


@dataclass(frozen=True)
class Profile:
    """The fields of a customer, those that say something apart from the empty ones."""

    rows: list[FieldRow]
    empty: list[FieldRow]
    further: list[tuple[str, str]]

    @property
    def to_choose(self) -> int:
        """In how many fields imports bring something else."""
        return sum(1 for row in self.rows if row.other is not None)


def profile(request: HttpRequest, customer: Customer) -> Profile:
    """The fields as whoever asks sees them; empty ones only for whoever may fill them in."""
    user: Any = request.user
    edits = {one.field: one for one in customer.edits.select_related("by")}
    writable = may_change(user, customer)
    edits_fields = writable and may(user, Permit.EDIT_CUSTOMERS)
    assigns = writable and may(user, Permit.ASSIGN_CUSTOMERS)
    rows = [row(customer, OWNER, edits.get(OWNER), editable=assigns)]
    if edits_fields:
        rows.append(row(customer, "name", edits.get("name"), editable=True))
    rows += [row(customer, name, edits.get(name), editable=edits_fields) for name in SHOWN]
    kept = [one for one in rows if one.text or one.edit or one.name == OWNER]
    empty = [one for one in rows if one not in kept and one.editable]
    own = headings(fields_of(request))
    further = [(key, str(value)) for key, value in customer.attributes.items() if value]
    further = [(key, value) for key, value in further if key not in own]
    return Profile(kept, empty, further)


def row(
    customer: Customer, name: str, edit: FieldEdit | None, *, editable: bool = False
) -> FieldRow:
    """One field of a customer."""
    incoming = edit.incoming if edit and editable else None
    return FieldRow(
        name,
        label(name),
        customer.owner_title if name == OWNER else shown(name, fields.current_text(customer, name)),
        edit,
        incoming if name == OWNER or incoming is None else shown(name, incoming) or NOTHING,
        editable,
    )


def label(name: str) -> str:
    """What a field is called."""
    field = Customer._meta.get_field(name)  # noqa: SLF001  # Django's documented way to field names
    return str(field.verbose_name)  # type: ignore[union-attr]


def shown(name: str, text: str) -> str:
    """A value as people read it."""
    if not text:
        return ""
    value = fields.value(name, text)
    if name == "credit_limit":
        return numbers.money_full(value)
    if name == "credit_days":
        return _("%(days)s days") % {"days": value}
    return numbers.day(value) if hasattr(value, "year") else str(value)
