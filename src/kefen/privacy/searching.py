"""Searches a data directory for what tells of a person: in bytes, in archives, in tables."""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import zipfile
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow.parquet as pq

from kefen.backup.content import OWN
from kefen.ledger.erased import BACKUPS, PENDING
from kefen.ledger.erased import FILE as REGISTER
from kefen.privacy.person import NAMED_BY, Person, around
from kefen.privacy.rewriting import clean

if TYPE_CHECKING:
    from collections.abc import Iterator

UPLOADS: Final = "uploads"
POSTGRES: Final = "postgres"
PASSED: Final = OWN | {REGISTER, PENDING, "secret-key", "serve.lock"}
_DRAFT = re.compile(r"\..*\.part$")
_ENCODINGS: Final = ("utf-8", "gb18030", "utf-16-le")


@dataclass(frozen=True)
class Found:
    """A file that tells of the person, below the data directory, and in how many places."""

    path: str
    places: int


def files(data: Path) -> Iterator[Path]:
    """The files that may hold personal data: all but backups and the database's own."""
    for place, folders, names in os.walk(data):
        folder = Path(place)
        if folder == data:
            folders[:] = [name for name in folders if name not in {BACKUPS, POSTGRES}]
        folders.sort()
        yield from (folder / n for n in sorted(names) if folder != data or n not in PASSED)


def search(data: Path, person: Person) -> list[Found]:
    """The files of a data directory that tell of a person; backups are not looked into."""
    counted = ((path, _guarded(path, data, person)) for path in files(data))
    return [Found(path.relative_to(data).as_posix(), count) for path, count in counted if count]


def _guarded(path: Path, data: Path, person: Person) -> int:
    try:
        return places(path, data, person)
    except FileNotFoundError:  # cleared away meanwhile
        return 0


def places(path: Path, data: Path, person: Person) -> int:
    """In how many places a file tells of the person."""
    upload = path.relative_to(data).parts[0] == UPLOADS
    if path.suffix == ".parquet" and not upload:
        return _rows(path, person)
    if path.suffix in {".json", ".jsonl"}:
        return _documents(path, person)
    if not upload:
        return _bytes(path, person, ("utf-8",))
    if person.found_in(path.name):
        return 1
    hashed = person.imports and _hash(path) in person.imports
    return 1 if hashed else _upload(path, person)


def _rows(path: Path, person: Person) -> int:
    count = 0
    with pq.ParquetFile(path) as file:
        words = [
            one.name for one in file.schema_arrow if str(one.type) in {"string", "large_string"}
        ]
        for number in range(file.metadata.num_row_groups if words else 0):
            count += _in_frame(pl.DataFrame(file.read_row_group(number, words)), person)
    return count


def _in_frame(rows: pl.DataFrame, person: Person) -> int:
    own = [pl.col(name) == person.customer_id for name in rows.columns if name in NAMED_BY]
    spoken = [
        pl.col(name).str.contains_any(person.needles, ascii_case_insensitive=True)
        for name in rows.columns
        if person.needles
    ]
    if not own + spoken:
        return 0
    found = rows.filter(pl.any_horizontal(*own, *spoken).fill_null(value=False))
    return sum(
        any(
            (name in NAMED_BY and value == person.customer_id)
            or (value is not None and person.found_in(value))
            for name, value in row.items()
        )
        for row in found.iter_rows(named=True)
    )


def _documents(path: Path, person: Person) -> int:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    whole = path.suffix == ".json" and "_delta_log" not in path.parts
    count = 0
    for part in [text] if whole else text.splitlines():
        try:
            told = json.loads(part)
        except ValueError:
            count += person.found_in(part)
        else:
            count += clean(told, person) != told
    return count


def _bytes(path: Path, person: Person, encodings: tuple[str, ...]) -> int:
    pattern = byte_pattern(person, encodings)
    if pattern is None or not path.stat().st_size:
        return 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return sum(1 for _ in pattern.finditer(content))


def _upload(path: Path, person: Person) -> int:
    """In how many places an uploaded file tells of the person; archives are looked into."""
    pattern = byte_pattern(person, _ENCODINGS)
    if pattern is None:
        return 0
    if path.suffix == ".parquet":
        return _rows(path, person)
    if not zipfile.is_zipfile(path):
        return _bytes(path, person, _ENCODINGS)
    count = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            count += sum(1 for _ in pattern.finditer(archive.read(name)))
    return count


def byte_pattern(person: Person, encodings: tuple[str, ...]) -> re.Pattern[bytes] | None:
    """Finds the traces in bytes of these encodings, also as they stand in XML."""
    found = []
    for trace in person.traces:
        for encoding in encodings:
            for form in {trace, escape(trace)}:
                try:
                    told = re.escape(form.encode(encoding))
                except UnicodeEncodeError:
                    continue
                if encoding == "utf-16-le":
                    found.append(told)
                    continue
                before, after = around(trace, joined=person.is_joined(trace))
                found.append(before.encode() + told + after.encode())
    return re.compile(b"|".join(dict.fromkeys(found)), re.IGNORECASE) if found else None


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
