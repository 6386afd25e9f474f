"""What is wrong with the indicators a raw document defines, and which it may then speak of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from kefen import indicators
from kefen.errors import Fault
from kefen.indicators import Indicator
from kefen.indicators.base import RUN_COLUMNS
from kefen.ledger.sales import TABLES
from kefen.schemes.condition_faults import condition_faults, part_faults
from kefen.schemes.date_parts import is_part, is_time, part_names, range_of, split
from kefen.schemes.definitions import ATTRIBUTE, defined
from kefen.schemes.faults import entries, near
from kefen.schemes.formula_faults import SOURCES, formula_faults
from kefen.schemes.parts import Definition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kefen.indicators.base import Unit
    from kefen.ledger.facts import Kind

_NUMBERS: Final = ("money", "number", "integer")
_FITS: Final = {
    "sum": _NUMBERS,
    "mean": _NUMBERS,
    "median": _NUMBERS,
    "deviation": _NUMBERS,
    "quantile": _NUMBERS,
    "min": (*_NUMBERS, "date"),
    "max": (*_NUMBERS, "date"),
    "first": (*_NUMBERS, "date", "text"),
    "last": (*_NUMBERS, "date", "text"),
    "share": _NUMBERS,
    "count": (*_NUMBERS, "date", "text", "boolean"),
    "distinct": (*_NUMBERS, "date", "text", "boolean"),
}
"""The types of column each aggregate can take."""

_EACH: Final = ("sum", "count", "distinct", "mean", "min", "max")
"""Aggregates of the facts of one `per`."""

_OF_FACTS: Final = ("where", "aggregate", "at", "column", "per", "each")
"""Fields that say something of facts, and nothing of a formula."""

_BARE: Final = ("count", "share")
"""Aggregates that may go without a column."""

_UNITS: Final = {
    "text": ("text",),
    "date": ("date", "days"),
    **dict.fromkeys(_NUMBERS, ("money", "days", "count", "ratio", "quantity")),
}
_EVERY_UNIT: Final = (*_UNITS["money"], "text", "date")


def known_indicators(document: Mapping[str, Any]) -> dict[str, Indicator]:
    """The catalogue and what the document defines; a faulty definition counts as a number."""
    known = dict(indicators.catalogue())
    for _, raw in entries(document, "define"):
        name = str(raw.get("name"))
        known.setdefault(name, _read(raw) or _stand_in(name))
    return known


def definition_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Everything wrong with `define`, beyond what the schema itself refuses."""
    seen: set[str] = set()
    for place, raw in entries(document, "define"):
        path, name = f"define[{place}]", str(raw.get("name"))
        if name in indicators.catalogue():
            yield Fault(f"{path}.name", "name-hides", {"name": name})
        if name in RUN_COLUMNS:
            yield Fault(f"{path}.name", "name-reserved", {"name": name})
        if name in seen:
            yield Fault(f"{path}.name", "defined-twice", {"name": name})
        seen.add(name)
        yield from condition_faults(f"{path}.where", raw.get("where"), None)
        yield from _source(path, raw)
        if isinstance(raw.get("fact"), str):
            yield from _fact(path, raw)
    yield from formula_faults(document, known_indicators(document))


def _source(path: str, raw: Mapping[str, Any]) -> Iterator[Fault]:
    """A definition says one thing it comes from, and all that this asks for."""
    told = [name for name in SOURCES if raw.get(name) is not None]
    if not told:
        yield Fault(f"{path}.fact", "missing-field", {"name": "fact"})
    elif len(told) > 1:
        yield Fault(path, "definition-unclear", {"given": told})
    elif told == ["fact"]:
        yield from _needed(path, raw)
    else:
        for name in _OF_FACTS:
            if raw.get(name) is not None:
                yield Fault(f"{path}.{name}", "formula-alone", {"name": name, "source": told[0]})


def _needed(path: str, raw: Mapping[str, Any]) -> Iterator[Fault]:
    name, aggregate = raw.get("name"), raw.get("aggregate")
    if aggregate is None:
        yield Fault(f"{path}.aggregate", "missing-field", {"name": "aggregate"})
    if aggregate == "share" and raw.get("where") is None:
        yield Fault(f"{path}.where", "share-of-everything", {"name": name})
    if aggregate == "quantile" and raw.get("at") is None:
        yield Fault(f"{path}.at", "missing-field", {"name": "at"})
    if aggregate != "quantile" and raw.get("at") is not None:
        yield Fault(f"{path}.at", "only-of", {"name": "at", "other": "aggregate: quantile"})
    if raw.get("per") is None and raw.get("each") is not None:
        yield Fault(f"{path}.each", "only-of", {"name": "each", "other": "per"})
    if raw.get("per") is not None and aggregate == "share":
        yield Fault(f"{path}.per", "share-per", {})


