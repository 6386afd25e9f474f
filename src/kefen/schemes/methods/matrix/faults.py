"""Faults of a `matrix` document: cells that no class holds, classes that hold none."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import TYPE_CHECKING, Any

from kefen.errors import Fault
from kefen.schemes.faults import entries, near

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDES = {"row": "rows", "column": "columns"}
_HELD = ("caps", "hysteresis")
_SHOWN = 5


def faults(document: Mapping[str, Any]) -> list[Fault]:
    """What is wrong beyond the form of this document and of the two in it."""
    found = []
    for side in _SIDES.values():
        inner = document.get(side)
        if isinstance(inner, Mapping):
            if inner.get("method") == "matrix":
                found.append(Fault(f"{side}.method", "matrix-inside", {"value": "matrix"}))
            found += [
                Fault(f"{side}.{name}", "not-inside", {"name": name})
                for name in _HELD
                if inner.get(name)
            ]
    keys = {name: _keys(document.get(side)) for name, side in _SIDES.items()}
    listed = list(entries(document, "classes"))
    unknown = list(_unknown(listed, keys))
    found += unknown
    for place, part in listed[:-1]:
        if part.get("cells") is None:
            found.append(Fault(f"classes[{place}]", "cut-missing", {"fields": ["cells"]}))
    if not unknown and all(keys.values()) and _readable(listed):
        found += _cover(listed, keys)
    return found


def _keys(inner: object) -> list[str]:
    if not isinstance(inner, Mapping):
        return []
    return [str(part.get("key")) for _, part in entries(inner, "classes")]


def _named(cell: Mapping[str, Any], name: str) -> list[str] | None:
    given = cell.get(name)
    if given is None:
        return None
    return [str(one) for one in given] if isinstance(given, list) else [str(given)]


def _unknown(
    listed: list[tuple[int, Mapping[str, Any]]], keys: Mapping[str, list[str]]
) -> Iterator[Fault]:
    for place, part in listed:
        for at, cell in entries(part, "cells"):
            for name, known in keys.items():
                for key in _named(cell, name) or []:
                    if known and key not in known:
                        facts = {"value": key, "near": near(key, known), "allowed": known}
                        path = f"classes[{place}].cells[{at}].{name}"
                        yield Fault(path, "unknown-class", facts)


def _readable(listed: list[tuple[int, Mapping[str, Any]]]) -> bool:
    return all(
        isinstance(cells, list) and all(isinstance(cell, Mapping) for cell in cells)
        for _, part in listed
        if (cells := part.get("cells")) is not None
    )


def _cover(
    listed: list[tuple[int, Mapping[str, Any]]], keys: Mapping[str, list[str]]
) -> Iterator[Fault]:
    """Every cell is held, and every class holds one that no class before it does."""
    reached: set[int] = set()
    missing = []
    for row, column in product(keys["row"], keys["column"]):
        place = next((place for place, part in listed if _holds(part, row, column)), None)
        if place is None:
            missing.append(f"{row} × {column}")
        else:
            reached.add(place)
    if missing:
        facts = {"count": len(missing), "examples": missing[:_SHOWN]}
        yield Fault("classes", "cells-uncovered", facts)
    for place, part in listed:
        if place not in reached:
            yield Fault(f"classes[{place}]", "class-unreachable", {"value": part.get("key")})


def _holds(part: Mapping[str, Any], row: str, column: str) -> bool:
    if part.get("cells") is None:
        return True
    for _, cell in entries(part, "cells"):
        rows, columns = _named(cell, "row"), _named(cell, "column")
        if (rows is None or row in rows) and (columns is None or column in columns):
            return True
    return False
