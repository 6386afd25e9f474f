"""How large a scheme document may be: what is beyond is a fault, before anything looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from kefen.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator

CHARACTERS: Final = 200_000
"""Of a document as text."""
VALUES: Final = 10_000
"""Fields, list entries and values, each as often as it is said by an alias."""
DEPTH: Final = 40
"""Mappings and lists inside each other."""
ALIASES: Final = 100
"""YAML's `*name`."""
CONDITIONS: Final = 200
"""Tests and groups of tests in a document."""
NESTED: Final = 12
"""Groups of tests inside each other."""
WORDS: Final = {"in": 1_000, "contains": 200}
"""Words that these tests of a document list."""
TEXT: Final = 10_000
"""Characters of one text."""
LARGEST: Final = 10**18
"""No number is beyond this."""
FAULTS: Final = 100
"""So many faults are told; who mends them will see the others."""

_GROUPS: Final = ("all", "any", "not")


def beyond(document: object) -> list[Fault]:
    """What is larger than a document may be; the first of it where the whole is too large."""
    found: list[Fault] = []
    conditions, words = 0, dict.fromkeys(WORDS, 0)
    for values, (path, raw, depth, groups) in enumerate(_each(document), start=1):
        if depth > DEPTH:
            return [Fault(path, "document-deep", {"most": DEPTH})]
        if values > VALUES:
            return [Fault("", "document-large", {"most": VALUES})]
        if isinstance(raw, Mapping):
            conditions += _is_condition(raw)
            if groups > NESTED:
                return [Fault(path, "condition-deep", {"most": NESTED})]
            if conditions > CONDITIONS:
                return [Fault(path, "conditions-many", {"most": CONDITIONS})]
            for name, most in WORDS.items():
                words[name] += len(raw[name]) if isinstance(raw.get(name), list) else 0
                if words[name] > most:
                    return [Fault(f"{path}.{name}", "words-many", {"most": most, "test": name})]
        elif len(found) < FAULTS:
            found += _value(path, raw)
    return found


def _each(document: object) -> Iterator[tuple[str, Any, int, int]]:
    """Every part of a document with its path, its depth, and the groups of tests around it."""
    waiting: list[tuple[str, Any, int, int]] = [("", document, 0, 0)]
    while waiting:
        path, raw, depth, groups = waiting.pop()
        yield path, raw, depth, groups
        if isinstance(raw, Mapping):
            for name, part in reversed(list(raw.items())):
                inner = f"{path}.{name}" if path else str(name)
                waiting.append((inner, part, depth + 1, groups + (name in _GROUPS)))
        elif isinstance(raw, list | tuple):
            parts = [(f"{path}[{at}]", part, depth + 1, groups) for at, part in enumerate(raw)]
            waiting += reversed(parts)


def _is_condition(raw: Mapping[Any, Any]) -> bool:
    return any(name in raw for name in (*_GROUPS, "attribute", "indicator"))


def _value(path: str, raw: object) -> list[Fault]:
    if isinstance(raw, str):
        if len(raw) > TEXT:
            return [Fault(path, "text-long", {"most": TEXT})]
        if "\0" in raw or any("\ud800" <= letter <= "\udfff" for letter in raw):
            return [Fault(path, "text-unwritable")]
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        if isinstance(raw, float) and not isfinite(raw):
            return [Fault(path, "number-endless", {"value": str(raw)})]
        if abs(raw) > LARGEST:
            return [Fault(path, "number-large", {"most": f"{LARGEST:,}"})]
    elif raw is not None and not isinstance(raw, bool | list | tuple | date):
        return [Fault(path, "wrong-type", {"value": type(raw).__name__, "expected": "text"})]
    return []
