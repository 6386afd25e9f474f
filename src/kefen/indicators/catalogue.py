"""All indicators of all families, by name, and those that plug-ins bring."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, get_args

from kefen.errors import IndicatorError
from kefen.indicators import (
    demand,
    engagement,
    growth,
    payment,
    profile,
    referral,
    transaction,
)
from kefen.indicators.base import RUN_COLUMNS, Indicator, Unit
from kefen.ledger.sales import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GROUP: Final = "kefen.indicators"
"""The entry-point group of plug-ins: each entry is an `Indicator` or an iterable of them."""

_OWN: Final = (
    *transaction.INDICATORS,
    *payment.INDICATORS,
    *profile.INDICATORS,
    *demand.INDICATORS,
    *growth.INDICATORS,
    *engagement.INDICATORS,
    *referral.INDICATORS,
)
_REGISTERED: Final[dict[str, Indicator]] = {}
"""What the running program brought itself."""
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Refusal:
    """A plug-in, or one indicator of it, that Kefen left out.

    Codes: `plugin-broken` (it raised `error` when it was loaded), `plugin-not-indicator`,
    `plugin-bad-indicator` (no usable name, label or arithmetic), `plugin-name-taken`,
    `plugin-needs-unknown` (it needs a table or column that no ledger has).
    """

    plugin: str
    code: str
    data: Mapping[str, Any]


def catalogue() -> Mapping[str, Indicator]:
    """Every indicator by name.

    >>> catalogue()["sales"].label["zh"]
    '销售额'
    """
    loaded = _loaded()[0]
    return MappingProxyType({**loaded, **_REGISTERED}) if _REGISTERED else loaded


def add(indicator: Indicator) -> None:
    """Take an indicator into the catalogue of this program, in the place of one added before.

    Raises:
        IndicatorError: `bad-indicator`, `indicator-name-taken`, `indicator-needs-unknown`.
    """
    name = str(indicator.name)
    worded = all(
        words.get(lang) for words in (indicator.label, indicator.formula) for lang in _LANGS
    )
    if not _NAME.fullmatch(name) or not worded or indicator.unit not in get_args(Unit):
        raise IndicatorError("bad-indicator", name=name, units=list(get_args(Unit)))
    if name in _loaded()[0] or name in RUN_COLUMNS:
        raise IndicatorError("indicator-name-taken", name=name)
    if needed := _unknown_need(indicator):
        raise IndicatorError("indicator-needs-unknown", name=name, **needed)
    _REGISTERED[name] = indicator


def refused() -> tuple[Refusal, ...]:
    """What plug-ins brought that could not be taken; the rest works without it."""
    return _loaded()[1]


def find(name: str) -> Indicator:
    """The indicator called `name`.

    Raises:
        IndicatorError: `unknown-indicator`, with the three names `near` it.
    """
    known = catalogue()
    try:
        return known[name]
    except KeyError:
        near = get_close_matches(name, known, n=3, cutoff=0.0)
        raise IndicatorError("unknown-indicator", name=name, near=near) from None


def definition(request: Any) -> Indicator:
    """The indicator a request is for: the one it carries, else the one of its name.

    Raises:
        IndicatorError: `unknown-indicator`, with `near` names.
    """
    return getattr(request, "of", None) or find(request.indicator)


def is_own(indicator: Indicator) -> bool:
    """Whether Kefen itself computes an indicator, and all that it is computed from."""
    if indicator.operands:
        return all(is_own(one.indicator) for one in indicator.operands)
    return indicator in _OWN


@cache
def _loaded() -> tuple[Mapping[str, Indicator], tuple[Refusal, ...]]:
    """Kefen's own indicators, then those of each plug-in in order of name."""
    known = {indicator.name: indicator for indicator in _OWN}
    refusals: list[Refusal] = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        for brought in _brought(entry):
            refusal = brought if isinstance(brought, Refusal) else _refusal(entry, brought, known)
            if refusal is not None:
                refusals.append(refusal)
            elif isinstance(brought, Indicator):
                known[brought.name] = brought
    return MappingProxyType(known), tuple(refusals)


def _brought(entry: EntryPoint) -> Iterator[object]:
    try:
        loaded = entry.load()
        many = isinstance(loaded, Iterable) and not isinstance(loaded, str | bytes)
        listed = list(loaded) if many else [loaded]
    except Exception as error:
        yield Refusal(entry.name, "plugin-broken", {"plugin": entry.name, "error": repr(error)})
        return
    yield from listed


def _refusal(entry: EntryPoint, brought: object, known: Mapping[str, Indicator]) -> Refusal | None:
    facts: dict[str, Any] = {"plugin": entry.name}
    if not isinstance(brought, Indicator):
        kind = type(brought).__name__
        return Refusal(entry.name, "plugin-not-indicator", facts | {"value": kind})
    facts["name"] = str(brought.name)
    if brought.name in known or brought.name in RUN_COLUMNS:
        return Refusal(entry.name, "plugin-name-taken", facts)
    worded = all(words.get(lang) for words in (brought.label, brought.formula) for lang in _LANGS)
    computed = bool(brought.parts) or brought.provider is not None
    if not _NAME.fullmatch(facts["name"]) or not worded or not computed:
        return Refusal(entry.name, "plugin-bad-indicator", facts)
    if needed := _unknown_need(brought):
        return Refusal(entry.name, "plugin-needs-unknown", facts | needed)
    return None


def _unknown_need(indicator: Indicator) -> dict[str, Any]:
    """A table or column that an indicator needs and no ledger has, with those near it."""
    for table, columns in indicator.needs.items():
        if table not in TABLES:
            return {"value": table, "near": get_close_matches(table, TABLES, n=3, cutoff=0.0)}
        known = [column.name for column in TABLES[table].stored]
        for column in columns:
            if column not in known:
                near = [f"{table}.{one}" for one in get_close_matches(column, known, 3, 0.0)]
                return {"value": f"{table}.{column}", "near": near}
    return {}


_LANGS: Final = ("zh", "en")
