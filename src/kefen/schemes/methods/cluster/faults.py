"""Faults of a `cluster` document: indicators named twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.errors import Fault
from kefen.schemes.faults import entries

if TYPE_CHECKING:
    from collections.abc import Mapping


def faults(document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong beyond the form."""
    seen: set[str] = set()
    found = []
    for place, feature in entries(document, "indicators"):
        name = str(feature.get("indicator"))
        if name in seen:
            path = f"indicators[{place}].indicator"
            found.append(Fault(path, "duplicate-indicator", {"value": name}))
        seen.add(name)
    return found
