"""What is wrong with the indicators a raw document defines, and which it may then speak of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from kefen import indicators
from kefen.errors import Fault
from kefen.indicators import Indicator
from kefen.ledger.sales import TABLES
from kefen.schemes.condition_faults import condition_faults
from kefen.schemes.definitions import ATTRIBUTE, defined
from kefen.schemes.faults import entries, near
from kefen.schemes.model import OWN_COLUMNS, Definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.ledger.facts import Kind

_NUMBERS: Final = ("money", "number", "integer")
_FITS: Final = {
    "sum": _NUMBERS,
    "mean": _NUMBERS,
    "median": _NUMBERS,
    "deviation": _NUMBERS,
    "min": (*_NUMBERS, "date"),
    "max": (*_NUMBERS, "date"),
    "first": (*_NUMBERS, "date", "text"),
    "last": (*_NUMBERS, "date", "text"),
    "share": _NUMBERS,
    "count": (*_NUMBERS, "date", "text", "boolean"),
    "distinct": (*_NUMBERS, "date", "text", "boolean"),
}
"""The types of column each aggregate can take."""

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
        if name in (*OWN_COLUMNS, "customer_id"):
            yield Fault(f"{path}.name", "name-reserved", {"name": name})
        if name in seen:
            yield Fault(f"{path}.name", "defined-twice", {"name": name})
        seen.add(name)
        yield from condition_faults(f"{path}.where", raw.get("where"), None)
        if raw.get("aggregate") == "share" and raw.get("where") is None:
            yield Fault(f"{path}.where", "share-of-everything", {"name": name})
        if isinstance(raw.get("fact"), str):
            yield from _fact(path, raw)


def _fact(path: str, raw: Mapping[str, Any]) -> Iterator[Fault]:
    kind = TABLES.get(raw["fact"])
    if kind is None:
        facts = {"value": raw["fact"], "near": near(raw["fact"], TABLES), "allowed": list(TABLES)}
        yield Fault(f"{path}.fact", "unknown-fact", facts)
        return
    if kind.date_column is None and raw.get("window") is not None:
        yield Fault(f"{path}.window", "fact-undated", {"fact": kind.name})
    yield from _column(path, raw, kind)
    yield from _asked(f"{path}.where", raw.get("where"), kind)


def _column(path: str, raw: Mapping[str, Any], kind: Kind) -> Iterator[Fault]:
    aggregate, name, unit = (str(raw.get(field)) for field in ("aggregate", "column", "unit"))
    if aggregate not in _FITS:
        return
    if raw.get("column") is None:
        if aggregate not in _BARE:
            yield Fault(f"{path}.column", "column-missing", {"aggregate": aggregate})
        else:
            yield from _unit(path, aggregate, "integer", unit)
        return
    type_ = _type(kind, name)
    if type_ is None:
        yield _unknown(f"{path}.column", name, kind)
        return
    if type_ not in _FITS[aggregate]:
        facts = {"aggregate": aggregate, "column": name, "type": type_}
        fitting = [word for word, types in _FITS.items() if type_ in types]
        yield Fault(f"{path}.aggregate", "aggregate-unfit", facts | {"allowed": fitting})
    elif aggregate in ("first", "last") and kind.date_column is None and kind.name != "customers":
        yield Fault(f"{path}.aggregate", "fact-undated", {"fact": kind.name})
    else:
        yield from _unit(path, aggregate, type_, unit)


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
    if isinstance(name, str) and not any(column.name == name for column in kind.stored):
        yield _unknown(f"{path}.attribute", name, kind)
    for group in ("all", "any"):
        for place, part in entries(raw, group):
            yield from _asked(f"{path}.{group}[{place}]", part, kind)
    yield from _asked(f"{path}.not", raw.get("not"), kind)


def _unknown(path: str, name: str, kind: Kind) -> Fault:
    columns = [column.name for column in kind.stored]
    facts = {"value": name, "fact": kind.name, "near": near(name, columns)}
    return Fault(path, "unknown-fact-column", facts | {"allowed": columns})


def _type(kind: Kind, name: str) -> str | None:
    if kind.name == "customers" and len(name) > len(ATTRIBUTE) and name.startswith(ATTRIBUTE):
        return "text"
    return next((column.type for column in kind.stored if column.name == name), None)


def _read(raw: Mapping[str, Any]) -> Indicator | None:
    try:
        own = Definition.model_validate(raw)
    except ValidationError:
        return None
    return defined(own) if own.fact in TABLES else None


def _stand_in(name: str) -> Indicator:
    words = {"zh": name, "en": name}
    return Indicator(name, words, "quantity", "number", {}, True, None, words, "")
