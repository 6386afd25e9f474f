"""Takes a person out of one file, by its format; each file is replaced whole or not at all."""

from __future__ import annotations

import json
import os
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from kefen.privacy.person import MASK, NAMED_BY, Person, is_telling
from kefen.privacy.retained import EVERYWHERE, FREE_TEXT, PERSONAL
from kefen.storage import storage_errors, write_whole

if TYPE_CHECKING:
    from pathlib import Path

DRAFT: Final = ".erasing"
"""The ending of a file that is being rewritten; one that a killed erasure left is removed."""
_NUMBER = re.compile(r"\w+_id$")
_SPOKEN = frozenset({*EVERYWHERE, "reason", "lift_reason", "value", "text"})


def parquet(path: Path, person: Person, kind: str | None = None) -> int:
    """Rewrite a Parquet file, row group by row group; gives how many rows changed.

    The rows stay in place and in number: what was counted of the file holds.
    """
    with pq.ParquetFile(path) as file:
        found = file.schema_arrow
        schema = pa.schema([one.with_nullable(True) for one in found], found.metadata)
        groups = range(file.metadata.num_row_groups)
        words = [one.name for one in schema if _is_text(one.type)]
        if not words or not any(_is_touched(file.read_row_group(g, words), person) for g in groups):
            return 0
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}{DRAFT}")
        changed = 0
        with storage_errors(path.parent):
            try:
                with pq.ParquetWriter(
                    draft, schema, compression="zstd", store_decimal_as_integer=True
                ) as out:
                    for number in groups:
                        table = file.read_row_group(number).cast(schema)
                        rows = _changed(pl.DataFrame(table), person, kind)
                        if rows is not None:
                            changed += rows[1]
                            table = rows[0].to_arrow().cast(schema)
                        out.write_table(table, row_group_size=max(1, table.num_rows))
                _sync(draft)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
    return changed


def _is_text(type_: pa.DataType) -> bool:
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def _is_touched(table: pa.Table, person: Person) -> bool:
    return _changed(pl.DataFrame(table), person, None) is not None


def _changed(
    rows: pl.DataFrame, person: Person, kind: str | None
) -> tuple[pl.DataFrame, int] | None:
    """The rows without the person and how many changed; None when none would."""
    texts = [name for name, type_ in rows.schema.items() if type_ == pl.String]
    if not texts:
        return None
    named = [name for name in texts if name in NAMED_BY]
    own = pl.any_horizontal(pl.lit(value=False), *(pl.col(n) == person.customer_id for n in named))
    numbers = [name for name in texts if _NUMBER.search(name) and name not in named]
    aliased = [pl.col(name).is_in(list(person.numbers)) for name in numbers if person.numbers]
    of_others = FREE_TEXT | EVERYWHERE if person.everywhere else FREE_TEXT
    spoken = [
        pl.col(name).str.contains_any(person.needles, ascii_case_insensitive=True)
        for name in texts
        if person.needles and (name in of_others or name in NAMED_BY)
    ]
    hit = pl.any_horizontal(pl.lit(value=False), own, *aliased, *spoken).fill_null(value=False)
    marked = rows.select(own=own.fill_null(value=False), hit=hit)
    if not marked["hit"].any():
        return None
    before = rows
    personal = PERSONAL[kind] if kind else EVERYWHERE
    mine = marked["own"]
    columns = {}
    for name, type_ in rows.schema.items():
        if name in personal and name != "attributes":
            columns[name] = pl.when(mine).then(None).otherwise(pl.col(name)).cast(type_)
    rows = rows.with_columns(**columns)
    for name in texts:
        values = rows[name].to_list()
        new = [
            _cell(name, value, person, own=own_) if hit_ and value is not None else value
            for value, own_, hit_ in zip(values, mine, marked["hit"], strict=True)
        ]
        rows = rows.with_columns(pl.Series(name, new, pl.String))
    if rows.equals(before):
        return None
    same = pl.all_horizontal(rows[name].eq_missing(before[name]) for name in before.columns)
    return rows, int(rows.select((~same).sum()).item())


