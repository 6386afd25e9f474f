"""Which files of a data directory belong to a backup: the ledger at one version, and the rest.

Left out are what is worked out anew (caches, measures), what is under way (staging, drafts, locks),
and the database's own files, which are copied through the database.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kefen.ledger.snapshot import Snapshot
from kefen.ledger.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.ledger.versions import Manifest

ELSEWHERE: Final = {"postgres", "backups", "logs", "cache", "bi", "lost+found"}
"""Folders of the data directory that no backup holds."""
OWN: Final = {"installation.json", "restore-unfinished.json", "erasing.json", "bi.json"}
"""What tells of this one directory and is made anew where a backup is brought back."""
_DERIVED: Final = {"staging", "measures", "statements"}
_DELTA_DIGITS: Final = 20


def files(data: Path, version: int) -> Iterator[Path]:
    """The files of the data directory, with its ledger as of `version`."""
    for entry in sorted(data.iterdir()):
        if entry.name in ELSEWHERE | OWN or _passing(entry.name):
            continue
        if entry.name == "ledger":
            yield from _ledger(entry, version)
        elif entry.name == "runs":
            finished = (run for run in sorted(entry.iterdir()) if (run / "run.json").exists())
            for run in finished:
                yield from _under(run)
        elif entry.is_dir():
            yield from _under(entry)
        else:
            yield entry


def rows(ledger: Path, version: int) -> dict[str, int]:
    """How many facts of each kind the ledger folder holds at `version`."""
    snapshot = Snapshot(ledger, Versions(ledger / "versions").read(version))
    return {kind: snapshot.count(kind) for kind in snapshot.manifest.tables}


def _passing(name: str) -> bool:
    return name.startswith(".") or name.endswith((".lock", ".part"))


def _under(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _passing(name))
        yield from (Path(place) / name for name in sorted(names) if not _passing(name))


def _ledger(folder: Path, version: int) -> Iterator[Path]:
    versions = Versions(folder / "versions")
    steps = versions.steps(version)
    manifest = versions.read(version)
    for entry in sorted(folder.iterdir()):
        if entry.name in _DERIVED or entry.name == "lock" or _passing(entry.name):
            continue
        if entry.name == "versions":
            yield from (entry / f"{number}.json" for number in range(1, version + 1))
        elif entry.name == "facts":
            yield from _facts(entry, manifest, steps)
        elif entry.is_dir():
            yield from (file for file in _under(entry) if _stands(file.name, steps))
        else:
            yield entry


def _facts(folder: Path, manifest: Manifest, steps: set[str]) -> Iterator[Path]:
    for kind, delta in manifest.tables.items():
        for file in _under(folder / kind):
            if file.parent.name == "_delta_log":
                number = file.name[:_DELTA_DIGITS]
                if number.isdigit() and int(number) <= delta:
                    yield file
            elif _stands(file.name, steps):
                yield file


def _stands(name: str, steps: set[str]) -> bool:
    """Whether a file belongs to a step that stands, or to no step."""
    owner = name.split("-")[1] if name.startswith("part-") else name.split(".")[0]
    owned = owner[:1] in {"b", "u", "m"} and "x" in owner
    return not owned or owner in steps
