"""Conditions on a row: as a boolean expression, in plain Python, and the facts behind either.

What is not known passes no test but `missing: true`; so `not` of a test on something unknown
holds. Both forms give the same answer for the same row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

import ibis

from kefen.errors import SchemeError
from kefen.schemes import comparisons
from kefen.schemes.date_parts import place
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

    from kefen.schemes.model import Condition, Scheme


def population(scheme: Scheme, table: ir.Table) -> ir.Table:
    """The rows the scheme is about. Attributes are columns, see `Scheme.attribute_column`.

    Raises:
        SchemeError: `missing-column` when an attribute or indicator is not in the table.
    """
    if scheme.population is None:
        return table
    return table.filter(test(scheme, scheme.population, table))


def test(scheme: Scheme, condition: Condition, table: ir.Table) -> Any:
    """Whether a row meets a condition on the customer; a boolean column, never null.

    Raises:
        SchemeError: `missing-column`.
    """
    return _expression(condition, _Columns(scheme.name, table, _place(scheme)))


def test_fact(name: str, condition: Condition, table: ir.Table) -> Any:
    """The same on a table of facts, whose columns `attribute` names; `name` is of the scheme.

    Parts of dates, such as `ordered_on.weekday`, are columns that `with_parts` added.

    Raises:
        SchemeError: `missing-column`.
    """
    return _expression(condition, _Columns(name, table, lambda leaf: place(leaf.attribute or "")))


def holds(scheme: Scheme, condition: Condition, row: Mapping[str, Any]) -> bool:
    """Whether one row meets a condition on the customer."""
    return _truth(condition, row, _place(scheme))


def why(scheme: Scheme, condition: Condition, row: Mapping[str, Any]) -> list[Step]:
    """Why one row meets a condition, or does not: true statements that suffice."""
    return _why(condition, row, _place(scheme))


def column_of(scheme: Scheme, condition: Condition) -> str:
    """The table column that a single test reads."""
    if condition.attribute is not None:
        return scheme.attribute_column(condition.attribute)
    return scheme.column(condition.indicator or "")


def _place(scheme: Scheme) -> Callable[[Condition], str]:
    return lambda condition: column_of(scheme, condition)


@dataclass(frozen=True)
class _Columns:
    """Where an expression finds what tests read."""

    scheme: str
    table: ir.Table
    place: Callable[[Condition], str]

    def of(self, condition: Condition) -> Any:
        name = self.place(condition)
        if name not in self.table.columns:
            raise SchemeError("missing-column", column=name, scheme=self.scheme)
        return self.table[name]


def _expression(condition: Condition, columns: _Columns) -> Any:
    if condition.all is not None:
        return comparisons.balanced(and_, [_expression(part, columns) for part in condition.all])
    if condition.any is not None:
        return comparisons.balanced(or_, [_expression(part, columns) for part in condition.any])
    if condition.negated is not None:
        return ~_expression(condition.negated, columns)
    found = comparisons.expressions(condition, columns.of(condition))
    return reduce(and_, [one.fill_null(False) for one in found], ibis.literal(True))


def _truth(condition: Condition, row: Mapping[str, Any], place: Callable[[Condition], str]) -> bool:
    if condition.all is not None:
        return all(_truth(part, row, place) for part in condition.all)
    if condition.any is not None:
        return any(_truth(part, row, place) for part in condition.any)
    if condition.negated is not None:
        return not _truth(condition.negated, row, place)
    value = comparisons.plain(row.get(place(condition)))
    return all(passed for _, passed in comparisons.results(condition, value))


def _why(
    condition: Condition, row: Mapping[str, Any], place: Callable[[Condition], str]
) -> list[Step]:
    if condition.negated is not None:
        return _why(condition.negated, row, place)
    group = condition.all if condition.all is not None else condition.any
    if group is not None:
        truths = [_truth(part, row, place) for part in group]
        if condition.all is not None:
            telling = [
                part for part, true in zip(group, truths, strict=True) if true == all(truths)
            ]
        elif any(truths):
            telling = [group[truths.index(True)]]
        else:
            telling = group
        return _once([step for part in telling for step in _why(part, row, place)])
    column = place(condition)
    value = comparisons.plain(row.get(column))
    results = comparisons.results(condition, value)
    met = all(passed for _, passed in results)
    told = [
        comparisons.finding(condition, name, value) for name, passed in results if passed == met
    ]
    facts = {"column": column}
    return _once([Step(code, facts | data) for code, data in told])


def _once(steps: list[Step]) -> list[Step]:
    return [step for place, step in enumerate(steps) if step not in steps[:place]]
