"""Who takes part: the population's conditions as one row-wise test."""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

import ibis

from kefen.errors import SchemeError

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.schemes.model import Condition, Scheme


def population(scheme: Scheme, table: ir.Table) -> ir.Table:
    """The rows the scheme is about. Attributes are columns of their own names.

    Raises:
        SchemeError: `missing-column` when an attribute or indicator is not in the table.
    """
    if scheme.population is None:
        return table
    return table.filter(_test(scheme, scheme.population, table).fill_null(False))


def _test(scheme: Scheme, condition: Condition, table: ir.Table) -> Any:
    if condition.all is not None:
        return reduce(and_, [_test(scheme, part, table) for part in condition.all], _yes())
    if condition.any is not None:
        tests = [_test(scheme, part, table) for part in condition.any]
        return reduce(or_, tests) if tests else _yes()
    if condition.attribute is not None:
        text = _column(scheme, table, condition.attribute).cast("string")
        wanted = [*(condition.among or []), *([condition.equals] if condition.equals else [])]
        return text.isin(wanted)
    value = _column(scheme, table, scheme.column(condition.indicator or ""))
    tests = []
    if condition.at_least is not None:
        tests.append(value >= condition.at_least)
    if condition.at_most is not None:
        tests.append(value <= condition.at_most)
    return reduce(and_, tests)


def _column(scheme: Scheme, table: ir.Table, name: str) -> Any:
    if name not in table.columns:
        raise SchemeError("missing-column", column=name, scheme=scheme.name)
    return table[name]


def _yes() -> Any:
    return ibis.literal(True)
