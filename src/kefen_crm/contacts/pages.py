"""The people at a customer, on its page: those written on the site, and those imports brought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max, Q

from kefen_crm.activities.models import Activity
from kefen_crm.contacts.brought import COMPARED, brought_of, texts
from kefen_crm.contacts.feeds import row_of
from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.customers.queries import may_change
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

LISTED: Final = 50
_IN_BASICS: Final = {"name": "contact", "phone": "phone", "email": "email"}
"""What the basics of a customer say of a contact."""


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """Contacts with where they are reached, the one of the basics among them; or nothing.

    Nothing is where there are none, nor may be.
    """
    user = request.user
    if not user.is_authenticated:
        return None
    writable = may(user, Permit.EDIT_CUSTOMERS) and may_change(user, customer)
    spoken = Max("activities__at", filter=~Q(activities__state=Activity.State.WITHDRAWN))
    present = customer.contacts.filter(left_on=None).annotate(spoken=spoken)
    present = present.select_related("by").prefetch_related("reaches")
    written = list(present[:LISTED]) if customer.current else []
    for one in written:
        one.to_choose = _to_choose(one)  # type: ignore[attr-defined]  # for the template
    brought = brought_of(customer)
    if not (writable or written or brought):
        return None
    if customer.contact not in {
        "",
        *(one.name for one in written),
        *(one["name"] for one in brought),
    }:
        brought.append({name: getattr(customer, field) for name, field in _IN_BASICS.items()})
    return {"written": written, "brought": brought, "writable": writable}


@dataclass(frozen=True)
class ToChoose:
    """A value that a person wrote, and the one that imports bring now."""

    field: str
    label: str
    mine: str
    other: str


def _to_choose(contact: Contact) -> list[ToChoose]:
    mine = texts(row_of(contact, written=True))
    labels = field_labels()
    return [
        ToChoose(name, labels[name], mine[name], contact.incoming[name])
        for name in COMPARED
        if name in contact.incoming
    ]


def field_labels() -> dict[str, str]:
    """What the fields are called that both imports and people say something of."""
    reached = dict(Reach.Kind.choices)
    fields = {one.name: one for one in Contact._meta.get_fields()}  # noqa: SLF001  # public
    return {
        name: str(reached[name] if name in reached else fields[name].verbose_name)  # type: ignore[union-attr]
        for name in COMPARED
    }
