"""What is wrong with the formulas of a raw document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from kefen.errors import Fault
from kefen.period import PeriodError, Window
from kefen.schemes.faults import entries, near
from kefen.schemes.formulas import Formula, FormulaError, parse, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.indicators import Indicator

SOURCES: Final = ("fact", "formula", "ratio")
"""What an indicator of a document's own may come from."""
MOST: Final = 50
"""Indicators that one formula and those inside it may come to."""


def formula_faults(document: Mapping[str, Any], known: Mapping[str, Indicator]) -> Iterator[Fault]:
    """Formulas that mean nothing, name what is not there, mix units or go in a circle."""
    sound: dict[str, tuple[str, Formula]] = {}
    for place, raw in entries(document, "define"):
        path = f"define[{place}]"
        text = _text(raw)
        if text is None:
            continue
        at = f"{path}.{'formula' if raw.get('formula') is not None else 'ratio'}"
        try:
            formula = parse(text)
        except FormulaError as error:
            yield Fault(at, error.code, error.data)
            continue
        faults = [*_names(at, formula, known)] or [*_units(path, at, raw, formula, known)]
        yield from faults
        sound[str(raw.get("name"))] = (at, formula)
    yield from _circles(sound)


def _text(raw: Mapping[str, Any]) -> str | None:
    """The formula of a definition, that of a ratio too."""
    ratio = raw.get("ratio")
    if isinstance(ratio, Mapping):
        of, to = ratio.get("of"), ratio.get("to")
        return f"{of} / {to}" if isinstance(of, str) and isinstance(to, str) else None
    text = raw.get("formula")
    return text if isinstance(text, str) else None


def _names(path: str, formula: Formula, known: Mapping[str, Indicator]) -> Iterator[Fault]:
    if not formula.references:
        yield Fault(path, "formula-constant", {})
    for reference in formula.references:
        name, at, window = reference.partition("@")
        if name not in known:
            facts = {"name": name, "near": near(name, known)}
            yield Fault(path, "unknown-indicator", facts)
        elif known[name].kind != "number":
            yield Fault(path, "indicator-not-number", {"name": name, "kind": known[name].kind})
        if at:
            try:
                Window.parse(window)
            except PeriodError:
                yield Fault(path, "bad-window", {"value": window})


def _units(
    path: str, at: str, raw: Mapping[str, Any], formula: Formula, known: Mapping[str, Indicator]
) -> Iterator[Fault]:
    given = {name: known[name.partition("@")[0]].unit for name in formula.references}
    try:
        allowed = units(formula, {name: str(unit) for name, unit in given.items()})
    except FormulaError as error:
        yield Fault(at, error.code, error.data)
        return
    unit = raw.get("unit")
    if allowed and isinstance(unit, str) and unit not in allowed:
        facts = {"unit": unit, "allowed": list(allowed)}
        yield Fault(f"{path}.unit", "formula-unit", facts)


def _circles(sound: Mapping[str, tuple[str, Formula]]) -> Iterator[Fault]:
    """Formulas that need themselves, and those that come to too much."""
    inner = {
        name: [r.partition("@")[0] for r in formula.references]
        for name, (_, formula) in sound.items()
    }
    sizes: dict[str, int] = {}
    for name, (path, _) in sound.items():
        circle = _circle(name, inner)
        if circle:
            yield Fault(path, "formula-circle", {"circle": " → ".join(circle)})
    if any(_circle(name, inner) for name in inner):
        return
    for name, (path, _) in sound.items():
        if _size(name, inner, sizes) > MOST:
            yield Fault(path, "formula-large", {"most": MOST})


def _circle(name: str, inner: Mapping[str, list[str]]) -> list[str]:
    """The way from a formula back to itself; empty where there is none."""
    waiting, seen = [[name]], set[str]()
    while waiting:
        way = waiting.pop()
        for part in inner.get(way[-1], []):
            if part == name:
                return [*way, name]
            if part not in seen:
                seen.add(part)
                waiting.append([*way, part])
    return []


def _size(name: str, inner: Mapping[str, list[str]], sizes: dict[str, int]) -> int:
    if name not in inner:
        return 1
    if name not in sizes:
        sizes[name] = sum(_size(part, inner, sizes) for part in inner[name])
    return sizes[name]
