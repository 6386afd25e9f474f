"""Removes the files of past versions that nobody needs any more: Delta's vacuum by a kept-for rule.

Kept are the files of every version of the last days, of the versions that the caller names (those
of saved runs), and of what taking an import back would look at: the facts of the import's kind as
they stood before it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from kefen.ledger.snapshot import Snapshot
from kefen.ledger.tables import CLEARED
from kefen.storage import write_whole

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from kefen.ledger.tables import FactTable
    from kefen.ledger.versions import Versions

MEASURES: Final = "measures/*/measures.json"


@dataclass(frozen=True)
class Vacuumed:
    """What a vacuum removed: how many files, and how many bytes they had."""

    files: int
    bytes: int


def unneeded(
    folder: Path, versions: Versions, days: int, needed: Collection[int]
) -> dict[str, list[Path]]:
    """The files of facts, by kind, that a vacuum would remove; see `vacuum`."""
    latest = versions.latest()
    wanted = _recent(versions, latest, days) | {v for v in needed if 0 < v <= latest}
    wanted |= _measured(folder)
    found = {}
    for kind, deltas in _deltas(versions, latest, wanted).items():
        table = Snapshot(folder, versions.read(latest)).table(kind)
        keep = {file.name for delta in deltas for file in table.files(delta)}
        found[kind] = [
            file for file in table.folder.glob("part-*.parquet") if file.name not in keep
        ]
    return found


def vacuum(folder: Path, versions: Versions, days: int, needed: Collection[int]) -> Vacuumed:
    """Remove what no version needs that is younger than `days`, named, or looked at by an undo.

    Whoever calls this holds the ledger's writing place.
    """
    facts = Snapshot(folder, versions.read(versions.latest()))
    found = [
        _clear(folder, facts.table(kind), gone)
        for kind, gone in unneeded(folder, versions, days, needed).items()
    ]
    return Vacuumed(sum(one.files for one in found), sum(one.bytes for one in found))


def _recent(versions: Versions, latest: int, days: int) -> set[int]:
    """The versions that stood at any moment of the last `days`."""
    since = datetime.now(UTC) - timedelta(days=days)
    found = {latest}
    for number in range(latest, 0, -1):
        at = versions.read(number).at
        found.add(number)
        if at is not None and at < since:
            break
    return found


def _measured(folder: Path) -> set[int]:
    """The versions of which measures are kept, to be refreshed from."""
    found = set()
    for record in folder.glob(MEASURES):
        try:
            found.add(int(json.loads(record.read_text(encoding="utf-8"))["version"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return found


def _deltas(versions: Versions, latest: int, wanted: set[int]) -> dict[str, set[int]]:
    """The Delta versions to keep, by kind."""
    found: dict[str, set[int]] = {kind: set() for kind in versions.read(latest).tables}
    for number in wanted & set(range(1, latest + 1)):
        for kind, delta in versions.read(number).tables.items():
            found.setdefault(kind, set()).add(delta)
    for batch in versions.batches(latest):
        before = versions.read(batch.version - 1).tables
        if batch.kind != "customers" and batch.kind in before:
            found.setdefault(batch.kind, set()).add(before[batch.kind])
    return found


def _clear(folder: Path, table: FactTable, gone: list[Path]) -> Vacuumed:
    if not gone:
        return Vacuumed(0, 0)
    note = table.folder / CLEARED
    names = set(json.loads(note.read_text(encoding="utf-8"))) if note.exists() else set()
    write_whole(note, json.dumps(sorted(names | {file.name for file in gone}), indent=0))
    size = 0
    for file in gone:
        size += file.stat().st_size
        file.unlink()
        (folder / "daybook" / file.name).unlink(missing_ok=True)
    return Vacuumed(len(gone), size)
