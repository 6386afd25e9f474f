"""Offers from purchases: intervals of each product, and what is bought by the same customers.

A customer buys a product again after its interval: the mean of their own gaps, shrunk to the
median gap of everybody's. A product that is new to them is scored by how usual it is among
customers of the same class and industry, shrunk to how usual it is among all, times how much
likelier those are to buy it who bought what the customer bought: the lift, shrunk to one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from kefen.recommend.offers import AGAIN, NEW, Offer
from kefen.recommend.proof import Judged
from kefen.recommend.purchases import Purchases, purchases
from kefen.run.source import day_of, ledger_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import numpy.typing as npt

ITEMS: Final = 1_000
"""Products that are offered as new: those with most customers."""
PEOPLE: Final = 20_000
"""Customers that are looked at for what is bought together; of more a part, always the same."""
FEWEST: Final = 5
"""Customers who bought a product, before it is offered as new."""
SHRUNK: Final = 20.0
"""So many customers' worth of evidence pulls a group to all, and a lift to one."""
OWN: Final = 2.0
"""So many gaps' worth of evidence pulls a customer's interval to everybody's."""
DAYS: Final = 2
"""Days on which a customer bought a product, before it is due again."""
EARLY, LATE = 0.5, 3.0
"""Between these parts of its interval a product is due; later it is given up."""
WEIGHT: Final = 1.0
TOP: Final = 5
MOST_JUDGED: Final = 5_000
Z: Final = 1.959964


@dataclass(frozen=True)
class Recommender:
    """What was learned of purchases before a day.

    Attributes:
        as_of: the day.
        horizon: days that an offer looks ahead.
        judged: how each kind of offer did on the company's own past; empty where it cannot be said.
    """

    as_of: date
    horizon: int
    judged: tuple[Judged, ...]
    fitted: Fitted

    def offers(
        self,
        customer: str,
        count: int = TOP,
        *,
        rejected: Collection[str] = (),
        proved: bool = True,
    ) -> list[Offer]:
        """Offers for a customer, those due again first.

        Args:
            customer: the customer's id.
            count: at most so many of each kind.
            rejected: products that are not to be offered, besides those that came back.
            proved: leave out kinds that did not surely beat the most popular products.
        """
        kinds = {one.kind for one in self.judged if one.better} if proved else {AGAIN, NEW}
        found: list[Offer] = []
        if AGAIN in kinds:
            found += self.fitted.again(customer, count, frozenset(rejected))
        if NEW in kinds:
            found += self.fitted.new(customer, count, frozenset(rejected))
        return found

    def text(self, lang: str = "en") -> str:
        """How the offers were judged."""
        return "\n".join(one.text(lang) for one in self.judged)


def recommender(
    source: Any,
    groups: Mapping[str, str] | None = None,
    as_of: date | str | None = None,
    horizon: int = 30,
) -> Recommender:
    """Learn what to offer from the order lines of two years, and judge it by a split in time.

    Args:
        source: a ledger, or facts as `kefen.grade` takes them.
        groups: by customer, who is alike, such as class and industry; by default all are.
        as_of: the day of the offers; default the day after the last sale.
        horizon: how many days an offer looks ahead, and is judged by.

    Raises:
        RunError: `nothing-sold`, `bad-as-of`.
    """
    ledger = ledger_of(source)
    day = day_of(ledger, as_of)
    return learned(purchases(ledger, day), groups or {}, day, horizon)


def learned(bought: Purchases, groups: Mapping[str, str], day: date, horizon: int) -> Recommender:
    """As `recommender`, of purchases."""
    split = day - timedelta(days=horizon)
    before = bought.rows.filter(pl.col("day") < split)
    judged: tuple[Judged, ...] = ()
    if before.height:
        past = Fitted.of(Purchases(before, bought.returned), groups, split, horizon)
        after = bought.rows.filter(pl.col("day") >= split)
        judged = tuple(one for kind in (AGAIN, NEW) if (one := _judge(past, after, kind)))
    return Recommender(day, horizon, judged, Fitted.of(bought, groups, day, horizon))


