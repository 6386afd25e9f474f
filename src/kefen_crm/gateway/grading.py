"""Schemes and runs of the engine, in the shapes the site keeps them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen import schemes
from kefen.errors import RunError
from kefen.run import grade_many, open_run, runs
from kefen.run.record import class_key
from kefen.run.source import day_of
from kefen.schemes.lapse import LAPSED, LAST, STATE, WORTH, starts
from kefen.schemes.overrides import Override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from kefen.ledger import Ledger
    from kefen.run import Progress, Run
    from kefen.schemes import Scheme

__all__ = [
    "Before",
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


def classes_of(run: Run) -> pl.DataFrame:
    """The class of each customer, `code`, as the site keeps it.

    `class_key` (`LAPSED`, null = unrated), `computed_key` (without a person's decision), `held_by`
    (cap, hysteresis, override or nothing), `pending`, `score`, `detail` as JSON text, of the lapsed
    with `last_purchase` and `past_worth`.
    """
    return shaped(run.classes.lazy(), run.classes.columns, run.scheme, run.as_of)


def shaped(rows: pl.LazyFrame, columns: Sequence[str], scheme: Scheme, as_of: date) -> pl.DataFrame:
    """Rows of a run's classes as the site keeps them, see `classes_of`."""
    extra = [c for c in DETAILS.get(scheme.method, ()) if c in columns]
    detail = pl.struct(extra).struct.json_encode() if extra else pl.lit("{}")
    key = class_key(columns)
    if LAST in columns:
        past = [*extra, pl.col(LAST).cast(pl.String), pl.col(WORTH).cast(pl.String)]
        lapsed = pl.col(STATE) == "lapsed"
        detail = pl.when(lapsed).then(pl.struct(past).struct.json_encode()).otherwise(detail)
    held = pl.col("held_by").fill_null("") if "held_by" in columns else pl.lit("")
    computed = pl.col("computed") if "computed" in columns else pl.col("class")
    if LAST in columns and (began := starts(scheme, as_of)):
        lapsed = computed.is_null() & (pl.col(LAST) < max(began))
        computed = pl.when(lapsed).then(pl.lit(LAPSED)).otherwise(computed)
    pending = pl.col("pending").fill_null(0) if "pending" in columns else pl.lit(0)
    return rows.select(
        pl.col("customer_id").alias("code"),
        key.alias("class_key"),
        pl.when(held == "override").then(computed).otherwise(key).alias("computed_key"),
        held.alias("held_by"),
        pending.cast(pl.Int16).alias("pending"),
        pl.col("score").cast(pl.Float64),
        detail.alias("detail"),
    ).collect()
