"""Values that stand in a statement while it is compiled, to find their places.

Only DuckDB's dialect is known here.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST: Final = 900
"""Beyond so many in one expression they could read like one another."""
_FIRST: Final = date(1703, 1, 1)
_INTEGERS: Final = {"int16": 29_000, "int32": 1_870_000_000, "int64": 7_870_000_000_000_000_000}


def sentinels(literals: Sequence[Any]) -> list[Any]:
    """A literal of the same type and sign for each of these, all of them different."""
    return [
        ibis.expr.operations.Literal(_like(node.value, node.dtype, number), node.dtype)
        for number, node in enumerate(literals)
    ]


def said(value: Any) -> str:
    """A value as it stands in a statement, without its sign."""
    if isinstance(value, date):
        return f"MAKE_DATE({value.year}, {value.month}, {value.day})"
    if isinstance(value, str):
        return "'{}'".format(value.replace("'", "''"))
    text = str(value)
    # Numbers below zero go through `Decimal`, which writes exponents in its own way.
    return str(abs(Decimal(text))) if text.startswith("-") else text


def _like(value: Any, kind: Any, number: int) -> Any:
    if isinstance(value, date):
        return _FIRST + timedelta(days=number)
    if isinstance(value, str):
        return f"kefen value {number:04}"
    found: Any
    if isinstance(value, float):
        found = float(f"8{number:05}.0625")
    elif isinstance(value, Decimal):
        found = Decimal(f"81{number:05}").quantize(Decimal(1).scaleb(-kind.scale))
    else:
        found = _INTEGERS[str(kind).removeprefix("!")] + number
    return -found if str(value).startswith("-") else found
