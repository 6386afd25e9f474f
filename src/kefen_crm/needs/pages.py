"""What the customer's page shows of needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.customers.queries import may_change
from kefen_crm.needs.actions import RESEARCH
from kefen_crm.needs.models import Need
from kefen_crm.needs.queries import leading_needs, talks_for
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

LISTED = 3


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The customer's demand type, and the talks; nothing where no need is listed."""
    if not Need.objects.exists():
        return None
    user: Any = request.user
    found = list(talks_for(user).filter(customers=customer)[:LISTED])
    writable = may(user, RESEARCH) and may_change(user, customer)
    need = leading_needs({customer.pk}).get(customer.pk)
    if not (found or need or writable):
        return None
    empty = not (found or need)
    told = str(need or "")
    return {"talks": found, "need": need, "writable": writable, "summary": told, "empty": empty}


def detail(event: Event) -> str:
    """Which needs a talk told of."""
    return " · ".join((event.after or {}).get("needs") or ())
