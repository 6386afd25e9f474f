"""Tags on the page of a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.customers.queries import may_change
from kefen_crm.tags.queries import tags_of
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The tags of the customer; for whoever may, to put on and take off."""
    user = request.user
    own = list(customer.taggings.select_related("tag"))
    writable = may(user, Permit.EDIT_CUSTOMERS)
    writable = writable and may_change(user, customer)
    if not own and not writable:
        return None
    has = {one.tag_id for one in own}
    others = [one for one in tags_of(request) if one.pk not in has] if writable else []
    return {"taggings": own, "others": others, "writable": writable}


def named(event: Event) -> str:
    """The tag that an event is about."""
    return str({**(event.before or {}), **(event.after or {})}.get("name", ""))
