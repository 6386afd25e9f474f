"""What is wrong with a condition of a raw document, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kefen.errors import Fault
from kefen.period import PeriodError, Window
from kefen.schemes.comparisons import BOUNDS
from kefen.schemes.faults import entries, near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kefen.indicators import Indicator

_PARTS = ("all", "any", "not", "attribute", "indicator")
_TESTS = ("is", "in", "contains", "missing", *BOUNDS)
_FITTING = {
    "number": ("is", "in", "missing", *BOUNDS),
    "date": ("is", "in", "missing", *BOUNDS),
    "label": ("is", "in", "contains", "missing"),
}


def condition_faults(
    path: str, raw: object, known: Mapping[str, Indicator] | None
) -> Iterator[Fault]:
    """Faults of one condition and all inside it.

    `known` are the indicators it may ask about; None in the `where` of a user-defined
    indicator, where only columns of the fact are at hand.
    """
    if not isinstance(raw, Mapping):
        return
    parts = [name for name in _PARTS if known is not None or name != "indicator"]
    told = [name for name in _PARTS if raw.get(name) is not None]
    if len(told) != 1 or told[0] not in parts:
        yield Fault(path, "condition-unclear", {"allowed": parts, "given": told})
    for group in ("all", "any"):
        for place, part in entries(raw, group):
            yield from condition_faults(f"{path}.{group}[{place}]", part, known)
    yield from condition_faults(f"{path}.not", raw.get("not"), known)
    given = [name for name in _TESTS if raw.get(name) is not None]
    single = [name for name in told if name in ("attribute", "indicator")]
    if single and not given:
        facts = {"name": single[0], "fields": list(_TESTS)}
        yield Fault(path, "condition-open", facts)
    if told and not single:
        for name in given:
            yield Fault(f"{path}.{name}", "test-of-nothing", {"name": name})
    yield from _crossed(path, raw)
    if isinstance(raw.get("indicator"), str) and known is not None:
        yield from _indicator(path, raw, given, known)


def _indicator(
    path: str, raw: Mapping[str, Any], given: list[str], known: Mapping[str, Indicator]
) -> Iterator[Fault]:
    name, at, window = raw["indicator"].strip().partition("@")
    if at:
        try:
            Window.parse(window)
        except PeriodError:
            yield Fault(f"{path}.indicator", "bad-window", {"value": window})
    found = known.get(name.strip())
    if found is None:
        facts = {"name": name, "near": near(name, known)}
        yield Fault(f"{path}.indicator", "unknown-indicator", facts)
        return
    for test in given:
        other = test in BOUNDS and isinstance(raw[test], int | float) != (found.kind == "number")
        if test not in _FITTING[found.kind] or other:
            facts = {"name": name, "kind": found.kind, "test": test}
            yield Fault(f"{path}.{test}", "test-unfit", facts)


def part_faults(
    path: str, raw: Mapping[str, Any], name: str, least: int, most: int
) -> Iterator[Fault]:
    """Values of a part of a date, such as its month, that no day has."""
    facts = {"name": name, "least": least, "most": most}
    listed = raw.get("in")
    wanted = [("in", one) for one in (listed if isinstance(listed, list) else [])]
    wanted += [("is", raw["is"])] if raw.get("is") is not None else []
    for test, value in wanted:
        if not _whole(value) or not least <= int(value) <= most:
            yield Fault(f"{path}.{test}", "part-out-of-range", facts | {"value": value})
    beyond: dict[str, Callable[[float], bool]] = {
        "at_least": lambda bound: bound > most,
        "above": lambda bound: bound >= most,
        "at_most": lambda bound: bound < least,
        "below": lambda bound: bound <= least,
    }
    for test, never in beyond.items():
        bound = raw.get(test)
        if bound is not None and (not isinstance(bound, int | float) or never(bound)):
            yield Fault(f"{path}.{test}", "part-out-of-range", facts | {"value": bound})


def _whole(value: object) -> bool:
    if isinstance(value, str):
        return value.strip().isascii() and value.strip().isdecimal()
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def _crossed(path: str, raw: Mapping[str, Any]) -> Iterator[Fault]:
    """Bounds that nobody can be between."""
    lows = [raw[name] for name in ("at_least", "above") if raw.get(name) is not None]
    highs = [raw[name] for name in ("at_most", "below") if raw.get(name) is not None]
    for low in lows:
        for high in highs:
            try:
                strict = raw.get("above") is low or raw.get("below") is high
                empty = low > high or (strict and low == high)
            except TypeError:
                continue
            if empty:
                yield Fault(path, "bounds-crossed", {"low": low, "high": high})
