"""The row-wise pieces the methods share, each as an expression and in plain Python.

Both forms give the same answer for the same row: classes come from the expressions,
explanations from the Python.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from math import isfinite
from operator import and_
from sys import float_info
from typing import TYPE_CHECKING, Any

import ibis

from kefen.errors import SchemeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.model import Better, Scheme
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


def columns(scheme: Scheme, table: ir.Table, needed: Sequence[str]) -> None:
    """Refuse a table that lacks a column the scheme needs, or holds text where numbers belong.

    Raises:
        SchemeError: `missing-column`, `column-not-number`.
    """
    schema = table.schema()
    for name in needed:
        if name not in schema:
            raise SchemeError("missing-column", column=name, scheme=scheme.name)
        if not schema[name].is_numeric():
            raise SchemeError("column-not-number", column=name, scheme=scheme.name)


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


def enough(scheme: Scheme, table: ir.Table, needed: Sequence[str]) -> Any:
    """Whether a row has the minimum facts and every needed number; never null."""
    tests = [
        (number(table[scheme.column(name)]) >= least).fill_null(False)
        for name, least in scheme.minimum.items()
    ]
    tests += [number(table[name]).notnull() for name in dict.fromkeys(needed)]
    return reduce(and_, tests) if tests else ibis.literal(True)


def lacking(scheme: Scheme, row: Mapping[str, Any], needed: Sequence[str]) -> list[dict[str, Any]]:
    """What the row lacks to be rated: `{column, value, least}`; least is None when any would do."""
    found: list[dict[str, Any]] = []
    for name, least in scheme.minimum.items():
        value = number_of(row.get(scheme.column(name)))
        if value is None or value < least:
            found.append({"column": scheme.column(name), "value": value, "least": least})
    named = {fact["column"] for fact in found}
    return found + [
        {"column": column, "value": None, "least": None}
        for column in dict.fromkeys(needed)
        if column not in named and number_of(row.get(column)) is None
    ]


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
    rows: list[dict[str, Any]] = engine.fetch(table).to_pylist()
    return rows
