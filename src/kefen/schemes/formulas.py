"""Formulas of indicators: plain arithmetic as text, its units, and the expression it becomes.

Python's own parser reads the text; nothing of it is ever run, and only numbers, indicators,
`+ - * /`, brackets and a few functions are let through.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kefen.deferred import ibis
from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CHARACTERS: Final = 500
"""Of one formula."""
_WINDOWED: Final = re.compile(r"\b([a-z][a-z0-9_]*)\s*@\s*([A-Za-z0-9]+)")
_SEPARATOR: Final = "__over__"


class FormulaError(KefenError):
    """A formula that means nothing.

    Codes: `formula-long`, `formula-unreadable`, `formula-part`, `formula-function`,
    `formula-arguments`, `formula-units`.
    """


class Power(NamedTuple):
    """What a value is measured in: so many times money, so many times days.

    Counts, ratios and quantities are plain numbers.
    """

    money: int = 0
    days: int = 0


_POWERS: Final = {"money": Power(money=1), "days": Power(days=1)}
_ADMITTED: Final = {
    Power(): ("ratio", "count", "quantity"),
    Power(money=1): ("money",),
    Power(days=1): ("days",),
}


@dataclass(frozen=True)
class Formula:
    """A sound formula: its tree, and the indicators it names as they are written."""

    tree: ast.expr
    references: tuple[str, ...]


def parse(text: str) -> Formula:
    """Read a formula such as `(sales@3m - sales@6m / 2) / orders`.

    Raises:
        FormulaError: where it is too long, is no arithmetic, or has a part that is not let
            through.
    """
    if len(text) > CHARACTERS:
        raise FormulaError("formula-long", most=CHARACTERS)
    try:
        # In brackets it may go over several lines.
        tree = ast.parse(f"({_WINDOWED.sub(_joined, text)}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise FormulaError("formula-unreadable", value=text) from None
    names: list[str] = []
    _walk(tree, names)
    return Formula(tree, tuple(dict.fromkeys(names)))


def units(formula: Formula, given: Mapping[str, str]) -> tuple[str, ...] | None:
    """The units the result may be told in; None where the formula names only numbers.

    Plain numbers take the unit of what they are added to. Money and days are not added to each
    other nor to counts; `number(x)` is `x` without its unit.

    Args:
        formula: what is computed.
        given: the unit of each indicator by reference.

    Raises:
        FormulaError: `formula-units`.
    """
    power = _power(formula.tree, given)
    return None if power is None else _ADMITTED.get(power, ("quantity",))


def expression(formula: Formula, values: Mapping[str, Any]) -> Any:
    """The formula over columns, as 64-bit floats.

    It is null where any indicator in it is null, outside `coalesce`; where it divides by zero;
    where `sqrt` or `log` is undefined; and where the result is beyond all numbers.
    """
    found = _value(formula.tree, {name: v.cast("float64") for name, v in values.items()})
    found = found.cast("float64")
    return ibis.ifelse(found.isinf() | found.isnan(), ibis.null("float64"), found)


def _joined(match: re.Match[str]) -> str:
    return f"{match[1]}{_SEPARATOR}{match[2].lower()}"


def _reference(node: ast.Name) -> str:
    return node.id.replace(_SEPARATOR, "@")


def _walk(node: ast.expr, names: list[str]) -> None:
    """Let through what is allowed, and note the indicators."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            _walk(left, names)
            _walk(right, names)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=inner):
            _walk(inner, names)
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            if abs(value) > 10**18:
                raise FormulaError("formula-part", part=str(value))
        case ast.Name():
            names.append(_reference(node))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            _called(name, args)
            for inner in args:
                _walk(inner, names)
        case _:
            raise FormulaError("formula-part", part=ast.unparse(node).replace(_SEPARATOR, "@"))