def _cell(name: str, value: str, person: Person, *, own: bool) -> str | None:
    if name in NAMED_BY and person.is_named(value):
        return person.key
    if value in person.numbers and _NUMBER.search(name):
        return person.numbers[value]
    if name == "attributes" and own:
        return person.retained_attributes(value)
    if not own and name not in FREE_TEXT:
        return person.struck(value) if person.everywhere and name in EVERYWHERE else value
    if not own:
        return person.masked(value)
    if value in person.shared or not person.found_in(value):
        return value
    return person.alias(value) if _NUMBER.search(name) else None


def document(path: Path, person: Person) -> int:
    """Rewrite a JSON file; gives 1 when it held the person."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return 0
    cleaned = clean(told, person)
    if cleaned == told:
        return 0
    write_whole(path, json.dumps(cleaned, ensure_ascii=False, indent=1))
    return 1


def lines(path: Path, person: Person) -> int:
    """Leave out the lines of a JSONL file that name the person; gives how many."""
    kept, gone = [], 0
    with path.open(encoding="utf-8") as file:
        for line in file:
            if _names(line, person):
                gone += 1
            else:
                kept.append(line)
    if gone:
        write_whole(path, "".join(kept))
    return gone


def _names(line: str, person: Person) -> bool:
    try:
        told = json.loads(line)
    except ValueError:
        return person.found_in(line)
    return clean(told, person) != told or any(person.is_named(one) for one in _cells(told))


def _cells(told: Any) -> list[Any]:
    """The cells of a rejected row."""
    row = told.get("row") if isinstance(told, dict) else None
    return list(row.values()) if isinstance(row, dict) else []


def clean(told: Any, person: Person) -> Any:
    """A document without the person; an object that names it loses what is said of it, too."""
    if isinstance(told, str):
        return person.masked(told)
    if isinstance(told, list | tuple):
        if _is_own(told, person):
            return [_own_cell(one, person) for one in told]
        return [clean(one, person) for one in told]
    if not isinstance(told, dict):
        return told
    own = any(name in NAMED_BY and person.is_named(value) for name, value in told.items())
    return {
        person.masked(str(name)): _said(name, value, person, own=own)
        for name, value in told.items()
    }


def _is_own(row: list[Any] | tuple[Any, ...], person: Person) -> bool:
    """Whether a row of cells is of the person: a short code alone might be anything."""
    words = [one for one in row if isinstance(one, str)]
    if not any(map(person.is_named, words)):
        return False
    return is_telling(person.customer_id) or any(
        one in person.values or one in person.remarks for one in words
    )


def _own_cell(value: Any, person: Person) -> Any:
    if not isinstance(value, str):
        return clean(value, person)
    if person.is_named(value):
        return person.key
    return MASK if value in person.values else person.masked(value)


def _said(name: str, value: Any, person: Person, *, own: bool) -> Any:
    if name in NAMED_BY and person.is_named(value):
        return person.key
    if own and name in _SPOKEN and isinstance(value, str) and value:
        return MASK
    return clean(value, person)


def log(path: Path, person: Person) -> int:
    """Strike the person out of a log that others may be writing to: in place, length for length."""
    count = 0
    with path.open("r+b") as file:
        while line := file.readline():
            text = line.decode("utf-8", "surrogateescape")
            if not person.found_in(text) or person.pattern is None:
                continue
            struck = person.pattern.sub(
                lambda hit: "*" * len(hit.group().encode("utf-8", "surrogateescape")), text
            )
            end = file.tell()
            file.seek(end - len(line))
            file.write(struck.encode("utf-8", "surrogateescape"))
            file.seek(end)
            count += 1
        file.flush()
        os.fsync(file.fileno())
    return count


def delta_sizes(folder: Path) -> None:
    """Have a Delta table's log say the sizes that its files have now, after they were rewritten.

    Checkpoints, which repeat the log, are removed: the log itself is kept whole.
    """
    log_ = folder / "_delta_log"
    changed = False
    for entry in sorted(log_.glob("*.json")):
        actions = [json.loads(line) for line in entry.read_text(encoding="utf-8").splitlines()]
        before = json.dumps(actions)
        for action in actions:
            if (added := action.get("add")) and (file := folder / added["path"]).exists():
                added["size"] = file.stat().st_size
        if json.dumps(actions) != before:
            write_whole(
                entry, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in actions)
            )
            changed = True
    if changed:
        (log_ / "_last_checkpoint").unlink(missing_ok=True)
        for entry in log_.glob("*.checkpoint*.parquet"):
            entry.unlink()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
