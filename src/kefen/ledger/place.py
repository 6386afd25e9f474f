"""The right folder: whether a folder holds Kefen's data, and which one is meant where not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path

LEDGER = "ledger"
PARTS = frozenset(
    f"{LEDGER} runs postgres uploads backups logs cache settings.json installation.json "
    "restore-unfinished.json serve.lock secret-key".split()
)
"""What a data directory may hold; any of them shows that it is one."""
_SHOWN = 5
_DEEP = 4


def is_ledger(folder: Path) -> bool:
    """Whether this folder is a ledger itself: it holds the manifests of versions."""
    return any((folder / "versions").glob("*.json"))


def holds_data(folder: Path) -> bool:
    """Whether this folder is a data directory of Kefen."""
    return any((folder / part).exists() for part in PARTS)


def refuse_wrong(folder: Path) -> None:
    """Refuse a folder that lies within a ledger, or above one, instead of holding one.

    Raises:
        LedgerError: `ledger-folder-itself`, with the data directory that is `meant`;
            `data-further-down`, with those that are found below.
    """
    for above in [folder, *folder.parents][:_DEEP]:
        if is_ledger(above):
            raise LedgerError("ledger-folder-itself", path=str(folder), meant=str(above.parent))
    if not folder.is_dir() or holds_data(folder):
        return
    below = sorted(str(entry) for entry in _visible(folder) if is_ledger(entry / LEDGER))
    if below:
        raise LedgerError("data-further-down", path=str(folder), meant=below[:_SHOWN])


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder of other things; an empty folder or none may become a data directory.

    Raises:
        LedgerError: `no-kefen-data`, with some of what was found, and those of `refuse_wrong`.
    """
    refuse_wrong(folder)
    if folder.is_dir() and not holds_data(folder) and (found := _visible(folder)):
        names = sorted(entry.name for entry in found)[:_SHOWN]
        raise LedgerError("no-kefen-data", path=str(folder), found=names)


def refuse_missing(folder: Path) -> None:
    """Refuse to look for data where there is no folder.

    Raises:
        LedgerError: `no-data-folder`, and those of `refuse_foreign`.
    """
    refuse_foreign(folder)
    if not folder.is_dir():
        raise LedgerError("no-data-folder", path=str(folder))


def _visible(folder: Path) -> list[Path]:
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        reason = error.strerror or str(error)
        raise LedgerError("folder-not-readable", path=str(folder), reason=reason) from None
    return [entry for entry in entries if entry.name[0] not in ".~" and entry.name != "lost+found"]
