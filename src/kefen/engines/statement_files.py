"""Compiled statements kept in a folder for other processes.

A file is named for all that its statement depends on: the shape of the expression and the versions
of what compiled it. It says nothing of the values, which are put in each time. All of them may be
deleted at any time; whoever cannot read or write here compiles.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.version import version

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
"""Raise it whenever statements are compiled otherwise: what was kept before is passed over."""
MOST: Final = 2_000
"""So many are kept; of more the oldest half goes."""
Pieces = list[str | tuple[int, int]]
"""A statement: its text, and between that what kind of thing is put in, and which of them."""


class StatementFiles:
    """The statements in one folder, which is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, dialect: str, shape: str) -> Pieces | None:
        """The statement of a shape, if it was kept and is whole."""
        try:
            check, _, body = self._path(dialect, shape).read_text(encoding="utf-8").partition("\n")
        except (OSError, ValueError):
            return None
        if check != _digest(body):
            return None
        return [piece if isinstance(piece, str) else tuple(piece) for piece in json.loads(body)]

    def keep(self, dialect: str, shape: str, pieces: Pieces) -> None:
        """Keep the statement of a shape, where that can be done."""
        path = self._path(dialect, shape)
        body = json.dumps(pieces)
        draft = path.with_name(f".{secrets.token_hex(6)}.part")
        try:
            self.folder.mkdir(exist_ok=True)
            draft.write_text(f"{_digest(body)}\n{body}", encoding="utf-8")
            draft.replace(path)
            self._prune()
        except OSError:
            return

    def _path(self, dialect: str, shape: str) -> Path:
        return self.folder / f"{_digest(repr((_versions(), dialect, shape)))}.json"

    def _prune(self) -> None:
        found = list(self.folder.iterdir())
        if len(found) > MOST:
            found.sort(key=lambda path: path.stat().st_mtime_ns)
            for path in found[: len(found) // 2]:
                path.unlink(missing_ok=True)


@cache
def _versions() -> tuple[Any, ...]:
    import duckdb
    import sqlglot

    versions = (ibis.__version__, sqlglot.__version__, duckdb.__version__)  # type: ignore[attr-defined]
    return (FORMAT, version(), *versions)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=20).hexdigest()
