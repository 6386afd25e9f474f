"""Opens the ledger for one piece of work."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

import kefen
from kefen.ledger.soundness import readable_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.ledger import Ledger

__all__ = [
    "Ledger",
    "had_sales",
    "newest_version",
    "opened",
    "readable_version",
    "undone_since",
]


@contextmanager
def opened() -> Iterator[Ledger]:
    """The ledger with an engine of its own, which is closed at the end of the block.

    An engine serves one thread. It is opened when facts are first asked for, which takes some
    20 ms.
    """
    ledger = kefen.open(settings.KEFEN_DATA)
    try:
        yield ledger
    finally:
        ledger.close()


def vacuum() -> tuple[int, int]:
    """Clear away past versions of the facts that nobody needs; gives files and bytes."""
    with opened() as ledger:
        done = kefen.vacuum(ledger)
    return done.files, done.bytes


def undone_since(ledger: Ledger, version: int) -> bool:
    """Whether an import that version `version` counts was taken back after it."""
    if version >= ledger.version:
        return False
    counted = {one.id for one in ledger.at(version).history() if one.status == "committed"}
    return any(one.status == "undone" and one.id in counted for one in ledger.history())


def had_sales(ledger: Ledger, version: int) -> bool:
    """Whether version `version` has sales; one that is no more, as after a restore, had some."""
    return version > ledger.version or ledger.at(version).span() is not None


def newest_version() -> int:
    """The newest version of the facts; 0 while there are none."""
    return kefen.open(settings.KEFEN_DATA).version
