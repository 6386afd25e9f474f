"""The ledger's versions: one immutable manifest a step, naming each table's Delta version.

A reader opens tables at the versions of a manifest, so nothing a writer does is seen before its
manifest stands. A manifest is written aside and linked into place: there or not, never half.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from kefen.errors import LedgerError
from kefen.ledger.records import Batch

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Manifest:
    """One version: the Delta version of every kind's table, and the step that made it.

    `aliases` names the step that last changed what merged customers are read as; empty for none.
    """

    version: int
    tables: dict[str, int] = field(default_factory=dict)
    action: Literal["load", "undo", "alias", "empty"] = "empty"
    batch: Batch | None = None
    undone: str | None = None
    step: str = ""
    at: datetime | None = None
    by: str | None = None
    aliases: str = ""

    def document(self) -> dict[str, Any]:
        """The manifest as JSON-able data."""
        return {
            "version": self.version,
            "tables": self.tables,
            "action": self.action,
            "batch": self.batch.document() if self.batch else None,
            "undone": self.undone,
            "step": self.step,
            "at": self.at.isoformat() if self.at else None,
            "by": self.by,
            "aliases": self.aliases,
        }

    @classmethod
    def parse(cls, document: dict[str, Any]) -> Manifest:
        """The manifest of a document."""
        batch = document["batch"]
        at = document["at"]
        return cls(
            version=document["version"],
            tables=dict(document["tables"]),
            action=document["action"],
            batch=Batch.parse(batch) if batch else None,
            undone=document["undone"],
            step=document["step"],
            at=datetime.fromisoformat(at) if at else None,
            by=document["by"],
            aliases=document.get("aliases", ""),
        )


_PARSED: Final[dict[str, tuple[int, int, Manifest]]] = {}
"""Manifests read in this process by their paths, each with the time and the size of its file:
landing looks at all of them, and people note facts all day long."""
_KEPT: Final = 50_000


def _parsed(path: Path) -> Manifest:
    """The manifest of a file, read once while the file is the same."""
    stat = path.stat()
    found = _PARSED.get(str(path))
    if found is None or found[:2] != (stat.st_mtime_ns, stat.st_size):
        if len(_PARSED) >= _KEPT:
            _PARSED.clear()
        manifest = Manifest.parse(json.loads(path.read_text(encoding="utf-8")))
        found = _PARSED[str(path)] = stat.st_mtime_ns, stat.st_size, manifest
    return found[2]


class Versions:
    """The manifests of one ledger. Version 0 is the empty ledger and has no file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[int, Manifest] = {0: Manifest(0)}
        self._latest = 0

    def latest(self) -> int:
        """The newest version that stands."""
        if not self._latest and self.folder.is_dir():
            names = (entry.stem for entry in self.folder.glob("*.json"))
            self._latest = max((int(name) for name in names if name.isdigit()), default=0)
        while self._path(self._latest + 1).exists():
            self._latest += 1
        return self._latest

    def read(self, version: int) -> Manifest:
        """The manifest of `version`.

        Raises:
            LedgerError: `ledger-damaged` when the file is missing or cannot be understood.
        """
        if version not in self._read:
            path = self._path(version)
            try:
                self._read[version] = _parsed(path)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise LedgerError("ledger-damaged", path=str(path), reason=str(error)) from error
        return self._read[version]

    def forget(self) -> None:
        """Read the manifests anew, whose wording was changed."""
        self._read = {0: Manifest(0)}

    def batches(self, version: int) -> list[Batch]:
        """Every batch up to `version`, oldest first, undone ones marked as such."""
        found: dict[str, Batch] = {}
        for number in range(1, version + 1):
            manifest = self.read(number)
            if manifest.batch is not None:
                found[manifest.batch.id] = manifest.batch
            elif manifest.undone in found:
                found[manifest.undone] = replace(
                    found[manifest.undone],
                    status="undone",
                    undone_at=manifest.at,
                    undone_by=manifest.by,
                )
        return list(found.values())

    def steps(self, version: int) -> set[str]:
        """The ids of every step up to `version`: the owners of files worth keeping."""
        return {self.read(number).step for number in range(1, version + 1)}

    def commit(self, manifest: Manifest) -> None:
        """Make `manifest` the newest version, all or nothing.

        Raises:
            LedgerError: `version-taken` when another writer was first.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f".{manifest.version}-{manifest.step}.part"
        with draft.open("w", encoding="utf-8") as out:
            json.dump(manifest.document(), out, ensure_ascii=False, indent=1)
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, self._path(manifest.version))
        except FileExistsError:
            raise LedgerError("version-taken", version=manifest.version) from None
        finally:
            draft.unlink()
        self._read[manifest.version] = manifest

    def _path(self, version: int) -> Path:
        return self.folder / f"{version}.json"
