"""A folder on the server that other programs put files into, such as by SFTP, rsync or rclone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors.sources.base import MOST_BYTES, Asked, Fetched, Source
from kefen_crm.connectors.sources.listing import AT_ONCE, STILL

if TYPE_CHECKING:
    from pathlib import Path


def fetch(asked: Asked) -> Fetched:
    """The files of the folder that nobody writes to any more; they leave it once they are kept."""
    asked.folder.mkdir(parents=True, exist_ok=True)
    files = [
        (one, one.stat())
        for one in asked.folder.iterdir()
        if one.is_file() and not one.name.startswith(".")
    ]
    quiet = [(one, told) for one, told in files if time.time() - told.st_mtime >= STILL]
    fit = [(one, told) for one, told in quiet if told.st_size <= MOST_BYTES]
    fit.sort(key=lambda found: (found[1].st_mtime, found[0].name))
    chosen = [one for one, _told in fit[:AT_ONCE]]
    return Fetched(
        files=[(one.name, one.read_bytes()) for one in chosen],
        more=len(fit) > AT_ONCE,
        left_out={"too-large": len(quiet) - len(fit)} if len(quiet) > len(fit) else {},
        taken=lambda: _remove(chosen),
    )


def _remove(files: list[Path]) -> None:
    for one in files:
        one.unlink(missing_ok=True)


SOURCE = Source(
    name="folder",
    title=_("A folder on this server"),
    text=_("Files that other programs put there, by SFTP, rsync or a mounted drive"),
    icon="folder-down",
    fetch=fetch,
)
