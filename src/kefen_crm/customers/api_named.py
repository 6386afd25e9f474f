"""Whom a body of the API names: a customer by its code, a person by the user name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.api.problems import unknown
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.team.sign_in import Asked


def customer_of(request: Asked, code: str) -> Customer:
    """The customer of a code that a body names."""
    found = visible_to(request.user).filter(code=code).first()
    if found is None:
        raise unknown("unknown-customer", code, "customer")
    return found


def user_of(name: str, field: str = "owner") -> User:
    """Who works here under a user name that a body names."""
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None:
        raise unknown("unknown-user", name, field)
    return found
