"""Faults of an `rfm` document: bands that fall, combinations no class holds."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from kefen.errors import Fault
from kefen.schemes.faults import entries, increasing
from kefen.schemes.methods.rfm.scores import BEST, LETTERS, combinations, range_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def faults(document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong beyond the form."""
    found = []
    bands = document.get("bands")
    for name in ("recency", "frequency", "monetary"):
        if isinstance(bands, Mapping):
            found += increasing(f"bands.{name}", bands.get(name))
    parts = list(entries(document, "classes"))
    by_high = [place for place, part in parts if part.get("high") is not None]
    by_scores = [place for place, part in parts if part.get("scores") is not None]
    for place, part in parts:
        given = [name for name in ("high", "scores") if part.get(name) is not None]
        if not given:
            found.append(Fault(f"classes[{place}]", "cut-missing", {"fields": ["high", "scores"]}))
        elif by_high and by_scores and place in by_scores:
            facts = {"name": "scores", "instead": "high"}
            found.append(Fault(f"classes[{place}].scores", "wrong-cut", facts))
    if len(by_high) == len(parts) and not by_scores:
        return found + _highs(parts)
    if len(by_scores) == len(parts) and not by_high:
        return found + _boxes(parts)
    return found


def _highs(parts: list[tuple[int, Mapping[str, Any]]]) -> list[Fault]:
    """Each of the eight combinations belongs to exactly one class."""
    held: dict[frozenset[str], int] = {}
    found = []
    for place, part in parts:
        if not isinstance(part["high"], list):
            return []
        letters = frozenset(str(name) for name in part["high"])
        if letters in held:
            facts = {"other": held[letters]}
            found.append(Fault(f"classes[{place}].high", "combination-taken", facts))
        held.setdefault(letters, place)
    missing = [
        "".join(name.upper() if high else "-" for name, high in zip(LETTERS, highs, strict=True))
        for highs in product((True, False), repeat=len(LETTERS))
        if frozenset(n for n, high in zip(LETTERS, highs, strict=True) if high) not in held
    ]
    if missing:
        told = {"count": len(missing), "examples": missing}
        found.append(Fault("classes", "scores-uncovered", told))
    return found


def _boxes(parts: list[tuple[int, Mapping[str, Any]]]) -> list[Fault]:
    """Every combination of scores is held, and every class holds one that no earlier class does."""
    boxes = {place: list(_ranges(part["scores"])) for place, part in parts}
    if any(box is None for found in boxes.values() for box in found):
        return []
    reached, missing = set(), []
    for scores in combinations():
        fits = (
            place
            for place, ranges in boxes.items()
            if any(
                box is not None and all(box[n][0] <= scores[n] <= box[n][1] for n in LETTERS)
                for box in ranges
            )
        )
        place = next(fits, None)
        if place is None:
            missing.append("".join(str(scores[name]) for name in LETTERS))
        else:
            reached.add(place)
    found = [
        Fault(f"classes[{place}]", "class-unreachable", {"value": part.get("key")})
        for place, part in parts
        if place not in reached
    ]
    if missing:
        facts = {"count": len(missing), "examples": missing[:5]}
        found.append(Fault("classes", "scores-uncovered", facts))
    return found


def _ranges(listed: object) -> Iterator[dict[str, tuple[int, int]] | None]:
    for box in listed if isinstance(listed, list) else [None]:
        if not isinstance(box, Mapping):
            yield None
            continue
        try:
            yield {name: range_of(box.get(name, [1, BEST])) for name in LETTERS}
        except ValueError:
            yield None
