"""A condition as a boolean expression, in plain Python, and the facts behind either.

Wherever its columns are: `place` gives the column that a single test reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.errors import SchemeError
from kefen.schemes import comparisons
from kefen.schemes.date_parts import place
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

    from kefen.schemes.parts import Condition


def test_fact(name: str, condition: Condition, table: ir.Table) -> Any:
    """The same on a table of facts, whose columns `attribute` names; `name` is of the scheme.

    Parts of dates, such as `ordered_on.weekday`, are columns that `with_parts` added.

    Raises:
        SchemeError: `missing-column`.
    """
    return expression(condition, Columns(name, table, lambda leaf: place(leaf.attribute or "")))


@dataclass(frozen=True)
class Columns:
    """Where an expression finds what tests read."""

    scheme: str
    table: ir.Table
    place: Callable[[Condition], str]

    def of(self, condition: Condition) -> Any:
        """The column that a single test reads.

        Raises:
            SchemeError: `missing-column`.
        """
        name = self.place(condition)
        if name not in self.table.columns:
            raise SchemeError("missing-column", column=name, scheme=self.scheme)
        return self.table[name]


def expression(condition: Condition, columns: Columns) -> Any:
    """Whether a row meets a condition, as a boolean column."""
    if condition.all is not None:
        return comparisons.balanced(and_, [expression(part, columns) for part in condition.all])
    if condition.any is not None:
        return comparisons.balanced(or_, [expression(part, columns) for part in condition.any])
    if condition.negated is not None:
        return ~expression(condition.negated, columns)
    found = comparisons.expressions(condition, columns.of(condition))
    return reduce(and_, [one.fill_null(False) for one in found], ibis.literal(True))


def truth(condition: Condition, row: Mapping[str, Any], place: Callable[[Condition], str]) -> bool:
    """Whether one row meets a condition whose tests read the columns that `place` names."""
    if condition.all is not None:
        return all(truth(part, row, place) for part in condition.all)
    if condition.any is not None:
        return any(truth(part, row, place) for part in condition.any)
    if condition.negated is not None:
        return not truth(condition.negated, row, place)
    value = comparisons.plain(row.get(place(condition)))
    return all(passed for _, passed in comparisons.results(condition, value))


def reasons(
    condition: Condition, row: Mapping[str, Any], place: Callable[[Condition], str]
) -> list[Step]:
    """Why one row meets a condition, or does not: true statements that suffice."""
    if condition.negated is not None:
        return reasons(condition.negated, row, place)
    group = condition.all if condition.all is not None else condition.any
    if group is not None:
        truths = [truth(part, row, place) for part in group]
        if condition.all is not None:
            telling = [
                part for part, true in zip(group, truths, strict=True) if true == all(truths)
            ]
        elif any(truths):
            telling = [group[truths.index(True)]]
        else:
            telling = group
        return _once([step for part in telling for step in reasons(part, row, place)])
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
