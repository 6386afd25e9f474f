"""The rules of the programme: points per money, tiers and rewards."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Annotated, Any, Final, Literal

from django.utils.translation import gettext_noop
from pydantic import Field, PlainSerializer

from kefen_crm.platform import rules
from kefen_crm.platform.scoped_rules import ScopedRule

POINTS: Final = "loyalty_points"
TIERS: Final = "loyalty_tiers"
REWARDS: Final = "loyalty_rewards"
MOST: Final = 1_000_000
HUNDRED: Final = 100
PER: Final = 10_000
"""A rate is in points for so much money."""
EXISTING: Final = {
    "next_order": gettext_noop("as other customers, by their next order"),
    "at_once": gettext_noop("become members when this is put in force"),
}
"""What becomes of customers who ordered before there was a programme."""
Day = Annotated[date, PlainSerializer(lambda day: day.isoformat())]


class PointsRule(ScopedRule):
    """Members of the scope earn so many points, which hold for so long."""

    since: Day = Field(
        title=gettext_noop("Orders count from"),
        description=gettext_noop("A day, such as 2026-01-31."),
    )
    per_hundred: int = Field(
        default=100,
        ge=0,
        le=10_000,
        title=gettext_noop("Points for 100 of the base currency"),
    )
    months: int = Field(
        default=24,
        ge=0,
        le=120,
        title=gettext_noop("Points hold for months"),
        description=gettext_noop("0: they do not expire."),
    )
    cents: int = Field(
        default=1,
        ge=0,
        le=10_000,
        title=gettext_noop("A point is worth, in hundredths of the base currency"),
        description=gettext_noop("What it is taken for at the till, and what it is owed at."),
    )
    automatic: bool = Field(
        default=True,
        title=gettext_noop("Customers become members by their first order"),
        description=gettext_noop("Otherwise at the till, by a program, or by hand."),
    )
    existing: Literal["next_order", "at_once"] = Field(
        default="next_order",
        title=gettext_noop("Customers from before"),
        description=gettext_noop(
            "Who has ordered and is no member. The preview tells how many, and what points orders "
            "since the day above give."
        ),
        json_schema_extra={"choices": dict(EXISTING)},
    )

    @property
    def at_once(self) -> bool:
        """Whether customers from before become members when the rules are put in force."""
        return self.existing == "at_once"


class TierRule(ScopedRule):
    """One tier, the best first; customers of the scope who have the points are in it."""

    points: int = Field(
        default=0,
        ge=0,
        le=100 * MOST,
        title=gettext_noop("Points of the last twelve months, at least"),
        description=gettext_noop("0: the class alone says who is in it."),
    )
    bonus: int = Field(
        default=0, ge=0, le=1_000, title=gettext_noop("Percent more points for new orders")
    )
    months: int = Field(default=12, ge=1, le=60, title=gettext_noop("Held for months at least"))


class RewardRule(ScopedRule):
    """What members of the scope get for points."""

    points: int = Field(ge=1, le=MOST, title=gettext_noop("Points that it costs"))
    worth: int = Field(
        default=0,
        ge=0,
        le=MOST,
        title=gettext_noop("Worth of the coupon in the base currency"),
        description=gettext_noop("0: a thing or a service, which the name says."),
    )
    days: int = Field(
        default=90, ge=1, le=3_650, title=gettext_noop("The coupon is valid for days")
    )


def tier_rules() -> list[TierRule]:
    """The tiers in force, the best first."""
    found: list[TierRule] = rules.in_force(TIERS)
    return found


def points_rules() -> list[PointsRule]:
    """The rules of points in force."""
    found: list[PointsRule] = rules.in_force(POINTS)
    return found


def rate_of(rule: PointsRule, tier: TierRule | None) -> int:
    """Points for `PER` of money.

    >>> rate_of(PointsRule(name="All", since="2026-01-01"), TierRule(name="Gold", bonus=20))
    12000
    """
    return rule.per_hundred * (HUNDRED + (tier.bonus if tier else 0))


def points_for(amount: Decimal, rate: int) -> int:
    """Points for an amount, no fraction of one; of a negative one as many below 0.

    >>> points_for(Decimal("99.99"), 12000), points_for(Decimal("-99.99"), 12000)
    (119, -119)
    """
    whole = int((abs(amount) * rate / PER).to_integral_value(ROUND_FLOOR))
    return whole if amount >= 0 else -whole


def after_months(day: date, months: int) -> date:
    """The day so many months later, the last of a shorter month.

    >>> after_months(date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + year, month + 1, 1)
    following = date(first.year + month // 11, (month + 1) % 12 + 1, 1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def expiry_of(rule: PointsRule, day: date) -> date | None:
    """The last day on which points of a day can be spent; None for never."""
    return after_months(day, rule.months) if rule.months else None


def worth_of(points: int, rule: PointsRule | None) -> Decimal:
    """What points are worth, in the base currency."""
    return Decimal(points * (rule.cents if rule else 0)) / HUNDRED


def named(found: list[Any], name: str) -> Any | None:
    """The rule of this name."""
    return next((one for one in found if one.name == name), None)