@dataclass(frozen=True)
class Fitted:
    """What was learned: see `Recommender`.

    Attributes:
        due: of each customer the products that are due: item, score, interval, last day, times.
        own: of each customer the products bought.
        items, shares, lifts: products offered as new, how usual each is, and the logarithm of the
            lift of each by each.
        usual: the shares in each group.
    """

    day: date
    horizon: int
    due: dict[str, list[tuple[str, float, float, date, int]]]
    own: dict[str, frozenset[str]]
    returned: dict[str, frozenset[str]]
    groups: Mapping[str, str]
    items: list[str]
    places: dict[str, int]
    shares: npt.NDArray[np.float64]
    lifts: npt.NDArray[np.float64]
    usual: dict[str, npt.NDArray[np.float64]]

    @classmethod
    def of(cls, bought: Purchases, groups: Mapping[str, str], day: date, horizon: int) -> Fitted:
        """Learn from purchases before a day."""
        pairs = bought.rows.select("customer", "item").unique()
        own = dict(pairs.group_by("customer").agg("item").rows())
        back: dict[str, set[str]] = {}
        for customer, item in bought.returned:
            back.setdefault(customer, set()).add(item)
        items, shares, lifts, usual = _together(pairs, groups)
        return cls(
            day,
            horizon,
            _due(bought.rows, day, horizon),
            {customer: frozenset(known) for customer, known in own.items()},
            {customer: frozenset(known) for customer, known in back.items()},
            groups,
            items,
            {item: at for at, item in enumerate(items)},
            shares,
            lifts,
            usual,
        )

    def again(self, customer: str, count: int, rejected: frozenset[str]) -> list[Offer]:
        """Products that are due again, the likeliest first."""
        unwanted = rejected | self.returned.get(customer, frozenset())
        return [
            Offer(
                item,
                AGAIN,
                round(score, 6),
                {
                    "item": item,
                    "interval": max(round(interval), 1),
                    "last": last.isoformat(),
                    "ago": (self.day - last).days,
                    "times": times,
                },
            )
            for item, score, interval, last, times in self.due.get(customer, [])
            if item not in unwanted
        ][:count]

    def scores(self, customer: str) -> npt.NDArray[np.float64]:
        """How likely each of `items` is to be bought besides, as a logarithm."""
        usual = self.usual.get(self.groups.get(customer, ""), self.shares)
        own = [self.places[one] for one in self.own.get(customer, ()) if one in self.places]
        score = np.log(usual)
        if own:
            score = score + WEIGHT * self.lifts[own].mean(axis=0)
        return score

    def new(self, customer: str, count: int, rejected: frozenset[str]) -> list[Offer]:
        """Products not bought before, the likeliest first; none for who bought nothing."""
        known = self.own.get(customer, frozenset())
        unwanted = rejected | self.returned.get(customer, frozenset()) | known
        if not known or not self.items:
            return []
        score = self.scores(customer)
        own = [self.places[one] for one in known if one in self.places]
        found: list[Offer] = []
        for at in np.argsort(-score, kind="stable"):
            item = self.items[at]
            if item in unwanted:
                continue
            data: dict[str, Any] = {"item": item, "share": f"{self.shares[at]:.0%}"}
            if own:
                best = own[int(np.argmax(self.lifts[own, at]))]
                lift = float(np.exp(self.lifts[best, at]))
                if lift > 1.05:
                    data |= {"with": self.items[best], "lift": f"{lift:.1f}"}
            found.append(Offer(item, NEW, round(float(np.exp(score[at])), 6), data))
            if len(found) == count:
                break
        return found

    def popular(self, customer: str, kind: str) -> list[str]:
        """The five most popular products that could be offered: new ones, or any for `again`."""
        order = [self.items[at] for at in np.argsort(-self.shares, kind="stable")]
        if kind == AGAIN:
            return order[:TOP]
        known = self.own.get(customer, frozenset())
        return [item for item in order if item not in known][:TOP]


