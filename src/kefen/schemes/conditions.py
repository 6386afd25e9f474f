"""Conditions on a row: as a boolean expression, in plain Python, and the facts behind either.

What is not known passes no test but `missing: true`; so `not` of a test on something unknown
holds. Both forms give the same answer for the same row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.schemes.condition_forms import Columns, expression, reasons, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import ibis.expr.types as ir

    from kefen.schemes.model import Scheme
    from kefen.schemes.parts import Condition
    from kefen.schemes.reason import Step


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
    return expression(condition, Columns(scheme.name, table, _place(scheme)))


def holds(scheme: Scheme, condition: Condition, row: Mapping[str, Any]) -> bool:
    """Whether one row meets a condition on the customer."""
    return truth(condition, row, _place(scheme))


def why(scheme: Scheme, condition: Condition, row: Mapping[str, Any]) -> list[Step]:
    """Why one row meets a condition, or does not: true statements that suffice."""
    return reasons(condition, row, _place(scheme))


def column_of(scheme: Scheme, condition: Condition) -> str:
    """The table column that a single test reads."""
    if condition.attribute is not None:
        return scheme.attribute_column(condition.attribute)
    return scheme.column(condition.indicator or "")


def _place(scheme: Scheme) -> Callable[[Condition], str]:
    return lambda condition: column_of(scheme, condition)
