"""The row-wise pieces the methods share, each as an expression and in plain Python.

Both forms give the same answer for the same row: classes come from the expressions,
explanations from the Python.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import isfinite
from sys import float_info
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.parts import Better
    from kefen.schemes.standard import Number

_WIDEST = 38
_LARGEST = float_info.max


def number(column: Any) -> Any:
    """A numeric column in which infinities and NaN count as missing."""
    if column.type().is_floating():
        # Not `isinf`: Ibis writes it for Spark as always false.
        odd = column.isnan() | (column.abs() > _LARGEST)
        return ibis.ifelse(odd, ibis.null(column.type()), column)
    return column


def number_of(value: object) -> Number | None:
    """The same for one value of a row."""
    if value is None or isinstance(value, str | bool):
        return None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, int):
        return value
    try:
        plain = float(value)  # type: ignore[arg-type]  # NumPy scalars
    except (TypeError, ValueError):
        return None
    return plain if isfinite(plain) else None


def bound(cut: Number, kind: Any, better: Better) -> Any:
    """`cut` as a literal to compare a column of this type with, without losing a digit."""
    if kind.is_decimal() and kind.scale is not None:
        exact = cut if isinstance(cut, Decimal) else Decimal(repr(cut))
        step = Decimal(1).scaleb(-kind.scale)
        rounding = ROUND_CEILING if better == "higher" else ROUND_FLOOR
        if exact.adjusted() + 1 + kind.scale <= (kind.precision or _WIDEST):
            rounded = exact.quantize(step, rounding=rounding)
            if len(rounded.as_tuple().digits) <= (kind.precision or _WIDEST):
                return ibis.literal(str(rounded)).cast(kind)
        return ibis.literal(float(exact))
    return ibis.literal(float(cut) if isinstance(cut, Decimal) else cut)


def reaches(column: Any, cut: Number, better: Better) -> Any:
    """Whether the column is at the cut or better."""
    limit = bound(cut, column.type(), better)
    return column >= limit if better == "higher" else column <= limit


def reaches_of(value: Number, cut: Number, better: Better) -> bool:
    """The same for one value."""
    if isinstance(value, Decimal) != isinstance(cut, Decimal):
        value, cut = (v if isinstance(v, Decimal) else Decimal(repr(v)) for v in (value, cut))
    return value >= cut if better == "higher" else value <= cut


def ladder(value: Any, cuts: Sequence[Number], labels: Sequence[Any], better: Better) -> Any:
    """The label of the first cut the value reaches; the last label when it reaches none."""
    steps = [(reaches(value, cut, better), label) for cut, label in zip(cuts, labels, strict=False)]
    return ibis.cases(*steps, else_=labels[-1]) if steps else ibis.literal(labels[-1])


def step_of(value: Number, cuts: Sequence[Number], better: Better) -> int:
    """The place of the first cut the value reaches; `len(cuts)` when it reaches none."""
    for place, cut in enumerate(cuts):
        if reaches_of(value, cut, better):
            return place
    return len(cuts)


def difference(one: Number, other: Number) -> Number:
    """How far apart two numbers are, in decimals where either is one."""
    if isinstance(one, Decimal) or isinstance(other, Decimal):
        first, second = (v if isinstance(v, Decimal) else Decimal(repr(v)) for v in (one, other))
        return abs(first - second)
    return abs(one - other)


def exact(value: Fraction, kind: Any) -> Number:
    """A sum of a column of this type, as that type writes it."""
    if kind.is_decimal():
        return Decimal(value.numerator) / Decimal(value.denominator)
    return float(value) if kind.is_floating() else int(value)


def classify(rated: Any, label: Any, score: Any) -> dict[str, Any]:
    """The `class` and `score` columns: both empty where a row is not rated."""
    return {
        "class": ibis.ifelse(rated, label, ibis.null("string")),
        "score": ibis.ifelse(rated, score.cast("float64"), ibis.null("float64")),
    }


def fetch(table: ir.Table, engine: Engine) -> list[dict[str, Any]]:
    """The rows of a small result."""
    return engine.rows(table)
