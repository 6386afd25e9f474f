"""Who is rated: the columns a scheme needs, and the minimum facts of a row.

As an expression and in plain Python, which give the same answer for the same row.
"""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.errors import SchemeError
from kefen.schemes import rows
from kefen.schemes.reason import Reason, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.schemes.model import Scheme


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


def enough(scheme: Scheme, table: ir.Table, needed: Sequence[str]) -> Any:
    """Whether a row has the minimum facts and every needed number; never null."""
    tests = [
        (rows.number(table[scheme.column(name)]) >= least).fill_null(False)
        for name, least in scheme.minimum.items()
    ]
    tests += [rows.number(table[name]).notnull() for name in dict.fromkeys(needed)]
    return reduce(and_, tests) if tests else ibis.literal(True)


def lacking(scheme: Scheme, row: Mapping[str, Any], needed: Sequence[str]) -> list[dict[str, Any]]:
    """What the row lacks to be rated: `{column, value, least}`; least is None when any would do."""
    found: list[dict[str, Any]] = []
    for name, least in scheme.minimum.items():
        value = rows.number_of(row.get(scheme.column(name)))
        if value is None or value < least:
            found.append({"column": scheme.column(name), "value": value, "least": least})
    named = {fact["column"] for fact in found}
    return found + [
        {"column": column, "value": None, "least": None}
        for column in dict.fromkeys(needed)
        if column not in named and rows.number_of(row.get(column)) is None
    ]


def unrated(
    scheme: Scheme,
    row: Mapping[str, Any],
    needed: Sequence[str],
    fitted: bool = True,
    assigned: Mapping[str, Any] | None = None,
) -> Reason | None:
    """The reason of a row that is not rated, or None when it is.

    A row that was `assigned` is rated where that gave it a class.
    """
    given = assigned["class"] if assigned is not None else None
    if given is not None:
        return None
    missing = lacking(scheme, row, needed)
    if missing:
        return Reason(
            [
                Step("step-missing" if fact["least"] is None else "step-too-few", fact)
                for fact in missing
            ]
        )
    if not fitted:
        return Reason([Step("step-no-standard")])
    return Reason([]) if assigned is not None and needed else None
