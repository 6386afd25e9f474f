"""Faults of a `rules` document: conditions, classes that do not exist or cannot be reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.errors import Fault
from kefen.schemes.condition_faults import condition_faults
from kefen.schemes.definition_faults import known_indicators
from kefen.schemes.faults import entries, near

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def faults(document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong beyond the form."""
    found = [*_given(document)]
    before: list[Any] = []
    for place, rule in entries(document, "rules"):
        path, when = f"rules[{place}].when", rule.get("when")
        found += condition_faults(path, when, known_indicators(document))
        if when in before:
            found.append(Fault(path, "rule-repeated", {"rule": before.index(when) + 1}))
        before.append(when)
    return found


def _given(document: Mapping[str, Any]) -> Iterator[Fault]:
    keys = [str(entry.get("key")) for _, entry in entries(document, "classes")]
    named = [
        (f"rules[{place}].class", rule.get("class")) for place, rule in entries(document, "rules")
    ]
    if document.get("else") is not None:
        named.append(("else", document["else"]))
    for path, key in named:
        if isinstance(key, str) and key not in keys:
            yield Fault(
                path, "unknown-class", {"value": key, "near": near(key, keys), "allowed": keys}
            )
    for place, entry in entries(document, "classes"):
        if entry.get("key") is not None and entry["key"] not in [key for _, key in named]:
            yield Fault(f"classes[{place}]", "class-without-rule", {"value": entry["key"]})
