"""`cluster`: k-means on scaled indicators (Lloyd 1982), every round one plain aggregation.

The most valuable cluster comes first. A row belongs to the nearest centroid by itself.
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rating, rows
from kefen.schemes.methods.base import Method
from kefen.schemes.methods.cluster.faults import faults
from kefen.schemes.methods.cluster.model import (
    Centre,
    ClusterScheme,
    ClusterStandard,
    Scale,
)
from kefen.schemes.methods.cluster.reason import explain
from kefen.schemes.methods.cluster.sample import sample
from kefen.schemes.methods.cluster.scaling import away, coordinate, nearest, rounded, straight
from kefen.schemes.methods.cluster.seeds import seeds, silhouette
from kefen.schemes.standard import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine

_ROUNDS = 30
_STILL = 256
"""Centroids that move less than 1/256 of a unit have settled."""

_BLURRED = 0.25
"""Below it clusters are hardly more than a manner of speaking (Kaufman & Rousseeuw 1990)."""


def _columns(scheme: ClusterScheme) -> list[str]:
    return list(map(scheme.column, scheme.references()))


def _checked(scheme: ClusterScheme, table: ir.Table) -> None:
    needed = [*_columns(scheme), scheme.column(scheme.value), *map(scheme.column, scheme.minimum)]
    rating.columns(scheme, table, needed)


def _fit(scheme: ClusterScheme, table: ir.Table, engine: Engine) -> ClusterStandard:
    _checked(scheme, table)
    rated = table.filter(rating.enough(scheme, table, _columns(scheme)))
    customers, scales = _scales(scheme, rated, engine)
    if not customers:
        notes = [Note(code="no-customers")]
        return ClusterStandard(
            scheme=scheme.hash, customers=0, notes=notes, scales=scales, centres=None
        )
    names = [f"c{at}" for at in range(len(scales))]
    reals = {f"r{at}": rows.number(rated[s.column]).cast("float64") for at, s in enumerate(scales)}
    value = rows.number(rated[scheme.column(scheme.value)])
    placed = rated.select(
        **{name: coordinate(scale, rated) for name, scale in zip(names, scales, strict=True)},
        **reals,
        value=value,
    )
    kept = engine.materialise(placed)
    try:
        points, counts = sample(kept, names, customers, engine)
        found, rounds = seeds(points, counts, len(scheme.classes)), 0
        if sum(counts) < customers:
            found, rounds = _settle(kept, names, found, engine)
        centres, explained = _described(kept, names, found, engine)
    finally:
        engine.drop(kept)
    apart = silhouette(points, counts, [centre.point for centre in centres])
    return ClusterStandard(
        scheme=scheme.hash,
        customers=customers,
        notes=_notes(scheme, scales, centres, apart, rounds),
        scales=scales,
        centres=centres,
        explained=explained,
        silhouette=apart,
        rounds=rounds,
    )


def _scales(scheme: ClusterScheme, rated: ir.Table, engine: Engine) -> tuple[int, list[Scale]]:
    """How many customers there are, and the scale of each indicator."""
    wanted: dict[str, Any] = {"customers": rated.count()}
    for at, feature in enumerate(scheme.indicators):
        real = straight(rated[scheme.column(feature.indicator)], feature.scale)
        wanted |= {f"low{at}": real.min(), f"high{at}": real.max()}
        if feature.scale != "minmax":
            wanted |= {f"mean{at}": real.mean(), f"spread{at}": real.std(how="pop")}
    [found] = rows.fetch(rated.aggregate(**wanted), engine)
    scales = []
    for at, feature in enumerate(scheme.indicators):
        low, high = found[f"low{at}"], found[f"high{at}"]
        centre, spread = rounded(found.get(f"mean{at}")), rounded(found.get(f"spread{at}"))
        if feature.scale == "minmax" and low is not None:
            centre, spread = low, high - low
        known = low is not None and low != high and bool(spread)
        scales.append(
            Scale(
                column=scheme.column(feature.indicator),
                by=feature.scale,
                centre=centre if known else None,
                spread=spread if known else None,
            )
        )
    return found["customers"], scales


def _settle(
    kept: ir.Table, names: Sequence[str], begun: list[list[int]], engine: Engine
) -> tuple[list[list[int]], int]:
    """Move every centroid to the mean of the rows nearest to it until they stay."""
    points = begun
    for turn in range(1, _ROUNDS + 1):
        grouped = nearest(kept, names, points).group_by("_nearest")
        sums = {name: ibis._[name].sum() for name in names}
        found = rows.fetch(grouped.aggregate(customers=ibis._.count(), **sums), engine)
        moved = [list(point) for point in points]
        for row in found:
            size = int(row["customers"])
            moved[row["_nearest"]] = [(2 * int(row[name]) + size) // (2 * size) for name in names]
        steps = [
            abs(after - before)
            for one, other in zip(moved, points, strict=True)
            for after, before in zip(one, other, strict=True)
        ]
        points = moved
        if max(steps) <= _STILL:
            return points, turn
    return points, _ROUNDS + 1


def _described(
    kept: ir.Table, names: Sequence[str], points: list[list[int]], engine: Engine
) -> tuple[list[Centre], float | None]:
    """The clusters that have anybody, most valuable first, and what they explain."""
    wanted: dict[str, Any] = {"customers": ibis._.count()}
    for at, name in enumerate(names):
        wanted[f"sum{at}"] = ibis._[name].sum()
        wanted[f"square{at}"] = (ibis._[name] * ibis._[name]).sum()
        wanted[f"mean{at}"] = ibis._[f"r{at}"].mean()
    wanted |= {"value": ibis._.value.sum().cast("string"), "valued": ibis._.value.count()}
    grouped = nearest(kept, names, points).group_by("_nearest")
    found = rows.fetch(grouped.aggregate(**wanted), engine)
    every = range(len(names))
    whole = sum(row["customers"] for row in found)
    sums = [sum(int(row[f"sum{at}"]) for row in found) for at in every]
    squares = [sum(int(row[f"square{at}"]) for row in found) for at in every]
    total = sum(Fraction(squares[at]) - Fraction(sums[at] ** 2, whole) for at in every)
    within = sum(
        Fraction(int(row[f"square{at}"])) - Fraction(int(row[f"sum{at}"]) ** 2, row["customers"])
        for row in found
        for at in every
    )
    spreads = [sqrt(squares[at] / whole - (sums[at] / whole) ** 2) for at in every]

    def centre(row: dict[str, Any]) -> Centre:
        size, value = row["customers"], _mean(row)
        return Centre(
            point=points[row["_nearest"]],
            customers=size,
            value=None if value is None else float(value),
            means=[float(f"{row[f'mean{at}']:.12g}") for at in every],
            apart=[_apart(row, at, sums[at], whole, spreads[at]) for at in every],
        )

    found.sort(key=lambda row: (_worth(row), points[row["_nearest"]]), reverse=True)
    return [centre(row) for row in found], round(1 - float(within / total), 6) if total else None


def _mean(row: dict[str, Any]) -> Fraction | None:
    return Fraction(row["value"]) / row["valued"] if row["valued"] else None


def _worth(row: dict[str, Any]) -> tuple[bool, Fraction]:
    mean = _mean(row)
    return mean is not None, mean or Fraction(0)


def _apart(row: dict[str, Any], at: int, total: int, whole: int, spread: float) -> float:
    """How far the cluster's mean is above that of the others, in deviations of all."""
    size, own = row["customers"], int(row[f"sum{at}"])
    if not spread or size == whole:
        return 0.0
    return float(round((own / size - (total - own) / (whole - size)) / spread, 4))


