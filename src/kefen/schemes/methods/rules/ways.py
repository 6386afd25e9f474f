"""What would have to change in a row for a condition to hold, or to hold no more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil, floor, inf, nextafter
from typing import TYPE_CHECKING, Any

from kefen.schemes import comparisons, rows
from kefen.schemes.conditions import column_of, holds
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.schemes.model import Scheme
    from kefen.schemes.parts import Condition
    from kefen.schemes.standard import Number

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Change:
    """A column, the value that would do, and the step that says so."""

    column: str
    target: Any
    step: Step


def change(
    scheme: Scheme, condition: Condition, row: Mapping[str, Any], *, held: bool
) -> list[Change] | None:
    """The fewest changes after which the condition holds (or not); None where none can be told."""
    if holds(scheme, condition, row) == held:
        return []
    if condition.negated is not None:
        return change(scheme, condition.negated, row, held=not held)
    group = condition.all if condition.all is not None else condition.any
    if group is not None:
        each = [change(scheme, part, row, held=held) for part in group]
        return _every(each) if (condition.all is not None) == held else _least(each)
    column = column_of(scheme, condition)
    value = comparisons.plain(row.get(column))
    results = comparisons.results(condition, value)
    if held:
        return _every([_meet(condition, name, column, value) for name, met in results if not met])
    return _least([_fail(condition, name, column, value) for name, _ in results])


def _every(each: Sequence[list[Change] | None]) -> list[Change] | None:
    if any(part is None for part in each):
        return None
    return [one for part in each for one in part or []]


def _least(each: Sequence[list[Change] | None]) -> list[Change] | None:
    return min((part for part in each if part is not None), key=len, default=None)


def _meet(condition: Condition, name: str, column: str, value: Any) -> list[Change] | None:
    """What makes one test pass."""
    asked = getattr(condition, name)
    facts: dict[str, Any] = {"column": column, "value": value, "wanted": asked}
    if name == "wanted":
        if value is not None and not isinstance(value, str | bool):
            return None
        return [Change(column, asked[0], Step("next-is", facts | {"target": asked[0]}))]
    if name == "contains":
        text = f"{value or ''} {asked[0]}".strip()
        return [Change(column, text, Step("next-contains", facts | {"target": text}))]
    if name == "missing":
        return None
    return _reach(name, asked, column, value)


def _fail(condition: Condition, name: str, column: str, value: Any) -> list[Change] | None:
    """What makes one test pass no more: only bounds have an other side that can be told."""
    if name not in comparisons.BOUNDS or value is None:
        return None
    return _reach(comparisons.BOUNDS[name], getattr(condition, name), column, value)


def _reach(name: str, bound: Any, column: str, value: Any) -> list[Change] | None:
    if isinstance(bound, str) or isinstance(value, bool | str):
        return None
    up = name in ("at_least", "above")
    if value is None:
        target = bound if name in ("at_least", "at_most") else nextafter(bound, inf if up else -inf)
        code = "next-known-more" if up else "next-known-less"
        return [Change(column, target, Step(code, {"column": column, "cut": target}))]
    if rows.number_of(value) is None:
        return None
    target = _target(name, bound, value)
    gap = rows.difference(target, value)
    facts = {"column": column, "value": value, "cut": target, "gap": gap}
    return [Change(column, target, Step("next-more" if up else "next-less", facts))]


def _target(name: str, bound: Number, value: Number) -> Number:
    """The nearest value of the column's kind that passes: whole numbers, cents, or the bound."""
    up, open_ = name in ("at_least", "above"), name in ("above", "below")
    if isinstance(value, int):
        near = ceil(bound) if up else floor(bound)
        return near + (1 if up else -1) if open_ and near == bound else near
    if isinstance(value, Decimal):
        exact = bound if isinstance(bound, Decimal) else Decimal(repr(bound))
        money = exact.quantize(_CENT, rounding=ROUND_CEILING if up else ROUND_FLOOR)
        return money + (_CENT if up else -_CENT) if open_ and money == exact else money
    real = float(bound)
    return nextafter(real, inf if up else -inf) if open_ else real
