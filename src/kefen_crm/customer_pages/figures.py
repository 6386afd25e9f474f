"""A customer's facts as people read them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from kefen_crm.gateway.kinds import as_given
from kefen_crm.platform import numbers


@dataclass(frozen=True)
class Cell:
    text: str
    money: bool = False


def cell(name: str, value: object) -> Cell:
    """One value of a fact."""
    value = as_given(name, value)
    if value is None:
        return Cell("")
    if isinstance(value, bool):
        return Cell(_("yes") if value else _("no"))
    if name == "amount":
        return Cell(numbers.money_full(value), money=True)  # type: ignore[arg-type]
    if isinstance(value, float):
        return Cell(f"{value:,.10g}")
    return Cell(numbers.day(value) if hasattr(value, "year") else str(value))  # type: ignore[arg-type]
