"""Single tests of a condition on one value: as expressions, in plain Python, and as facts."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from operator import or_
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kefen.schemes.parts import Better, Condition
    from kefen.schemes.standard import Number

_NUMBER = r"^[+-]?[0-9]{1,15}([.][0-9]{1,15})?$"
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_BLANK = " \t\n\r\v\f"

BOUNDS = {"at_least": "below", "at_most": "above", "above": "at_most", "below": "at_least"}
"""The tests of a bound, each with what is true instead when it fails."""


def given(condition: Condition) -> list[str]:
    """The tests that a single condition states: `wanted`, `contains`, `missing`, bounds."""
    names = ("wanted", "contains", "missing", *BOUNDS)
    return [name for name in names if getattr(condition, name) is not None]


def balanced(join: Callable[[Any, Any], Any], parts: Sequence[Any]) -> Any:
    """Many expressions joined as a tree of halves: engines bear no chain of a thousand."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return join(balanced(join, parts[:half]), balanced(join, parts[half:]))


def expressions(condition: Condition, column: Any) -> list[Any]:
    """One boolean per test; null where the value is not known."""
    kind = column.type()
    value = rows.number(column) if kind.is_numeric() else column
    found = []
    for name in given(condition):
        asked = getattr(condition, name)
        if name == "missing":
            known = value.strip() != "" if kind.is_string() else value.notnull()
            known = known.fill_null(False)
            found.append(~known if asked else known)
        elif name == "wanted":
            found.append(_among(value, asked))
        elif name == "contains":
            held = (
                [value.lower().contains(_spelled(word).lower()) for word in asked]
                if _text(kind)
                else []
            )
            found.append(balanced(or_, held) if held else ibis.literal(False))
        else:
            found.append(_bounded(value, name, asked))
    return found


def _text(kind: Any) -> bool:
    return bool(kind.is_string())


def _among(value: Any, wanted: list[Any]) -> Any:
    kind = value.type()
    if kind.is_string():
        return value.isin([_spelled(one) for one in wanted])
    if kind.is_boolean():
        allowed = {"true": True, "false": False}
        listed = [allowed[t] for one in wanted if (t := _spelled(one).lower()) in allowed]
        return value.isin(listed) if listed else ibis.literal(False)
    if kind.is_temporal():
        days = [day for one in wanted if (day := _day(one)) is not None]
        return value.date().isin(days) if kind.is_timestamp() else _in_days(value, days)
    numbers = [number for one in wanted if (number := _number(one)) is not None]
    tests = [_equal(value, number) for number in numbers]
    return balanced(or_, tests) if tests else ibis.literal(False)


def _in_days(value: Any, days: list[date]) -> Any:
    return value.isin(days) if days else ibis.literal(False)


def _equal(value: Any, number: Number) -> Any:
    """Equality with a literal the column's type can write; else with none."""
    kind = value.type()
    exact = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if kind.is_decimal() and kind.scale is not None:
        whole = exact.scaleb(kind.scale)
        if whole != whole.to_integral_value():
            return ibis.literal(False)
        return value == rows.bound(number, kind, "higher")
    if kind.is_integer() and exact != exact.to_integral_value():
        return ibis.literal(False)
    return value == (float(number) if kind.is_floating() else int(exact))


def _bounded(value: Any, name: str, bound: Any) -> Any:
    kind = value.type()
    if isinstance(bound, str):
        day = date.fromisoformat(bound)
        if kind.is_string():
            dated = ibis.ifelse(value.re_search(_DATE), value.left(10), ibis.null("string"))
            return _compared(dated, name, bound)
        if kind.is_temporal():
            return _compared(value.date() if kind.is_timestamp() else value, name, day)
        return ibis.literal(False)
    if kind.is_string():
        text = value.strip()
        real = ibis.ifelse(text.re_search(_NUMBER), text, ibis.null("string")).cast("float64")
        return _compared(real, name, float(bound))
    if not kind.is_numeric():
        return ibis.literal(False)
    return _compared(value, name, rows.bound(bound, kind, _side(name)))


def _side(name: str) -> Better:
    """Which way a bound between two values of a column's type is rounded without a change."""
    return "higher" if name in ("at_least", "below") else "lower"


def _compared(value: Any, name: str, bound: Any) -> Any:
    if name == "at_least":
        return value >= bound
    if name == "at_most":
        return value <= bound
    return value > bound if name == "above" else value < bound


def plain(value: object) -> Any:
    """A value of a row as tests see it: None, text, yes or no, a day or a number."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, bool | date):
        return value
    if isinstance(value, str):
        return value if value.strip(_BLANK) else None
    return rows.number_of(value)


def results(condition: Condition, value: Any) -> list[tuple[str, bool]]:
    """Each test of a single condition and whether the value passes it."""
    return [(name, _passes(name, getattr(condition, name), value)) for name in given(condition)]


def _passes(name: str, asked: Any, value: Any) -> bool:
    if name == "missing":
        return bool(asked) == (value is None)
    if value is None:
        return False
    if name == "wanted":
        return any(_same(value, one) for one in asked)
    if name == "contains":
        return isinstance(value, str) and any(
            _spelled(one).lower() in value.lower() for one in asked
        )
    return _within(name, asked, value)


def _same(value: Any, one: Any) -> bool:
    if isinstance(value, str):
        return value == _spelled(one)
    if isinstance(value, bool):
        return str(value).lower() == _spelled(one).lower()
    if isinstance(value, date):
        return value == _day(one)
    number = _number(one)
    return number is not None and rows.difference(value, number) == 0


def _within(name: str, bound: Any, value: Any) -> bool:
    if isinstance(bound, str):
        if isinstance(value, date):
            return bool(_compared(value, name, date.fromisoformat(bound)))
        dated = isinstance(value, str) and re.match(_DATE, value)
        return bool(dated and _compared(value[:10], name, bound))
    if isinstance(value, str):
        text = value.strip(_BLANK)
        return bool(re.match(_NUMBER, text) and _compared(float(text), name, float(bound)))
    if isinstance(value, bool | date):
        return False
    reached = rows.reaches_of(value, bound, _side(name))
    return reached if name in ("at_least", "at_most") else not reached


def _spelled(one: Any) -> str:
    return str(one).lower() if isinstance(one, bool) else str(one)


def _number(one: Any) -> Number | None:
    if isinstance(one, bool):
        return None
    if isinstance(one, str):
        return Decimal(one.strip()) if re.match(_NUMBER, one.strip()) else None
    number: Number = one
    return number


def _day(one: Any) -> date | None:
    try:
        return date.fromisoformat(one) if isinstance(one, str) else None
    except ValueError:
        return None


def finding(condition: Condition, name: str, value: Any) -> tuple[str, dict[str, Any]]:
    """A true statement on this value and this test: its code and facts."""
    asked = getattr(condition, name)
    if value is None:
        return "test-unknown", {}
    passed = _passes(name, asked, value)
    if name == "missing":
        return "test-known", {"value": value}
    if name == "wanted":
        facts = {"value": value, "wanted": list(asked)}
        return ("test-is" if passed else "test-is-not"), facts
    if name == "contains":
        facts = {"value": value, "wanted": list(asked)}
        return ("test-contains" if passed else "test-lacks"), facts
    facts = {"value": value, "cut": asked}
    incomparable = not passed and not _within(BOUNDS[name], asked, value)
    if incomparable:
        return "test-other-kind", facts
    true = name if passed else BOUNDS[name]
    return f"test-{true.replace('_', '-')}", facts
