"""Facts into the ledger and out of it, batch by batch and page by page, for the API."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

import kefen
from kefen.errors import KefenError
from kefen.ledger.facts import BATCH_ID, COUNTED, KINDS, Kind
from kefen.ledger.facts import kind as kind_called
from kefen.ledger.options import (
    Blanks,
    DateOrder,
    Decimal,
    KnownKeys,
    RepeatedLines,
    SharedCodes,
    given,
)
from kefen.ledger.reading.column_mapping import words
from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.texts import clean_id, trimmed
from kefen.ledger.several import Import
from kefen_crm.gateway.ledger import opened

__all__ = [
    "NAMES",
    "Batch",
    "Blanks",
    "DateOrder",
    "Decimal",
    "KnownKeys",
    "Loaded",
    "RepeatedLines",
    "Sent",
    "SharedCodes",
    "Wanted",
    "batch",
    "batches",
    "given",
    "key_types",
    "knows",
    "load",
    "page",
    "rejections",
    "remove",
    "type_of",
    "undo",
    "unknown_fields",
]

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
    from typing import BinaryIO

    import ibis.expr.types as ir
    import pyarrow as pa

    from kefen.ledger import Batch, Ledger
    from kefen.ledger.facts import Column
    from kefen.ledger.reading import Rejection

NAMES = tuple(KINDS)
"""The kinds of fact."""
_PARTS_OF_CENTS = r"^[+-]?\d+[.,](?:\d{2}[1-9]\d+|\d{3,}[1-9]\d*)$"
_SHOWN = 5
PATIENCE = 5.0
"""Seconds that taking back waits for another writer before it is answered `ledger-busy`."""


@dataclass(frozen=True)
class Loaded:
    """A batch that landed, the first of its rejections, and the headings nothing was done with."""

    batch: Batch
    rejections: list[Rejection]
    ignored: list[str]
    notices: list[Notice] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """A file of facts that a program sent, by whom and how it is to be read.

    The name of the file says who sends it: the same content of another name is another batch.
    `table`: it is a Parquet file of texts that Kefen itself has made of what was sent.
    """

    kind: str
    file: BinaryIO
    by: str
    options: Mapping[str, Any]
    table: bool = False

    def wanted(self) -> Import:
        """What the ledger is asked for."""
        source = pq.read_table(self.file) if self.table else self.file
        name = str(self.file.name)
        options = {**self.options, "repeated_keys": "last"}
        return Import(source, self.kind, self.by, "API", name, options)

    def notices(self) -> Iterator[Notice]:
        """What of rows of JSON is kept otherwise than sent: parts of cents, and signs of codes."""
        if not self.table:
            return
        self.file.seek(0)
        sent = pq.read_table(self.file)
        for name in sent.column_names:
            column = column_of(self.kind, name)
            if column is not None and column.type == "money":
                yield from _rounded(name, sent[name])
            elif column is not None and column.name.endswith("_id"):
                yield from _written_otherwise(name, sent[name])


@dataclass(frozen=True)
class Wanted:
    """Which facts: of these customers (None: of all), of the days from `since` before `until`."""

    customers: Collection[str] | None
    since: date | None = None
    until: date | None = None


def _rounded(name: str, texts: pa.ChunkedArray) -> Iterator[Notice]:
    parts = texts.filter(pc.match_substring_regex(texts, _PARTS_OF_CENTS))
    if len(parts):
        data = {"count": len(parts), "column": name, "value": parts[0].as_py()}
        yield Notice("amounts-rounded", data)


def _written_otherwise(name: str, texts: pa.ChunkedArray) -> Iterator[Notice]:
    told = pl.Series(name, texts, dtype=pl.String).unique(maintain_order=True).drop_nulls()
    kept = clean_id(trimmed(told))
    other = pl.DataFrame({"told": told, "kept": kept}).filter(pl.col("told") != pl.col("kept"))
    if other.height:
        first = other.row(0)
        data = {"count": other.height, "column": name, "value": first[0], "kept": first[1]}
        yield Notice("codes-written-otherwise", data)


def unknown_fields(kind: str, ignored: Sequence[str]) -> list[Notice]:
    """A notice of fields that facts of this kind do not have, with the known ones near the first.

    >>> unknown_fields("orders", ["statuss"])[0].data["near"][0]
    'status'
    """
    if not ignored:
        return []
    near = get_close_matches(ignored[0], [one.name for one in kind_called(kind).columns], 3, 0.0)
    data = {"fields": list(ignored[:_SHOWN]), "count": len(ignored), "kind": kind, "near": near}
    return [Notice("fields-unknown", data)]


def knows(kind: str, field: str) -> bool:
    """Whether a field is a column of the kind, in any of the words for it."""
    return normal(field) in words(kind)


def type_of(kind: str, field: str) -> str:
    """The type of the column that a field is called by, such as `date`; empty for none."""
    found = column_of(kind, field)
    return found.type if found else ""


def column_of(kind: str, field: str) -> Column | None:
    """The column that a field is called by; None for none."""
    found = words(kind).get(normal(field))
    return kind_called(kind).column(found[1]) if found else None


def load(
    ledger: Ledger, sent: Sequence[Sent], told: int, patience: float
) -> Generator[Loaded | KefenError]:
    """Import files one after the other, each as one batch; gives it, or why there is none.

    `told` rejections come with each at most. Another writer is waited for `patience` seconds.

    Raises:
        LedgerError: `ledger-busy`.
    """
    with closing(ledger.load_each((one.wanted() for one in sent), patience)) as landed:
        for batch, one in zip(landed, sent, strict=False):
            if isinstance(batch, KefenError):
                yield batch
                continue
            refused = ledger.rejections(batch.id, most=told) if batch.rejected else []
            # What a customers file says beyond the known columns is kept as attributes.
            ignored = [] if batch.kind == "customers" else list(batch.unmapped)
            notices = [] if batch.already else list(one.notices())
            yield Loaded(batch, refused, ignored, notices)


def remove(ledger: Ledger, kind: str, key: str, by: str, *, cancel: bool, patience: float) -> Batch:
    """Take one fact out by its number, or cancel it.

    Raises:
        LedgerError: `unknown-fact`, `not-removable`, `not-cancellable`, `ledger-busy`.
    """
    return ledger.remove(kind, [key], cancel=cancel, by=by, note="API", patience=patience)


def undo(ledger: Ledger, batch_id: str, by: str) -> Batch:
    """Take a batch back; LedgerError `unknown-batch`, `already-undone`, `ledger-busy`."""
    return ledger.undo(batch_id, by=by, patience=PATIENCE)


def batches() -> list[Batch]:
    """Every batch, newest first."""
    return kefen.open(settings.KEFEN_DATA).history()[::-1]


def batch(batch_id: str) -> Batch:
    """One batch; LedgerError `unknown-batch`."""
    return kefen.open(settings.KEFEN_DATA).batch(batch_id)


def rejections(batch_id: str, start: int, most: int) -> list[Rejection]:
    """The rows of a batch that were refused, by line: from `start` on, at most so many."""
    return kefen.open(settings.KEFEN_DATA).rejections(batch_id, start=start, most=most)


def key_types(kind: str) -> list[type]:
    """The types of the parts of a fact's place in its list, as JSON has them."""
    found = kind_called(kind)
    integers = {"integer"}
    return [int if found.column(name).type in integers else str for name in _order(found)]