def _fact(path: str, raw: Mapping[str, Any]) -> Iterator[Fault]:
    kind = TABLES.get(raw["fact"])
    if kind is None:
        facts = {"value": raw["fact"], "near": near(raw["fact"], TABLES), "allowed": list(TABLES)}
        yield Fault(f"{path}.fact", "unknown-kind-of-fact", facts)
        return
    if kind.date_column is None and raw.get("window") is not None:
        yield Fault(f"{path}.window", "fact-undated", {"fact": kind.name})
    yield from _column(path, raw, kind)
    yield from _asked(f"{path}.where", raw.get("where"), kind)
    if isinstance(raw.get("per"), str) and _type(kind, raw["per"]) is None:
        yield _unknown(f"{path}.per", raw["per"], kind)


def _column(path: str, raw: Mapping[str, Any], kind: Kind) -> Iterator[Fault]:
    aggregate, name, unit = (str(raw.get(field)) for field in ("aggregate", "column", "unit"))
    if aggregate not in _FITS:
        return
    usual = "count" if raw.get("column") is None else "sum"
    each = str(raw.get("each", usual)) if raw.get("per") is not None else None
    type_: str | None
    if raw.get("column") is None:
        first = each or aggregate
        if first not in _BARE:
            yield Fault(f"{path}.column", "column-missing", {"aggregate": first})
            return
        type_ = "integer"
    else:
        type_ = _type(kind, name)
        if type_ is None:
            yield _unknown(f"{path}.column", name, kind)
            return
        if each in _FITS:
            if type_ not in _FITS[each]:
                yield _unfit(f"{path}.each", each, name, type_, _EACH)
                return
            type_ = "integer" if each in ("count", "distinct") else type_
        if type_ not in _FITS[aggregate]:
            yield _unfit(f"{path}.aggregate", aggregate, name, type_, _FITS)
            return
    if aggregate in ("first", "last") and kind.date_column is None and kind.name != "customers":
        yield Fault(f"{path}.aggregate", "fact-undated", {"fact": kind.name})
    else:
        yield from _unit(path, aggregate, type_, unit)


def _unfit(path: str, aggregate: str, column: str, type_: str, among: Iterable[str]) -> Fault:
    fitting = [word for word in among if type_ in _FITS[word]]
    facts = {"aggregate": aggregate, "column": column, "type": type_, "allowed": fitting}
    return Fault(path, "aggregate-unfit", facts)


def _unit(path: str, aggregate: str, type_: str, unit: str) -> Iterator[Fault]:
    allowed: tuple[str, ...]
    if aggregate in ("count", "distinct"):
        allowed = ("count", "quantity")
    elif aggregate == "share":
        allowed = ("ratio",)
    else:
        allowed = _UNITS[type_]
    if unit in _EVERY_UNIT and unit not in allowed:
        facts = {"unit": unit, "aggregate": aggregate, "type": type_}
        yield Fault(f"{path}.unit", "unit-unfit", facts | {"allowed": list(allowed)})


def _asked(path: str, raw: object, kind: Kind) -> Iterator[Fault]:
    """The columns of the fact that a condition tests."""
    if not isinstance(raw, Mapping):
        return
    name = raw.get("attribute")
    if isinstance(name, str) and _type(kind, name) is None:
        yield _unknown(f"{path}.attribute", name, kind)
    elif isinstance(name, str) and (found := range_of(kind, name)):
        yield from part_faults(path, raw, name, *found)
    for group in ("all", "any"):
        for place, part in entries(raw, group):
            yield from _asked(f"{path}.{group}[{place}]", part, kind)
    yield from _asked(f"{path}.not", raw.get("not"), kind)


def _unknown(path: str, name: str, kind: Kind) -> Fault:
    columns = [column.name for column in kind.stored]
    if is_time(kind, name):
        parts = [part for part in part_names(kind) if split(part)[0] == split(name)[0]]
        return Fault(path, "no-time-of-day", {"value": name, "fact": kind.name, "allowed": parts})
    known = part_names(kind) if "." in name else columns
    facts = {"value": name, "fact": kind.name, "near": near(name, known)}
    return Fault(path, "unknown-fact-column", facts | {"allowed": columns})


def _type(kind: Kind, name: str) -> str | None:
    if kind.name == "customers" and len(name) > len(ATTRIBUTE) and name.startswith(ATTRIBUTE):
        return "text"
    if is_part(kind, name):
        return "integer"
    return next((column.type for column in kind.stored if column.name == name), None)


def _read(raw: Mapping[str, Any]) -> Indicator | None:
    try:
        own = Definition.model_validate(raw)
    except ValidationError:
        return None
    if own.arithmetic is not None:
        return _stand_in(own.name, own.unit)
    return defined(own) if own.fact in TABLES and own.aggregate else None


def _stand_in(name: str, unit: Unit = "quantity") -> Indicator:
    words = {"zh": name, "en": name}
    return Indicator(name, words, unit, "number", {}, True, None, words, "")