def _due(
    rows: pl.DataFrame, day: date, horizon: int
) -> dict[str, list[tuple[str, float, float, date, int]]]:
    """Of each customer what is due again, the likeliest first."""
    each = (
        rows.group_by("customer", "item")
        .agg(first=pl.col("day").min(), last=pl.col("day").max(), times=pl.len())
        .filter(pl.col("times") >= DAYS)
        .with_columns(
            gap=(pl.col("last") - pl.col("first")).dt.total_days() / (pl.col("times") - 1)
        )
    )
    if not each.height:
        return {}
    usual = each.group_by("item").agg(usual=pl.col("gap").median())
    gaps = pl.col("times") - 1
    told = (
        each.join(usual, on="item")
        .with_columns(
            interval=(gaps * pl.col("gap") + OWN * pl.col("usual")) / (gaps + OWN),
            ago=(pl.lit(day) - pl.col("last")).dt.total_days(),
        )
        .with_columns(part=(pl.col("ago") + horizon / 2) / pl.col("interval"))
        .filter((pl.col("part") >= EARLY) & (pl.col("ago") <= LATE * pl.col("interval")))
        .with_columns(score=1 - (-horizon / pl.col("interval")).exp())
        .sort("customer", "score", "item", descending=[False, True, False])
    )
    found: dict[str, list[tuple[str, float, float, date, int]]] = {}
    for row in told.select("customer", "item", "score", "interval", "last", "times").iter_rows():
        found.setdefault(row[0], []).append(row[1:])
    return found


def _together(
    pairs: pl.DataFrame, groups: Mapping[str, str]
) -> tuple[
    list[str], npt.NDArray[np.float64], npt.NDArray[np.float64], dict[str, npt.NDArray[np.float64]]
]:
    """Products with many customers, how usual each is, the lifts, and how usual in each group."""
    counts = (
        pairs.group_by("item")
        .len("n")
        .filter(pl.col("n") >= FEWEST)
        .sort("n", "item", descending=[True, False])
        .head(ITEMS)
    )
    items: list[str] = counts["item"].to_list()
    people = sorted(pairs["customer"].unique().to_list())
    step = -(-len(people) // PEOPLE)
    people = people[:: max(step, 1)]
    at_item = {item: at for at, item in enumerate(items)}
    at_person = {customer: at for at, customer in enumerate(people)}
    bought = np.zeros((len(people), len(items)), dtype=np.float32)
    for customer, item in pairs.iter_rows():
        row, column = at_person.get(customer), at_item.get(item)
        if row is not None and column is not None:
            bought[row, column] = 1
    total = float(len(people)) or 1.0
    sums = bought.sum(axis=0, dtype=np.float64)
    shares = (sums + 0.5) / (total + 1)
    expected = np.outer(sums, sums) / total
    seen = (bought.T @ bought).astype(np.float64)
    lifts = np.log((seen + SHRUNK) / (expected + SHRUNK))
    np.fill_diagonal(lifts, 0.0)
    usual: dict[str, npt.NDArray[np.float64]] = {}
    named = np.array([groups.get(customer, "") for customer in people])
    for group in set(named.tolist()) - {""}:
        mine = bought[named == group]
        usual[group] = (mine.sum(axis=0, dtype=np.float64) + SHRUNK * shares) / (len(mine) + SHRUNK)
    return items, shares, lifts, usual


def _judge(past: Fitted, after: pl.DataFrame, kind: str) -> Judged | None:
    """How offers of a kind did beside the most popular; None where there are too few to say."""
    came = dict(after.group_by("customer").agg("item").rows())
    people = sorted(set(came) & set(past.own))
    people = people[:: max(-(-len(people) // MOST_JUDGED), 1)]
    both = ours = theirs = count = 0
    for customer in people:
        make = past.again if kind == AGAIN else past.new
        offered = [one.item for one in make(customer, TOP, frozenset())]
        if len(offered) < TOP:
            continue
        real = set(came[customer])
        count += 1
        hit = not real.isdisjoint(offered)
        known = not real.isdisjoint(past.popular(customer, kind))
        ours += hit
        theirs += known
        both += hit and known
    if not count:
        return None
    only, other = (ours - both) / count, (theirs - both) / count
    gain = only - other
    half = Z * sqrt(max(only + other - gain**2, 0.0) / count)
    return Judged(
        kind, past.day, past.horizon, count, ours / count, theirs / count, gain - half, gain + half
    )
