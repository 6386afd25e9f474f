"""Whether a ledger can be read, without reading its facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.errors import LedgerError
from kefen.ledger.place import LEDGER
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.versions import Versions

if TYPE_CHECKING:
    from pathlib import Path


def readable_version(data: Path) -> int:
    """The newest version of the ledger in a data directory, having looked at all it is made of.

    Raises:
        LedgerError: `ledger-damaged` with the place and the reason.
    """
    folder = data / LEDGER
    try:
        entries = {entry.name for entry in folder.iterdir()} if folder.exists() else set()
    except OSError as error:
        raise LedgerError("ledger-damaged", path=str(folder), reason=str(error)) from error
    versions = Versions(folder / "versions")
    newest = versions.latest()
    if not newest and "facts" in entries and any((folder / "facts").iterdir()):
        place = str(folder / "versions")
        raise LedgerError("ledger-damaged", path=place, reason="no version is written down")
    found = Snapshot(folder, versions.read(newest))
    for kind in found.manifest.tables:
        found.count(kind)
    return newest
