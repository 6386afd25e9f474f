"""A column's values as bins in order, refined step by step: the pieces behind `cuts`."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from itertools import accumulate
from math import frexp, isinf
from operator import or_
from typing import TYPE_CHECKING, Any, NamedTuple

from kefen.deferred import ibis
from kefen.schemes.rows import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import ibis.expr.types as ir

    from kefen.schemes.parts import Better

BINS = 2048
_LEAST = -1000
"""Two to this and its inverse are doubles."""
FEW = 4096
"""A bin with at most this many different values is grouped by value."""


@dataclass(frozen=True)
class Ask:
    """What is wanted of one column.

    `tops`: shares of the total, of `weight` or else of customers. For each, the last value,
    going from the best, whose cumulative share stays within it, itself and its equals counted;
    the best value when even that goes past it.
    `quantiles`: values at these points, as a spreadsheet's PERCENTILE.INC gives them.
    `knots`: points near which to tell, for a value someone has, the share of the other customers
    it beats (PERCENTRANK.INC). Exact at each knot; wherever a knot would stand for too many
    customers, more of them are given.
    """

    column: str
    tops: tuple[Fraction, ...] = ()
    quantiles: tuple[Fraction, ...] = ()
    knots: tuple[Fraction, ...] = ()
    weight: str | None = None
    better: Better = "higher"
    positive: bool = False
    """Leave out rows that are not above zero."""
    even: bool = False
    """Values spread evenly over their range, as scores do; others crowd at the low end."""


class Bin(NamedTuple):
    """Customers whose values lie in `[low, high]`, both ends taken by someone."""

    low: Any
    high: Any
    customers: int
    weight: int

    @property
    def single(self) -> bool:
        """Whether all of them have the same value."""
        return bool(self.low == self.high)


class Histogram:
    """Bins in ascending order with running totals; weights are whole multiples of `unit`."""

    def __init__(self, bins: list[Bin], unit: Fraction) -> None:
        self.unit = unit
        self.weighed = False
        self.stuck: set[Bin] = set()
        self._hold(bins)

    def _hold(self, bins: list[Bin]) -> None:
        self.bins = bins
        self.counts = [0, *accumulate(b.customers for b in bins)]
        self.weights = [0, *accumulate(b.weight for b in bins)]

    @property
    def customers(self) -> int:
        """How many customers have a value."""
        return self.counts[-1]

    @property
    def total(self) -> int:
        """The whole weight, in units."""
        return self.weights[-1]

    def refine(self, coarse: Sequence[Bin], finer: Sequence[Bin]) -> None:
        """Put finer bins in the place of coarse ones."""
        if len(coarse) == len(finer) == 1 and not finer[0].single:
            self.stuck.add(finer[0])
        gone = {b.low for b in coarse}
        self.weighed = True
        self._hold(sorted([*(b for b in self.bins if b.low not in gone), *finer]))

    def past(self, limit: Fraction, better: Better) -> int | None:
        """The first bin, going from the best, at which the running weight exceeds the limit."""
        size = len(self.bins)
        if better == "higher":
            at = bisect_left(self.weights, self.total - limit, hi=size) - 1
            return at if at >= 0 else None
        at = bisect_right(self.weights, limit) - 1
        return at if at < size else None

    def last_within(self, limit: Fraction, better: Better) -> tuple[Any, int, int]:
        """The last value within the limit (or the best), and customers and weight up to it."""
        past, size = self.past(limit, better), len(self.bins)
        if better == "higher":
            at = 0 if past is None else min(past + 1, size - 1)
            return (
                self.bins[at].low,
                self.customers - self.counts[at],
                self.total - self.weights[at],
            )
        at = size - 1 if past is None else max(past - 1, 0)
        return self.bins[at].high, self.counts[at + 1], self.weights[at + 1]

    def at_rank(self, rank: int) -> tuple[int, Any]:
        """The bin of the `rank`-th smallest value and that value; None while it is not certain."""
        at = bisect_right(self.counts, rank) - 1
        holder = self.bins[at]
        if holder.single or rank == self.counts[at]:
            return at, holder.low
        return at, holder.high if rank == self.counts[at + 1] - 1 else None

    def coarse(self, crowd: Fraction, better: Better) -> list[int]:
        """Bins too wide for `knots`: those with a crowd in them, and the one at the best end."""
        best = len(self.bins) - 1 if better == "higher" else 0
        return [
            at
            for at, b in enumerate(self.bins)
            if not b.single and (at == best or b.customers > crowd * self.customers)
        ]

    def knots(
        self, points: Sequence[Fraction], crowd: Fraction, better: Better
    ) -> list[tuple[Any, Fraction]]:
        """Values with the share of the other customers each beats, near these points."""
        others = max(self.customers - 1, 1)
        size = len(self.bins)
        if better == "higher":
            ends = [b.low for b in self.bins]
            beaten = self.counts[:-1]
        else:
            ends = [b.high for b in reversed(self.bins)]
            beaten = [self.customers - self.counts[at + 1] for at in reversed(range(size))]
        chosen = {0, size - 1}
        for point in points:
            at = min(bisect_left(beaten, point * others), size - 1)
            chosen.add(at)
            if at and beaten[at] - beaten[at - 1] > crowd * others:
                chosen.add(at - 1)
        return [(ends[at], Fraction(beaten[at], others)) for at in sorted(chosen)]


class Column:
    """The queries over one column of a table."""

    def __init__(self, table: ir.Table, ask: Ask) -> None:
        self.value = number(table[ask.column])
        self.kind = self.value.type()
        self.even = ask.even
        self.rows = table.filter(self.value > 0 if ask.positive else self.value.notnull())
        self.where = self.value > 0 if ask.positive else None
        self.weight: Any = None
        if ask.weight is not None:
            raw = number(table[ask.weight])
            self.weight = ibis.ifelse(raw > 0, raw, ibis.literal(0).cast(raw.type()))

    def range(self, place: int) -> dict[str, Any]:
        """The aggregates of the first query."""
        found = {
            f"customers{place}": self.value.count(where=self.where),
            f"low{place}": self.value.min(where=self.where),
            f"high{place}": self.value.max(where=self.where),
        }
        if self.weight is not None and self.weight.type().is_floating():
            found[f"weight{place}"] = self.weight.max(where=self.where)
        return found

    def begin(self, first: dict[str, Any], place: int) -> Histogram:
        """One bin over the whole range, from the first query's row."""
        customers = first[f"customers{place}"]
        unit = Fraction(1)
        if self.weight is not None:
            unit = self._unit(customers, first.get(f"weight{place}"))
        if not customers:
            return Histogram([], unit)
        whole = Bin(first[f"low{place}"], first[f"high{place}"], customers, customers)
        histogram = Histogram([whole], unit)
        histogram.weighed = self.weight is None
        return histogram

    def _unit(self, customers: int, most: float | None) -> Fraction:
        """The unit weights are counted in; sums of whole units are exact in any order."""
        kind = self.weight.type()
        if kind.is_decimal():
            return Fraction(1, 10 ** (kind.scale or 0))
        if not kind.is_floating():
            return Fraction(1)
        exponent = max(frexp(most or 1.0)[1] + customers.bit_length() - 61, _LEAST)
        unit = Fraction(2) ** exponent
        self.weight = (self.weight * 2.0**-exponent).round().cast("int64")
        return unit

    def queries(self, histogram: Histogram, places: Iterable[int]) -> list[Any]:
        """`(query, bins it refines)`: one grouping for the small bins, a histogram per large."""
        few: list[Bin] = []
        many: list[Bin] = []
        for place in places:
            found = histogram.bins[place]
            small = self._values(found) <= FEW or found in histogram.stuck
            (few if small else many).append(found)
        whole = len(histogram.bins) == 1
        queries = [(self._by_value(few, whole), few)] if few else []
        return queries + [(self._by_bin(found, whole), [found]) for found in many]

    def read(self, rows: Iterable[dict[str, Any]]) -> list[Bin]:
        """Bins from the rows of a query."""
        value = self._reader()
        scale = 0
        if self.weight is not None and self.weight.type().is_decimal():
            scale = self.weight.type().scale or 0
        return [
            Bin(
                value(row["low"]),
                value(row["high"]),
                row["customers"],
                row["customers"]
                if row["weight"] is None
                else int(Decimal(row["weight"]).scaleb(scale)),
            )
            for row in rows
        ]

    def _reader(self) -> Callable[[str], Any]:
        if self.kind.is_decimal():
            return Decimal
        return float if self.kind.is_floating() else int

    def _values(self, found: Bin) -> int:
        """At most this many different values lie in the bin."""
        if found.single:
            return 1
        if self.kind.is_floating():
            return found.customers
        step = 10 ** (self.kind.scale or 0) if self.kind.is_decimal() else 1
        return min(found.customers, int((found.high - found.low) * step) + 1)

    def _by_value(self, bins: Sequence[Bin], whole: bool) -> ir.Table:
        grouped = self._part(bins, whole).group_by(low=self.value).aggregate(**self._sums())
        text = grouped.low.cast("string")
        return grouped.select("customers", "weight", low=text, high=text)

    def _by_bin(self, found: Bin, whole: bool) -> ir.Table:
        low, high = float(found.low), float(found.high)
        value = self.value.cast("float64")
        if isinf(high - low):
            low, high, value = low / 4, high / 4, value / 4
        place = (value - low) / (high - low)
        # The fourth root spreads the crowd at the low end of a heavy-tailed column.
        place = (place if self.even else place.sqrt().sqrt()) * float(BINS)
        grouped = (
            self._part([found], whole)
            .group_by(place=place.floor().cast("int32"))
            .aggregate(**self._sums(), low=self.value.min(), high=self.value.max())
        )
        return grouped.select(
            "customers",
            "weight",
            low=grouped.low.cast("string"),
            high=grouped.high.cast("string"),
        )

    def _part(self, bins: Sequence[Bin], whole: bool) -> ir.Table:
        if whole:
            return self.rows
        return self.rows.filter(reduce(or_, [self._inside(found) for found in bins]))

    def _inside(self, found: Bin) -> Any:
        low, high = (self._literal(end) for end in (found.low, found.high))
        return self.value.between(low, high)

    def _literal(self, value: Any) -> Any:
        return ibis.literal(str(value)).cast(self.kind) if self.kind.is_decimal() else value

    def _sums(self) -> dict[str, Any]:
        weight = ibis.null("string") if self.weight is None else self.weight.sum().cast("string")
        return {"customers": ibis._.count(), "weight": weight}
