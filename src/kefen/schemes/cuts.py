"""Cut points without sorting: successive histograms, each a plain aggregation.

The first query finds each column's count and range. The next counts customers in bins, or by
value where a column has few values. Only the bins that hold a wanted point are looked into
again, until the point is one exact value: two or three queries for any number of columns and
points. A bin is a monotone function of the value and carries the least and the greatest value
in it, so the result is exact whatever the distribution.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from kefen.deferred import ibis
from kefen.schemes.aggregate_cache import memory_of
from kefen.schemes.histogram import Ask, Column, Histogram
from kefen.schemes.rows import fetch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.aggregate_cache import Memory
    from kefen.schemes.standard import Number

_CROWD = Fraction(1, 50)
"""Between two knots lie at most about this share of customers beyond the share asked for."""


@dataclass(frozen=True)
class Cut:
    """A cut value, with the customers and the weight at it or better."""

    value: Number
    customers: int
    weight: Fraction


@dataclass(frozen=True)
class Answer:
    """What was asked of one column; `low` and `high` are None when no row has a value."""

    customers: int
    low: Number | None = None
    high: Number | None = None
    total: Fraction = Fraction(0)
    cuts: list[Cut] = field(default_factory=list)
    quantiles: list[Fraction] = field(default_factory=list)
    knots: list[tuple[Number, Fraction]] = field(default_factory=list)


def find(table: ir.Table, asks: Sequence[Ask], engine: Engine) -> list[Answer]:
    """Answer every ask, all of them in the same two or three queries.

    Rows whose value is null or not a number do not take part; weights below zero count as zero.
    """
    memory = memory_of(engine)
    if memory is None:
        return _find(table, asks, engine)
    about = memory.about(table)
    known = {ask: memory.get(about, ask) for ask in asks}
    missing = [ask for ask, answer in known.items() if answer is None]
    for ask, answer in zip(missing, _find(table, missing, engine, memory), strict=True):
        memory.keep(about, ask, answer)
        known[ask] = answer
    return [known[ask] for ask in asks]


def _find(
    table: ir.Table, asks: Sequence[Ask], engine: Engine, memory: Memory | None = None
) -> list[Answer]:
    if not asks:
        return []
    searches = _begun(table, asks, engine, memory)
    while True:
        work = [
            (column, histogram, query, bins)
            for ask, column, histogram in searches
            for query, bins in column.queries(histogram, _open(ask, histogram))
        ]
        if not work:
            return [_answer(ask, histogram) for ask, _, histogram in searches]
        parts = [query.mutate(part=ibis.literal(at)) for at, (*_, query, _) in enumerate(work)]
        rows = fetch(ibis.union(*parts) if len(parts) > 1 else parts[0], engine)
        for at, (column, histogram, _, bins) in enumerate(work):
            histogram.refine(bins, column.read(row for row in rows if row["part"] == at))


def _begun(
    table: ir.Table, asks: Sequence[Ask], engine: Engine, memory: Memory | None
) -> list[tuple[Ask, Column, Histogram]]:
    """Each ask with its column's histogram: as far as it was refined before, else one bin."""
    about = memory.about(table) if memory else None
    columns = [Column(table, ask) for ask in asks]
    keys = [(a.column, a.weight, a.positive, a.even) for a in asks]
    begun: list[tuple[dict[str, object], int, Histogram] | None] = [
        memory.get(about, key) if memory and not ask.knots else None
        for key, ask in zip(keys, asks, strict=True)
    ]
    ranges = {
        name: value
        for at, column in enumerate(columns)
        if begun[at] is None
        for name, value in column.range(at).items()
    }
    first = fetch(table.aggregate(**ranges), engine)[0] if ranges else {}
    searches = []
    for at, (ask, column, key) in enumerate(zip(asks, columns, keys, strict=True)):
        told, place, known = begun[at] or (first, at, None)
        # This also has the column weigh by the histogram's unit.
        histogram = column.begin(told, place)
        if known is None and memory and not ask.knots:
            # Which knots are told depends on the bins, so their histogram is not shared.
            memory.keep(about, key, (first, at, histogram))
        searches.append((ask, column, known or histogram))
    return searches


def _open(ask: Ask, histogram: Histogram) -> list[int]:
    """The bins that hold a wanted point and more than one value."""
    if not histogram.customers:
        return []
    if not histogram.weighed:
        return [0]
    total = histogram.total
    places = {histogram.past(top * total, ask.better) for top in ask.tops}
    found = {at for at in places if at is not None and not histogram.bins[at].single}
    for point in ask.quantiles:
        for rank in _ranks(point, histogram):
            at, value = histogram.at_rank(rank)
            if value is None:
                found.add(at)
    if ask.knots:
        found |= set(histogram.coarse(_CROWD, ask.better))
    return sorted(found)


def _ranks(point: Fraction, histogram: Histogram) -> tuple[int, int]:
    place = point * (histogram.customers - 1)
    return floor(place), ceil(place)


def _answer(ask: Ask, histogram: Histogram) -> Answer:
    if not histogram.customers:
        return Answer(0)
    cuts = []
    for top in ask.tops:
        value, customers, weight = histogram.last_within(top * histogram.total, ask.better)
        cuts.append(Cut(value, customers, weight * histogram.unit))
    return Answer(
        histogram.customers,
        histogram.bins[0].low,
        histogram.bins[-1].high,
        histogram.total * histogram.unit,
        cuts,
        [_quantile(point, histogram) for point in ask.quantiles],
        histogram.knots(ask.knots, _CROWD, ask.better) if ask.knots else [],
    )


def _quantile(point: Fraction, histogram: Histogram) -> Fraction:
    below, above = (Fraction(histogram.at_rank(rank)[1]) for rank in _ranks(point, histogram))
    return below + (above - below) * (point * (histogram.customers - 1) % 1)
