"""The people at a customer, on its page: those written on the site, and those imports brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db.models import Max, Q

from kefen_crm.activities.models import Activity
from kefen_crm.contacts.queries import contacts_for
from kefen_crm.customers.queries import changeable_by
from kefen_crm.gateway.sales import facts_of
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

LISTED: Final = 50
_OURS: Final = "P-"
_IN_BASICS: Final = {"name": "contact", "phone": "phone", "email": "email"}
"""What the basics of a customer say of a contact."""


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """Contacts with where they are reached, the one of the basics among them; or nothing.

    Nothing is where there are none, nor may be.
    """
    user = request.user
    if not user.is_authenticated:
        return None
    writable = may(user, Permit.EDIT_CUSTOMERS) and (
        changeable_by(user).filter(pk=customer.pk).exists()
    )
    spoken = Max("activities__at", filter=~Q(activities__state=Activity.State.WITHDRAWN))
    present = contacts_for(user).filter(customer=customer, left_on=None)
    written = list(present.annotate(spoken=spoken)[:LISTED])
    found = facts_of(customer.code, {"contacts": "is_primary"}, LISTED)
    brought = [
        one for one in found["contacts"] if not str(one["contact_id"] or "").startswith(_OURS)
    ]
    if not (writable or written or brought):
        return None
    if customer.contact not in {
        "",
        *(one.name for one in written),
        *(one["name"] for one in brought),
    }:
        brought.append({name: getattr(customer, field) for name, field in _IN_BASICS.items()})
    return {"written": written, "brought": brought, "writable": writable}
