"""Finds out what a source is, by its content and never by its name, and opens it as a table."""

from __future__ import annotations

import os
import tempfile
import weakref
import zipfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from kefen.errors import ReadingError
from kefen.extraction.package import DAMAGED
from kefen.ledger.reading.columnar import open_frame, open_parquet
from kefen.ledger.reading.delimited import Delimited
from kefen.ledger.reading.documents import refuse_documents
from kefen.ledger.reading.workbook import Workbook

if TYPE_CHECKING:
    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.raw import FileOptions, Table

_IN_MEMORY = 64 << 20
_PIECE = 1 << 20
_SHOWN_FILES = 3
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_ZIP, _OLE, _PARQUET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"


def open_table(
    source: Any, options: FileOptions, kind: Kind | None = None, frame_name: str = ""
) -> Table:
    """A path, a file-like object or a frame as a table; a frame has `frame_name`.

    Raises:
        ReadingError: `file-missing`, `not-a-file`, `empty-file`, `not-a-table`, `web-page`,
            `locked`, `broken-workbook`, `broken-parquet`, `unknown-sheet`, `unknown-source`,
            `unknown-encoding`, `wrong-encoding`, `bad-delimiter`.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        if not path.is_file():
            code = "not-a-file" if path.exists() else "file-missing"
            raise ReadingError(code, name=str(path))
        return _held(path.open("rb"), path.name, options, kind)
    if callable(getattr(source, "read", None)):
        name = Path(str(getattr(source, "name", "") or "upload")).name
        return _held(_spooled(source), name, options, kind)
    return open_frame(source, frame_name)


def _held(stream: IO[bytes], name: str, options: FileOptions, kind: Kind | None) -> Table:
    """The stream as a table; it is closed with the table, or at once when it is none."""
    try:
        table = _open_stream(stream, name, options, kind)
    except BaseException:
        stream.close()
        raise
    weakref.finalize(table, stream.close)
    return table


def _open_stream(stream: IO[bytes], name: str, options: FileOptions, kind: Kind | None) -> Table:
    start = stream.read(2048)
    if not start.strip():
        raise ReadingError("empty-file", name=name)
    stream.seek(0)
    if start.startswith(_PARQUET):
        return open_parquet(stream, name)
    if start.startswith(_OLE):
        _refuse_locked(stream, name)
        return Workbook(stream, name, "xls", options, kind)
    if start.startswith(_ZIP):
        return Workbook(stream, name, _zipped(stream, name), options, kind)
    refuse_documents(start, name)
    return Delimited(stream, name, options, kind)


def _refuse_locked(stream: IO[bytes], name: str) -> None:
    """A workbook with a password is an old-style container around an encrypted package."""
    before = b""
    while piece := stream.read(_PIECE):
        if _LOCKED in before + piece:
            raise ReadingError("locked", name=name)
        before = piece[-len(_LOCKED) :]
    stream.seek(0)


def _zipped(stream: IO[bytes], name: str) -> str:
    try:
        inside = zipfile.ZipFile(stream).namelist()
    except DAMAGED as error:
        raise ReadingError("broken-workbook", name=name, reason=str(error)) from error
    finally:
        stream.seek(0)
    if "xl/workbook.bin" in inside:
        return "xlsb"
    if any(entry.startswith("xl/") for entry in inside):
        return "xlsx"
    if "content.xml" in inside:
        return "ods"
    if files := [entry for entry in inside if not entry.endswith("/")]:
        shown = files[:_SHOWN_FILES] + (["…"] if len(files) > _SHOWN_FILES else [])
        raise ReadingError("archive-of-files", name=name, files=shown)
    raise ReadingError("not-a-table", name=name)


def _spooled(source: Any) -> IO[bytes]:
    """A file-like object copied, so that it can be read more than once from its start."""
    if callable(getattr(source, "seek", None)) and getattr(source, "seekable", lambda: True)():
        source.seek(0)
    spool = cast("IO[bytes]", tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
    while piece := source.read(_PIECE):
        spool.write(piece.encode() if isinstance(piece, str) else piece)
    spool.seek(0)
    return spool