def _called(name: str, args: list[ast.expr]) -> None:
    if name not in FUNCTIONS:
        raise FormulaError("formula-function", name=name, allowed=list(FUNCTIONS))
    least, most = FUNCTIONS[name].takes
    if not least <= len(args) <= most:
        takes = str(least) if least == most else f"{least}–{most}"
        raise FormulaError("formula-arguments", name=name, count=len(args), takes=takes)


def _power(node: ast.expr, given: Mapping[str, str]) -> Power | None:
    """What a part is measured in; None of a number, which takes any unit."""
    match node:
        case ast.Constant():
            return None
        case ast.Name():
            return _POWERS.get(given.get(_reference(node), ""), Power())
        case ast.UnaryOp(operand=inner):
            return _power(inner, given)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
            return _same(node, [left, right], given)
        case ast.BinOp(left=left, op=op, right=right):
            one, other = _power(left, given), _power(right, given)
            if one is None and other is None:
                return None
            (a, b), (c, d) = one or Power(), other or Power()
            sign = 1 if isinstance(op, ast.Mult) else -1
            return Power(a + sign * c, b + sign * d)
        case ast.Call(func=ast.Name(id="number" | "sqrt" | "log"), args=args):
            _power(args[0], given)
            return Power()
        case ast.Call(args=args):
            return _same(node, args, given)
    raise AssertionError(node)


def _same(node: ast.expr, parts: list[ast.expr], given: Mapping[str, str]) -> Power | None:
    """The one unit of all parts."""
    powers = dict.fromkeys(p for part in parts if (p := _power(part, given)) is not None)
    if len(powers) > 1:
        named = [_admitted(power) for power in powers]
        part = ast.unparse(node).replace(_SEPARATOR, "@")
        raise FormulaError("formula-units", part=part, units=named)
    return next(iter(powers), None)


def _admitted(power: Power) -> str:
    return _ADMITTED.get(power, ("quantity",))[-1]


def _value(node: ast.expr, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=int() | float() as number):
            return ibis.literal(float(number), "float64")
        case ast.Name():
            return values[_reference(node)]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, values)
        case ast.UnaryOp(operand=inner):
            return _value(inner, values)
        case ast.BinOp(left=left, op=op, right=right):
            return _OPERATIONS[type(op)](_value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=args):
            return FUNCTIONS[name].of([_value(part, values) for part in args])
    raise AssertionError(node)


class _Function(NamedTuple):
    takes: tuple[int, int]
    of: Callable[[list[Any]], Any]


def _where(condition: Any, value: Any) -> Any:
    return ibis.ifelse(condition, value, ibis.null("float64"))


def _lesser(one: Any, other: Any) -> Any:
    return _where(one.notnull() & other.notnull(), ibis.least(one, other))


def _greater(one: Any, other: Any) -> Any:
    return _where(one.notnull() & other.notnull(), ibis.greatest(one, other))


def _root(parts: list[Any]) -> Any:
    return _where(parts[0] >= 0, ibis.greatest(parts[0], 0.0).sqrt())


def _logarithm(parts: list[Any]) -> Any:
    return _where(parts[0] > 0, ibis.ifelse(parts[0] > 0, parts[0], 1.0).ln())


_OPERATIONS: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: lambda one, other: one + other,
    ast.Sub: lambda one, other: one - other,
    ast.Mult: lambda one, other: one * other,
    ast.Div: lambda one, other: one / other.nullif(0.0),
}
FUNCTIONS: Final = {
    "min": _Function((2, 20), lambda parts: reduce(_lesser, parts)),
    "max": _Function((2, 20), lambda parts: reduce(_greater, parts)),
    "abs": _Function((1, 1), lambda parts: parts[0].abs()),
    "coalesce": _Function((2, 20), lambda parts: ibis.coalesce(*parts)),
    "sqrt": _Function((1, 1), _root),
    "log": _Function((1, 1), _logarithm),
    "number": _Function((1, 1), lambda parts: parts[0]),
}
"""What a formula may call, with how many values."""
