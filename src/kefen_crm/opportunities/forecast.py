"""What the pipeline is likely to bring by month and person, and what past forecasts were worth.

A stage's probability is measured: of the opportunities that were at the stage and have ended, the
share that was won, with its 95 % interval (Wilson 1927). With fewer than `ENOUGH` of them it is
what the company says. The interval of a sum is the middle 80 % of `DRAWS` simulated outcomes; there
the measured probabilities vary, too, as far as history leaves them open.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db.models import Count, Q
from django.utils import timezone

from kefen_crm.opportunities.models import Stage, StageMove
from kefen_crm.opportunities.queries import opportunities_for
from kefen_crm.platform.intervals import wilson
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

ENOUGH: Final = 30
"""Ended opportunities of a stage from which on its probability is measured."""
DRAWS: Final = 1_000
MONTHS_AHEAD, MONTHS_BACK = 6, 6


@dataclass(frozen=True)
class Chance:
    """How likely opportunities of a stage are won.

    Attributes:
        share: 0 to 1.
        low, high: its 95 % interval; None where it is what the company says.
        won, ended: what it was measured from, or would be.
    """

    share: float
    low: float | None
    high: float | None
    won: int
    ended: int

    @property
    def measured(self) -> bool:
        return self.low is not None


class Deal(NamedTuple):
    """An open opportunity as a forecast sees it."""

    stage: int
    amount: Decimal
    close_on: date | None
    owner: int | None


@dataclass
class Expected:
    """What a group of opportunities is likely to bring, in the base currency.

    Attributes:
        title: the group in words, where it is no month.
        count, amount: the open opportunities, and what all of them together would bring.
        expected: amount by probability; within `low` and `high` in 8 of 10 cases.
        won: what is won already.
    """

    key: Any
    title: str = ""
    count: int = 0
    amount: Decimal = Decimal(0)
    expected: Decimal = Decimal(0)
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(0)
    won: Decimal = Decimal(0)

    @property
    def with_won(self) -> Decimal:
        return self.expected + self.won


@dataclass(frozen=True)
class Forecast:
    """By month, the first of this month first, and by person; and what is in no month.

    Attributes:
        chances: by stage, in their order.
        passed: expected on a day of an earlier month; `undated` on no day.
        together: of all the months.
    """

    chances: Sequence[tuple[Stage, Chance]]
    months: Sequence[Expected]
    people: Sequence[Expected]
    passed: Expected
    undated: Expected
    together: Expected


@dataclass(frozen=True)
class Past:
    """What was forecast at the beginning of a month for it, and what came."""

    month: date
    forecast: Expected
    came: Decimal
    came_of_these: Decimal = field(default=Decimal(0))

    @property
    def within(self) -> bool:
        """Whether what came lies in the interval."""
        return self.forecast.low <= self.came <= self.forecast.high

    @property
    def error(self) -> float | None:
        """Forecast less what came, by what came; None where nothing came."""
        return float((self.forecast.expected - self.came) / self.came) if self.came else None


def chances(before: date) -> list[tuple[Stage, Chance]]:
    """The probability of each stage, from what had ended before a day."""
    ended = Q(opportunity__closed_on__lt=before) & ~Q(opportunity__state="open")
    won = Q(opportunity__state="won")
    rows = (
        StageMove.objects.filter(ended).order_by().values_list("stage")
        .annotate(ended=Count("opportunity", distinct=True),
                  won=Count("opportunity", distinct=True, filter=won))
    )  # fmt: skip
    counts = {pk: (won, ended) for pk, ended, won in rows}
    return [(one, chance(one, *counts.get(one.pk, (0, 0)))) for one in Stage.objects.all()]


def chance(stage: Stage, won: int, ended: int) -> Chance:
    """The probability of a stage of whose `ended` opportunities `won` were won."""
    if ended < ENOUGH:
        return Chance(stage.probability / 100, None, None, won, ended)
    return Chance(won / ended, *wilson(won, ended), won, ended)


def forecast(user: User, today: date, months: int = MONTHS_AHEAD) -> Forecast:
    """What the open opportunities in reach are likely to bring, this month and the next ones."""
    first = today.replace(day=1)
    ahead = [_month(first, number) for number in range(months)]
    end = _month(first, months)
    found = opportunities_for(user)
    deals = [
        Deal(stage, amount, close_on, owner)
        for stage, amount, close_on, owner in found.filter(state="open", amount__isnull=False)
        .order_by("pk").values_list("stage", "amount", "close_on", "owner")
        if amount is not None
    ]  # fmt: skip
    known = chances(today)
    dated = [one for one in deals if one.close_on and first <= one.close_on < end]
    groups: list[tuple[Hashable, Deal]] = [(_first(one.close_on), one) for one in dated]
    groups += [(("who", one.owner), one) for one in dated]
    groups += [("together", one) for one in dated]
    groups += [("passed", one) for one in deals if one.close_on and one.close_on < first]
    groups += [("undated", one) for one in deals if one.close_on is None]
    made = summed(groups, {stage.pk: one for stage, one in known})
    won = found.filter(state="won", closed_on__gte=first, closed_on__lt=end)
    for owner, day, amount in won.order_by().values_list("owner", "closed_on", "amount"):
        for key in (_first(day), ("who", owner), "together"):
            made.setdefault(key, Expected(key)).won += amount or Decimal(0)
    names = {one.pk: str(one) for one in User.objects.filter(opportunities__isnull=False)}
    people = [one for key, one in made.items() if isinstance(key, tuple)]
    for one in people:
        one.title = names.get(one.key[1], "–")
    return Forecast(
        chances=known,
        months=[made.get(month, Expected(month)) for month in ahead],
        people=sorted(people, key=lambda one: (-one.with_won, one.title)),
        passed=made.get("passed", Expected("passed")),
        undated=made.get("undated", Expected("undated")),
        together=made.get("together", Expected("together")),
    )


def past(user: User, today: date, months: int = MONTHS_BACK) -> list[Past]:
    """The forecasts of the last months, as they were on their first days, and what came."""
    first = today.replace(day=1)
    return [_past(user, _month(first, -number)) for number in range(months, 0, -1)]


def _past(user: User, month: date) -> Past:
    begin = timezone.make_aware(datetime.combine(month, time()))
    end = _month(month, 1)
    found = opportunities_for(user)
    moves = StageMove.objects.filter(at__lt=begin, opportunity__in=found)
    latest = moves.order_by("opportunity", "-at", "-pk").distinct("opportunity")
    rows = [
        one
        for one in latest.values_list(
            "state", "opportunity", "stage", "amount", "close_on", "owner", named=True
        )
        if one.state == "open" and one.amount is not None
        and one.close_on and month <= one.close_on < end
    ]  # fmt: skip
    deals = [
        Deal(one.stage, one.amount, one.close_on, one.owner)
        for one in rows
        if one.amount is not None
    ]
    known = {stage.pk: one for stage, one in chances(month)}
    made = summed([(month, one) for one in deals], known)
    won = found.filter(state="won", closed_on__gte=month, closed_on__lt=end)
    amounts = dict(won.values_list("pk", "amount"))
    return Past(
        month,
        made.get(month, Expected(month)),
        sum((one or Decimal(0) for one in amounts.values()), Decimal(0)),
        sum((amounts.get(one.opportunity) or Decimal(0) for one in rows), Decimal(0)),
    )


def summed(
    groups: Iterable[tuple[Hashable, Deal]], known: dict[int, Chance]
) -> dict[Any, Expected]:
    """What groups of deals are likely to bring, by the groups' keys."""
    members: dict[Hashable, list[Deal]] = defaultdict(list)
    for key, deal in groups:
        members[key].append(deal)
    found = {}
    for key, deals in members.items():
        one = Expected(
            key, count=len(deals), amount=sum((each.amount for each in deals), Decimal(0))
        )
        shares = [Decimal(str(known[each.stage].share)) for each in deals]
        total = sum(
            (each.amount * share for each, share in zip(deals, shares, strict=True)), Decimal(0)
        )
        one.expected = total.quantize(Decimal("0.01"))
        one.low, one.high = _interval(deals, known)
        found[key] = one
    return found


def _interval(deals: Sequence[Deal], known: dict[int, Chance]) -> tuple[Decimal, Decimal]:
    """The middle 80 % of what simulated outcomes bring; the same deals give the same."""
    draw = random.Random(1)  # noqa: S311  # a simulation that comes out the same again
    used = {one.stage for one in deals}
    amounts = [(one.stage, float(one.amount)) for one in deals]
    sums = []
    for _number in range(DRAWS):
        shares = {pk: _drawn(known[pk], draw) for pk in used}
        sums.append(sum(amount for pk, amount in amounts if draw.random() < shares[pk]))
    sums.sort()
    low, high = sums[DRAWS // 10], sums[DRAWS - 1 - DRAWS // 10]
    return Decimal(str(round(low, 2))), Decimal(str(round(high, 2)))


def _drawn(one: Chance, draw: random.Random) -> float:
    if not one.measured:
        return one.share
    return draw.betavariate(one.won + 0.5, one.ended - one.won + 0.5)


def _first(day: date | None) -> date:
    assert day is not None
    return day.replace(day=1)


def _month(first: date, number: int) -> date:
    """The first day of the month so many months after that of `first`."""
    count = first.year * 12 + first.month - 1 + number
    return date(count // 12, count % 12 + 1, 1)
