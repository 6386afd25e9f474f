"""From values to coordinates and to the nearest centroid: as expressions and in plain Python.

Coordinates are whole 65536ths of a unit, held within 32 units. So distances and sums of
coordinates are exact, the same in any order and on every engine.
"""

from __future__ import annotations

from functools import reduce
from math import copysign, floor, frexp, ldexp, log, sqrt
from operator import add
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.schemes.methods.cluster.model import Centre, Scale

GRID = 65536
FARTHEST = 32
_BITS = 40


def rounded(value: float | None) -> float | None:
    """The value to forty binary digits: the order in which an engine adds is not fixed."""
    if value is None:
        return None
    part, exponent = frexp(value)
    return ldexp(round(ldexp(part, _BITS)), exponent - _BITS)


def straight(column: Any, by: str) -> Any:
    """The column as real numbers; for `log` on a logarithmic scale, null as it was."""
    real = rows.number(column).cast("float64")
    if by != "log":
        return real
    return real.sign().cast("float64") * (real.abs() + 1.0).ln()


def coordinate(scale: Scale, table: ir.Table) -> Any:
    """The coordinate of each row along one scale; null where the value is."""
    real = straight(table[scale.column], scale.by)
    if scale.centre is None or scale.spread is None:
        return ibis.ifelse(real.isnull(), ibis.null("int64"), ibis.literal(0, "int64"))
    unit = ((real - scale.centre) / scale.spread).clip(-float(FARTHEST), float(FARTHEST))
    return (unit * float(GRID) + 0.5).floor().cast("int64")


def coordinate_of(scale: Scale, value: object) -> int:
    """The same for one value that is known."""
    number = rows.number_of(value)
    if number is None or scale.centre is None or scale.spread is None:
        return 0
    real = float(number)
    if scale.by == "log":
        real = (copysign(1.0, real) if real else 0.0) * log(abs(real) + 1.0)
    unit = min(max((real - scale.centre) / scale.spread, -FARTHEST), FARTHEST)
    return floor(unit * GRID + 0.5)


def square(table: ir.Table, names: Sequence[str], point: Sequence[int]) -> Any:
    """The squared distance of each row to a point, exactly."""
    steps = [table[name] - ibis.literal(at, "int64") for name, at in zip(names, point, strict=True)]
    return reduce(add, [step * step for step in steps])


def nearest(table: ir.Table, names: Sequence[str], points: Sequence[Sequence[int]]) -> Any:
    """Adds `_square…` to each point, `_least`, and `_nearest`: the first point that near."""
    squares = {f"_square{at}": square(table, names, point) for at, point in enumerate(points)}
    staged = table.mutate(**squares)
    each = [staged[name] for name in squares]
    least = ibis.least(*each) if len(each) > 1 else each[0]
    staged = staged.mutate(_least=least)
    found = [(staged[name] == staged["_least"], at) for at, name in enumerate(squares)]
    return staged.mutate(_nearest=ibis.cases(*found))


def away(squared: Any) -> Any:
    """A distance in scaled units."""
    return squared.cast("float64").sqrt() / float(GRID)


def away_of(squared: int) -> float:
    """The same for one number."""
    return sqrt(squared) / GRID


def squares_of(
    scales: Sequence[Scale], centres: Sequence[Centre], row: Mapping[str, Any]
) -> list[int]:
    """The squared distances of one row to every centroid."""
    at = [coordinate_of(scale, row.get(scale.column)) for scale in scales]
    return [
        sum((own - other) ** 2 for own, other in zip(at, centre.point, strict=True))
        for centre in centres
    ]
