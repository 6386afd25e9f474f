"""Faults of the weights of a `weighted` document: sums by hand, judgements that fit together."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, Any, get_args

from kefen.errors import Fault
from kefen.schemes.faults import amount, entries, near
from kefen.schemes.methods.weighted.ahp import LIMIT, RANDOM, judge, matrix, most_hurtful
from kefen.schemes.methods.weighted.model import WeighedBy

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATH = "weights.judgements"
ROUNDING = Fraction(1, 10**9)
"""How far weights may be from their sum, as a share of it: twelve twelfths, written as decimals,
come to 0.9999999999999999."""


def weight_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with where the weights come from."""
    weights = document.get("weights")
    told = weights if isinstance(weights, Mapping) else {}
    by = told.get("by", "hand")
    if by not in get_args(WeighedBy):
        return
    if by != "ahp" and told.get("judgements") is not None:
        yield Fault(_PATH, "judgements-unused", {"by": by})
    if by == "hand":
        yield from _by_hand(document)
        return
    for place, item in entries(document, "indicators"):
        if item.get("weight") is not None:
            yield Fault(f"indicators[{place}].weight", "weight-not-by-hand", {"by": by})
    if by == "ahp":
        yield from _judged(document, told)


def _by_hand(document: Mapping[str, Any]) -> Iterator[Fault]:
    listed = document.get("indicators")
    for place, item in entries(document, "indicators"):
        if item.get("weight") is None:
            yield Fault(f"indicators[{place}].weight", "missing-field", {"name": "weight"})
    weights = [amount(item.get("weight")) for _, item in entries(document, "indicators")]
    known = [Fraction(repr(weight)) for weight in weights if weight is not None]
    if not known or not isinstance(listed, list) or len(known) != len(listed):
        return
    total = sum(known, Fraction(0))
    if float(min(abs(total - 1), abs(total - 100) / 100)) > ROUNDING:
        yield Fault("indicators", "weights-sum", {"total": f"{float(total):.12g}"})


def _judged(document: Mapping[str, Any], told: Mapping[str, Any]) -> Iterator[Fault]:
    """Every pair of indicators is judged once, and the judgements agree well enough."""
    names = [_name(item.get("indicator")) for _, item in entries(document, "indicators")]
    if len(names) > len(RANDOM):
        yield Fault("indicators", "too-many", {"most": len(RANDOM)})
        return
    times: dict[tuple[str, str], float] = {}
    places: dict[frozenset[str], int] = {}
    broken = False
    for place, entry in entries(told, "judgements"):
        path, pair = f"{_PATH}[{place}]", (_name(entry.get("more")), _name(entry.get("than")))
        found = list(_pair_faults(path, pair, names, places))
        value = amount(entry.get("times"))
        broken |= bool(found) or value is None or not 1 <= value <= 9
        yield from found
        places.setdefault(frozenset(pair), place)
        times[pair] = float(value or 1)
    missing = [pair for pair in combinations(names, 2) if frozenset(pair) not in places]
    if missing:
        examples = [" – ".join(pair) for pair in missing[:5]]
        facts = {"count": len(missing), "examples": examples}
        yield Fault(_PATH, "judgements-missing", facts)
    elif not broken and len(set(names)) == len(names):
        yield from _contradictions(names, times, places)


def _name(value: object) -> str:
    return str(value).strip()


def _pair_faults(
    path: str, pair: tuple[str, str], names: list[str], places: Mapping[frozenset[str], int]
) -> Iterator[Fault]:
    for field, name in zip(("more", "than"), pair, strict=True):
        if name not in names:
            facts = {"name": name, "near": near(name, names), "allowed": names}
            yield Fault(f"{path}.{field}", "judgement-unknown", facts)
    if pair[0] == pair[1]:
        yield Fault(path, "judgement-of-itself", {"name": pair[0]})
    elif frozenset(pair) in places:
        yield Fault(path, "judgement-twice", {"more": pair[0], "than": pair[1]})


def _contradictions(
    names: list[str], times: Mapping[tuple[str, str], float], places: Mapping[frozenset[str], int]
) -> Iterator[Fault]:
    """Too great a consistency ratio, with the judgement that hurts most and what would mend it."""
    judgements = matrix(names, times)
    ratio = judge(judgements).ratio
    if ratio <= LIMIT:
        return
    hurt = most_hurtful(judgements)
    pair = names[hurt.row], names[hurt.column]
    more, than = pair if pair in times else pair[::-1]
    mended = pair if hurt.value >= 1 else pair[::-1]
    facts = {
        "ratio": round(ratio, 3),
        "limit": LIMIT,
        "more": more,
        "than": than,
        "times": times[more, than],
        "mended_more": mended[0],
        "mended_than": mended[1],
        "mended_times": round(max(hurt.value, 1 / hurt.value)),
        "mended_ratio": round(hurt.ratio, 3),
    }
    yield Fault(f"{_PATH}[{places[frozenset(pair)]}].times", "judgements-contradict", facts)
