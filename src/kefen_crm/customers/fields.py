"""The fields of a customer that people may write, and their values as texts.

A text is what `FieldEdit` keeps and what PostgreSQL makes of a column: dates as 2026-01-31, money
with two places, empty for none.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kefen_crm.gateway import customers as engine

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

OWNER: Final = "owner"
TEXTS: Final = tuple(name for name in engine.TEXTS if name != "owner_name")
PLAIN: Final = (*TEXTS, *engine.DATES, *engine.CREDIT)
"""The fields whose values imports bring under the same name."""
EDITABLE: Final = (*PLAIN, OWNER)
"""What a person may write; the owner is a user, where imports bring a name."""


def text(value: Any) -> str:
    """A value as a text.

    >>> text(Decimal("1000")), text(date(2026, 1, 31)), text(None)
    ('1000.00', '2026-01-31', '')
    """
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def value(name: str, written: str) -> Any:
    """The value of a field from its text.

    >>> value("credit_limit", "1000.00"), value("phone", ""), value("birthday", "")
    (Decimal('1000.00'), '', None)
    """
    if name in TEXTS:
        return written
    if not written:
        return None
    if name in engine.DATES:
        return date.fromisoformat(written)
    return Decimal(written) if name == "credit_limit" else int(written)


def current_text(customer: Customer, name: str) -> str:
    """The text of a field as it stands in the customer's row."""
    return text(customer.owner_id if name == OWNER else getattr(customer, name))


def brought(customer: Customer, name: str) -> str:
    """What imports bring for a field that no person wrote; a name they lack is the code."""
    if name == OWNER:
        return customer.owner_name
    found = current_text(customer, name)
    return "" if name == "name" and found == customer.code else found
