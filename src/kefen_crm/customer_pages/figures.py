"""A customer's basics and facts as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kefen_crm.platform import numbers

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer

FIELDS = (
    "contact", "phone", "email", "region", "province", "city", "address", "industry", "size",
    "customer_type", "source_channel", "status", "registered_on", "founded_on", "birthday",
    "credit_limit", "credit_days",
)  # fmt: skip


def profile(customer: Customer) -> list[tuple[str, str]]:
    """What is known of the customer, then the further attributes the imported file had."""
    meta = customer._meta  # noqa: SLF001  # Django's documented way to field names
    known = []
    for name in FIELDS:
        value = getattr(customer, name)
        if value in (None, ""):
            continue
        label = str(meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        known.append((label, _shown(name, value)))
    return known + [(key, str(value)) for key, value in customer.attributes.items() if value]


def _shown(name: str, value: object) -> str:
    if name == "credit_limit":
        return numbers.money_full(value)  # type: ignore[arg-type]
    if name == "credit_days":
        return _("%(days)s days") % {"days": value}
    return numbers.day(value) if hasattr(value, "year") else str(value)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Cell:
    text: str
    money: bool = False


def cell(name: str, value: object) -> Cell:
    """One value of a fact."""
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell(_("yes") if value else _("no"))
    if name == "amount":
        return Cell(numbers.money_full(value), money=True)  # type: ignore[arg-type]
    if isinstance(value, float):
        return Cell(f"{value:,.10g}")
    return Cell(numbers.day(value) if hasattr(value, "year") else str(value))  # type: ignore[arg-type]
