"""Schemes and runs of the engine, in the shapes the site keeps them."""

from __future__ import annotations

import filecmp
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen import schemes
from kefen.errors import RunError
from kefen.run import grade_many, open_run, runs
from kefen.run.record import CLASSES, class_key
from kefen.run.source import day_of
from kefen.schemes.lapse import LAPSED, LAST, STATE, WORTH, starts
from kefen.schemes.overrides import Override

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from kefen.ledger import Ledger
    from kefen.run import Progress, Run
    from kefen.schemes import Scheme

__all__ = [
    "Before",
    "Classes",
    "Document",
    "Override",
    "Progress",
    "Run",
    "classes_of",
    "day",
    "document",
    "grade",
    "open_run",
    "ready",
    "runs",
    "shaped",
    "starters",
]

DETAILS = {"rfm": ("r", "f", "m")}
"""Method columns a list is filtered by, kept beside each class."""
_ROWS = 100_000
"""So many customers are read at once."""


@dataclass(frozen=True)
class Document:
    """A scheme as the site keeps it: the canonical document, its classes and its hash."""

    name: str
    document: dict[str, Any]
    class_list: list[dict[str, Any]]
    digest: str


def document(source: Any) -> Document:
    """Read a scheme document; SchemeError with every fault it has."""
    scheme = schemes.load(source)
    classes = [
        {"key": scheme.class_(key).key, "title": scheme.class_(key).title.model_dump()}
        for key in scheme.keys()  # noqa: SIM118  # a scheme is no mapping
    ]
    return Document(scheme.name, scheme.dump(), classes, scheme.hash)


def ready() -> list[Document]:
    """The schemes that come with Kefen, to begin a new one from."""
    return [document(scheme) for scheme in schemes.builtin()]


def starters() -> list[Document]:
    """Those of them that a new company begins with."""
    return [document(scheme) for scheme in schemes.starters()]


@dataclass(frozen=True)
class Before:
    """What a run of a scheme takes over: the id of the run before, and what people decided."""

    run: str | None = None
    overrides: tuple[Override, ...] = ()


def day(ledger: Ledger, as_of: date | None) -> date:
    """The as-of date of a run; the day after the last sale when none is given.

    Raises:
        RunError: `nothing-sold`, `as-of-ahead`.
    """
    return day_of(ledger, as_of)


def grade(
    ledger: Ledger,
    documents: list[dict[str, Any]],
    as_of: date,
    before: Mapping[str, Before],
    tell: Callable[[Progress], object],
) -> list[Run]:
    """Carry schemes out on the ledger, reading the facts once; one run each, perhaps failed.

    `before` goes by the names of schemes. What is said of a run that is no longer kept is passed
    over.
    """
    known = {}
    for name, one in before.items():
        with suppress(RunError):
            if one.run:
                known[name] = open_run(ledger, one.run)
    decided = {name: one.overrides for name, one in before.items()}
    return grade_many(ledger, documents, as_of, known, decided, progress=tell)


@dataclass(frozen=True)
class Classes:
    """Classes of customers as the site keeps them, read where they are asked for.

    Attributes:
        rows: of each customer `code`, `class_key` (`LAPSED`, null = unrated), `computed_key`
            (without a person's decision), `held_by` (cap, hysteresis, override or nothing),
            `pending`, `score`, `detail` as JSON text, of the lapsed with `last_purchase` and
            `past_worth`.
        compared: the same with what `detail` is made of instead; equal where `rows` are.
        file: what they are read from, None for rows at hand.
        basis: what else they follow from.
    """

    rows: pl.LazyFrame
    compared: pl.LazyFrame
    file: Path | None = None
    basis: str = ""

    @property
    def count(self) -> int:
        """How many customers there are."""
        return int(self.rows.select(pl.len()).collect().item())

    def same_as(self, other: Classes) -> bool:
        """Whether both are read from alike files to the same, which needs no reading of rows."""
        if self.file is None or other.file is None or self.basis != other.basis:
            return False
        return filecmp.cmp(self.file, other.file, shallow=False)

    def of(self, codes: Collection[str]) -> pl.DataFrame:
        """Of these customers."""
        return self.rows.filter(pl.col("code").is_in(list(codes))).collect()

    def parts(self) -> Iterator[pl.DataFrame]:
        """All of them, so many at once."""
        for first in range(0, self.count, _ROWS):
            yield self.rows.slice(first, _ROWS).collect()


def classes_of(run: Run) -> Classes:
    """The class of each customer by a run."""
    frame = run.classes
    rows, columns = frame.lazy(), frame.columns
    kept, pieces = _kept(columns, run.scheme, run.as_of), _pieces(columns, run.scheme)
    file = run.folder / CLASSES
    return Classes(
        rows.select(*kept, _detail(pieces).alias("detail")),
        rows.select(*kept, **pieces),
        file if file.is_file() else None,
        f"{run.scheme.hash} {run.as_of}",
    )


def shaped(rows: pl.LazyFrame, columns: Sequence[str], scheme: Scheme, as_of: date) -> pl.DataFrame:
    """Rows of a run's classes as the site keeps them, see `Classes`."""
    detail = _detail(_pieces(columns, scheme))
    return rows.select(*_kept(columns, scheme, as_of), detail.alias("detail")).collect()


def _kept(columns: Sequence[str], scheme: Scheme, as_of: date) -> list[pl.Expr]:
    key = class_key(columns)
    held = pl.col("held_by").fill_null("") if "held_by" in columns else pl.lit("")
    computed = pl.col("computed") if "computed" in columns else pl.col("class")
    if LAST in columns and (began := starts(scheme, as_of)):
        lapsed = computed.is_null() & (pl.col(LAST) < max(began))
        computed = pl.when(lapsed).then(pl.lit(LAPSED)).otherwise(computed)
    pending = pl.col("pending").fill_null(0) if "pending" in columns else pl.lit(0)
    return [
        pl.col("customer_id").alias("code"),
        key.alias("class_key"),
        pl.when(held == "override").then(computed).otherwise(key).alias("computed_key"),
        held.alias("held_by"),
        pending.cast(pl.Int16).alias("pending"),
        pl.col("score").cast(pl.Float64),
    ]


def _pieces(columns: Sequence[str], scheme: Scheme) -> dict[str, pl.Expr]:
    """What the detail of a class is made of, by the name it has there."""
    pieces = {name: pl.col(name) for name in DETAILS.get(scheme.method, ()) if name in columns}
    if LAST in columns:
        lapsed = pl.col(STATE) == "lapsed"
        pieces |= {name: pl.when(lapsed).then(name) for name in (LAST, WORTH)}
        pieces[STATE] = lapsed
    return pieces


def _detail(pieces: dict[str, pl.Expr]) -> pl.Expr:
    """The detail as JSON text."""
    every = {name: one.alias(name) for name, one in pieces.items() if name != STATE}
    every |= {name: every[name].cast(pl.String) for name in (LAST, WORTH) if name in every}
    extra = [one for name, one in every.items() if name not in {LAST, WORTH}]
    detail = pl.struct(extra).struct.json_encode() if extra else pl.lit("{}")
    if STATE in pieces:
        past = pl.struct(every.values()).struct.json_encode()
        return pl.when(pieces[STATE]).then(past).otherwise(detail)
    return detail
