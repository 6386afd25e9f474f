"""Faults of a `weighted` document: weights, directions, bands and cuts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kefen.errors import Fault
from kefen.schemes.definition_faults import known_indicators
from kefen.schemes.faults import (
    amount,
    each_class,
    entries,
    misplaced,
    ordered,
    rising,
    share,
)
from kefen.schemes.methods.weighted.weight_faults import weight_faults

if TYPE_CHECKING:
    from collections.abc import Iterator


def faults(document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong beyond the form."""
    by_score = document.get("cut", "score") == "score"
    name, other = ("at_least", "upto") if by_score else ("upto", "at_least")
    cuts = ordered(document, name, grows=False) if by_score else rising(document, name)
    return [
        *each_class(document, name),
        *cuts,
        *misplaced(document, other, name),
        *weight_faults(document),
        *_items(document),
    ]


def _items(document: Mapping[str, Any]) -> Iterator[Fault]:
    known = known_indicators(document)
    seen: Counter[str] = Counter()
    for place, item in entries(document, "indicators"):
        path, name = f"indicators[{place}]", str(item.get("indicator"))
        seen[name] += 1
        if seen[name] == 2:
            yield Fault(f"{path}.indicator", "duplicate-indicator", {"value": name})
        found = known.get(name.partition("@")[0].strip())
        if found is not None and found.higher_is_better is False and "better" not in item:
            yield Fault(f"{path}.better", "direction-missing", {"name": name})
        normalise = item.get("normalise")
        if isinstance(normalise, Mapping):
            lower = item.get("better") == "lower"
            yield from _normalise(f"{path}.normalise", normalise, lower)


def _normalise(path: str, raw: Mapping[str, Any], lower: bool) -> Iterator[Fault]:
    by = raw.get("by", "percentile")
    if by == "bands" and raw.get("bands") is None:
        yield Fault(f"{path}.bands", "missing-field", {"name": "bands"})
    for name, owner in (("bands", "bands"), ("clip", "minmax")):
        if raw.get(name) is not None and by != owner:
            yield Fault(f"{path}.{name}", "wrong-normalise", {"name": name, "owner": owner})
    clip = raw.get("clip")
    if isinstance(clip, list) and len(clip) == 2:
        low, high = share(clip[0]), share(clip[1])
        if low is not None and high is not None and low >= high:
            yield Fault(f"{path}.clip", "clip-order", {"value": clip})
    yield from _bands(path, raw, lower)


def _bands(path: str, raw: Mapping[str, Any], lower: bool) -> Iterator[Fault]:
    name, other = ("at_most", "at_least") if lower else ("at_least", "at_most")
    bounds, points = [], []
    for place, band in entries(raw, "bands"):
        where = f"{path}.bands[{place}]"
        if band.get(other) is not None:
            yield Fault(f"{where}.{other}", "wrong-cut", {"name": other, "instead": name})
        elif band.get(name) is None:
            yield Fault(f"{where}.{name}", "missing-field", {"name": name})
        bounds.append((f"{where}.{name}", amount(band.get(name)), lower))
        points.append((f"{where}.points", amount(band.get("points")), False))
    for series in (bounds, points):
        for (_, before, _), (where, value, grows) in pairwise(series):
            if before is None or value is None:
                continue
            if not (value > before if grows else value < before):
                code = "cuts-not-increasing" if grows else "cuts-not-decreasing"
                yield Fault(where, code, {"value": value, "previous": before})
