"""Renames somebody who imported or decided, in what the data directory says about who did what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from kefen.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from kefen.ledger import Ledger

BY: Final = frozenset({"by", "undone_by", "lifted_by"})
"""Entries of documents that say who did something."""
_PLACES: Final = ("ledger/versions/*.json", "ledger/*.json", "runs/*/run.json")


def rename_author(ledger: Ledger, names: Collection[str], to: str) -> int:
    """Have versions, remembered mappings and runs call somebody `to`; gives the files changed.

    `names` is what the person was called. Sellers named by facts are facts, and stay.
    """
    with ledger.held():
        count = sum(
            _renamed(path, frozenset(names), to)
            for place in _PLACES
            for path in sorted(ledger.path.glob(place))
        )
    ledger.refresh()
    return count


def _renamed(path: Path, names: frozenset[str], to: str) -> int:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return 0
    new = renamed(told, names, to)
    if new == told:
        return 0
    write_whole(path, json.dumps(new, ensure_ascii=False, indent=1))
    return 1


def renamed(told: Any, names: Collection[str], to: str) -> Any:
    """A document in which whoever was called so did it by the name `to`."""
    if isinstance(told, list):
        return [renamed(one, names, to) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        name: to if name in BY and value in names else renamed(value, names, to)
        for name, value in told.items()
    }
