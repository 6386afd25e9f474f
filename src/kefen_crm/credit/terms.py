"""Terms of credit by class: days, a limit by formula, and what is late for too long."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop
from pydantic import Field

from kefen_crm.credit.models import Block
from kefen_crm.platform.scoped_rules import ScopedRule

if TYPE_CHECKING:
    from datetime import date

TERMS = "credit_terms"
MOST = 10**9


class CreditRule(ScopedRule):
    """Customers of the scope may owe so much for so long.

    The limit is so many months of their sales, at least the floor, at most the cap.
    """

    days: int = Field(default=30, ge=0, le=730, title=gettext_noop("Days of credit"))
    months: int = Field(
        default=2,
        ge=0,
        le=36,
        title=gettext_noop("Limit in months of average sales"),
        description=gettext_noop("Of what the customer bought a month over the last twelve."),
    )
    floor: int = Field(
        default=0, ge=0, le=MOST, title=gettext_noop("At least, in the base currency")
    )
    cap: int = Field(
        default=0,
        ge=0,
        le=MOST,
        title=gettext_noop("At most, in the base currency"),
        description=gettext_noop("0: no such cap."),
    )
    overdue_days: int = Field(
        default=30,
        ge=0,
        le=3_650,
        title=gettext_noop("Orders are blocked when money is late by more than days"),
        description=gettext_noop("0: late money does not block."),
    )
    overdue_floor: int = Field(
        default=0,
        ge=0,
        le=MOST,
        title=gettext_noop("And when the late money is at least, in the base currency"),
    )


def limit_of(rule: CreditRule, monthly_sales: Decimal) -> Decimal:
    """The limit of a customer who buys so much a month.

    >>> limit_of(CreditRule(name="A", months=2, floor=1000, cap=5000), Decimal("1500.00"))
    Decimal('3000.00')
    >>> limit_of(CreditRule(name="A", months=2, floor=1000, cap=5000), Decimal("9000.00"))
    Decimal('5000')
    """
    limit = max(Decimal(rule.floor), rule.months * monthly_sales)
    return min(limit, Decimal(rule.cap)) if rule.cap else limit


def late_for_long(rule: CreditRule, late: list[tuple[date, Decimal]], day: date) -> bool:
    """Whether what is late by more than the rule's days comes to its floor, and to anything."""
    if not rule.overdue_days:
        return False
    old = [amount for due, amount in late if (day - due).days > rule.overdue_days]
    return bool(old) and sum(old, Decimal(0)) >= rule.overdue_floor


def ordered(blocks: set[str]) -> list[str]:
    """Reasons in the order in which they are told."""
    return [one.value for one in Block if one.value in blocks]