def _notes(
    scheme: ClusterScheme,
    scales: Sequence[Scale],
    centres: Sequence[Centre],
    apart: float | None,
    rounds: int,
) -> list[Note]:
    found = [
        Note(code="all-equal", column=scale.column) for scale in scales if scale.spread is None
    ]
    if len(centres) < len(scheme.classes):
        found.append(Note(code="fewer-clusters"))
    elif apart is not None and apart < _BLURRED:
        found.append(Note(code="clusters-blurred"))
    if rounds > _ROUNDS:
        found.append(Note(code="not-settled"))
    return found


def _assign(scheme: ClusterScheme, standard: ClusterStandard, table: ir.Table) -> ir.Table:
    """Adds `distance` to the own centroid and `next_distance` to the next nearest."""
    _checked(scheme, table)
    real = ibis.null("float64")
    if standard.centres is None:
        empty = {"distance": real, "next_distance": real, "score": real}
        return table.mutate(**empty, **{"class": ibis.null("string")})
    rated = rating.enough(scheme, table, _columns(scheme))
    names = [f"_at{at}" for at in range(len(standard.scales))]
    placed = table.mutate(
        **{
            name: ibis.ifelse(rated, coordinate(scale, table), ibis.null("int64"))
            for name, scale in zip(names, standard.scales, strict=True)
        }
    )
    points = [centre.point for centre in standard.centres]
    near = nearest(placed, names, points)
    label = ibis.cases(*((near["_nearest"] == at, key) for at, key in _keys(scheme, standard)))
    others = [
        ibis.ifelse(near["_nearest"] == at, ibis.null("int64"), near[f"_square{at}"])
        for at in range(len(points))
    ]
    told = near.mutate(
        distance=away(near["_least"]),
        next_distance=away(_least(others)) if len(points) > 1 else real,
        score=real,
        **{"class": label},
    )
    return told.select(*table.columns, "class", "score", "distance", "next_distance")


def _least(values: Sequence[Any]) -> Any:
    """The least of those that are not null."""
    top = ibis.literal(2**62, "int64")
    return ibis.least(*(value.fill_null(top) for value in values)).nullif(top)


def _keys(scheme: ClusterScheme, standard: ClusterStandard) -> list[tuple[int, str]]:
    return list(enumerate(scheme.keys()[: len(standard.centres or [])]))


METHOD = Method(ClusterScheme, ClusterStandard, faults, _fit, _assign, explain)
