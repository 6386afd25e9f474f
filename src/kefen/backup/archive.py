"""The backup file: a ZIP archive whose last entry, `manifest.json`, has the hash of all others.

A file that was cut short has no directory and is refused as a whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Final, Self

from kefen.errors import KefenError
from kefen.storage import storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
CHUNK: Final = 1 << 20
_SQUEEZED: Final = {".json", ".jsonl", ".csv", ".copy"}
"""Endings of what is worth compressing; Parquet and workbooks are compressed already."""


class BackupError(KefenError):
    """A backup cannot be written, is damaged, or cannot be brought back here."""


class Hashed:
    """A stream to write to that remembers size and hash of what went through."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, part: bytes | memoryview) -> None:
        """Write the next bytes."""
        self._out.write(part)
        self._digest.update(part)
        self.size += len(part)

    @property
    def sha256(self) -> str:
        """The hash of all that was written."""
        return self._digest.hexdigest()


class Archive:
    """A backup being written to `path`, an open place that does not stand yet."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path, "w", allowZip64=True)
        self.entries: dict[str, dict[str, Any]] = {}

    @contextmanager
    def entry(self, name: str) -> Iterator[Hashed]:
        """Write one entry piece by piece."""
        squeezed = PurePosixPath(name).suffix in _SQUEEZED
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if squeezed else zipfile.ZIP_STORED
        with self._zip.open(info, "w", force_zip64=True) as out:
            hashed = Hashed(out)
            yield hashed
        self.entries[name] = {"bytes": hashed.size, "sha256": hashed.sha256}

    def add(self, name: str, source: Path) -> None:
        """Take in a file as it is now."""
        with source.open("rb") as file, self.entry(name) as out:
            while part := file.read(CHUNK):
                out.write(part)

    def finish(self, manifest: dict[str, Any]) -> None:
        """Write the manifest and the archive's directory."""
        told = {"format": FORMAT, **manifest, "entries": self.entries}
        self._zip.writestr(MANIFEST, json.dumps(told, ensure_ascii=False, indent=1))
        self._zip.close()

    def abandon(self) -> None:
        """Let go of the file; it is not a backup."""
        self._zip.fp, file = None, self._zip.fp
        if file:
            file.close()


class Backup:
    """A backup file to read.

    Raises:
        BackupError: `no-backup-file`, `not-a-backup`, `backup-damaged`, `backup-newer`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            manifest = json.loads(self._zip.read(MANIFEST))
            self.manifest: dict[str, Any] = manifest
            newer = manifest["format"] > FORMAT
            self.entries: dict[str, dict[str, Any]] = manifest["entries"]
        except FileNotFoundError:
            raise BackupError("no-backup-file", path=str(path)) from None
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise BackupError("not-a-backup", path=str(path), reason=str(error)) from error
        if newer:
            raise BackupError("backup-newer", path=str(path), kefen=manifest.get("kefen", "?"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

    def check(self) -> None:
        """Read everything and compare sizes and hashes.

        Raises:
            BackupError: `backup-damaged` with the entry that differs.
        """
        for name in self.entries:
            for _ in self.read(name):
                pass

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of an entry, piece by piece; told as damaged when they are not those written.

        Raises:
            BackupError: `backup-damaged`.
        """
        digest, size, told = hashlib.sha256(), 0, self.entries[name]
        try:
            with self._zip.open(name) as file:
                while part := file.read(CHUNK):
                    digest.update(part)
                    size += len(part)
                    yield part
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise self._damaged(name, str(error)) from error
        if (size, digest.hexdigest()) != (told["bytes"], told["sha256"]):
            raise self._damaged(name, "sha256")

    def extract(self, name: str, target: Path) -> None:
        """Write an entry to a file, for its owner alone."""
        with storage_errors(target.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as out:
                for part in self.read(name):
                    out.write(part)
                out.flush()
                os.fsync(out.fileno())

    def _damaged(self, name: str, reason: str) -> BackupError:
        return BackupError("backup-damaged", path=str(self.path), entry=name, reason=reason)


def file_hash(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