def page(
    kind: str, wanted: Wanted, after: Sequence[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], list[list[Any]]]:
    """Facts of a kind, newest first (those without a date by key), and the place of each.

    `after` is the place of the last fact seen; its parts are of `key_types`.
    """
    found = kind_called(kind)
    names = _order(found)
    with opened() as ledger:
        rows = _narrowed(ledger.table(kind, whole=True), found, wanted)
        if after:
            rows = rows.filter(_beyond(rows, found, names, after))
        by = [rows[name].desc() if found.date_column else rows[name].asc() for name in names]
        chosen = rows.order_by(by).limit(limit).to_polars().to_dicts()
    places = [[_plain(row[name]) for name in names] for row in chosen]
    return [_fact(row) for row in chosen], places


def _order(kind: Kind) -> tuple[str, ...]:
    return (kind.date_column, *kind.key) if kind.date_column else kind.key


def _narrowed(rows: ir.Table, kind: Kind, wanted: Wanted) -> ir.Table:
    customer = rows[kind.customer_column]
    if wanted.customers is not None:
        rows = rows.filter(customer.isin(sorted(wanted.customers)))
    if kind.date_column:
        day = rows[kind.date_column]
        if wanted.since:
            rows = rows.filter(day >= wanted.since)
        if wanted.until:
            rows = rows.filter(day < wanted.until)
    return rows


def _beyond(rows: ir.Table, kind: Kind, names: Sequence[str], after: Sequence[Any]) -> Any:
    """Whether a fact comes after a place: decided by the first part that differs."""
    condition: Any = ibis.literal(value=False)
    for name, told in reversed(list(zip(names, after, strict=True))):
        value = date.fromisoformat(told) if name == kind.date_column else told
        column = rows[name]
        further = column < value if kind.date_column else column > value
        condition = further | ((column == value) & condition)
    return condition


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _fact(row: dict[str, Any]) -> dict[str, Any]:
    fact = {name: value for name, value in row.items() if name != BATCH_ID}
    if fact.get("attributes"):
        fact["attributes"] = json.loads(fact["attributes"])
    if COUNTED in fact:
        fact[COUNTED] = fact[COUNTED] is not False
    return fact | {"batch": row[BATCH_ID]}
