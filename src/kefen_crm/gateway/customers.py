"""Customers with their figures, read from the ledger for the site's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from kefen import indicators
from kefen.indicators import Request
from kefen.ledger.bringers import known_by_others
from kefen.ledger.reading.texts import LONGEST_ID
from kefen.period import Window
from kefen_crm.gateway.feeding import SITE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    import ibis.expr.types as ir

    from kefen.ledger import Ledger

TEXTS = (
    "name", "phone", "email", "contact", "address", "region", "province", "city", "industry",
    "size", "customer_type", "source_channel", "status", "note", "owner_name",
)  # fmt: skip
DATES = ("registered_on", "founded_on", "birthday")
CREDIT = ("credit_limit", "credit_days")
FIGURES = ("sales", "profit", "orders", "first_order_on", "last_order_on")
"""They stay from day to day, but for those with a fact that enters or leaves the window."""
LONGEST_NAME: Final = LONGEST_ID
"""Characters of a customer's code and name, in NFKC; the ledger refuses who has more."""
WINDOW = Window.parse("12m")
_REQUESTS = [Request(name, WINDOW) for name in FIGURES]
_ROWS = 25_000
"""So many customers are read at once; with more the engine holds more, and saves nothing."""


def changed_since(
    ledger: Ledger,
    version: int,
    step: str,
    days: tuple[date, date],
    others: Collection[str],
) -> tuple[ir.Table, pl.Series] | None:
    """Of whom `read` may tell otherwise than of that version, and `others`.

    `days`: as of which it told then, and does now. For `read`, and their codes. None where they
    are many, or that version is not known any more.
    """
    day = indicators.AnotherDay(_REQUESTS, *days)
    people = indicators.changed_since(ledger, version, step, others, day)
    if people is None:
        return None
    codes = pl.from_arrow(ledger.engine.fetch(people.select("customer_id")))
    assert isinstance(codes, pl.DataFrame)
    return people, codes.to_series().rename("code")


def read(ledger: Ledger, as_of: date, people: ir.Table | None = None) -> Iterator[pl.DataFrame]:
    """One row a customer: `code`, TEXTS ("" when unknown), DATES, CREDIT, `attributes`, FIGURES.

    Figures are over the twelve months before `as_of`; money is decimal(18,2) in base currency.
    With `people`, see `changed_since`, of these. They come so many at once, in any order; the
    ledger is asked nothing else meanwhile.
    """
    known = ledger.table("customers").rename(owner_name="owner")
    profile = known.select("customer_id", *TEXTS, *DATES, *CREDIT, "attributes")
    if people is None:
        figures = indicators.compute(ledger, _REQUESTS, as_of)
    else:
        figures = indicators.compute_of(ledger, _REQUESTS, as_of, people)
        profile = profile.semi_join(people, "customer_id")
    for rows in ledger.engine.batches(profile.join(figures, "customer_id", how="left"), _ROWS):
        frame = pl.from_arrow(rows)
        assert isinstance(frame, pl.DataFrame)
        yield _shown(frame)


def _shown(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.rename({"customer_id": "code"})
        .with_columns(
            pl.col(*TEXTS).fill_null(""),
            pl.col("attributes").fill_null("{}"),
        )
        .with_columns(pl.when(pl.col("name") == "").then("code").otherwise("name").alias("name"))
        .sort("code")
    )


def known_by_the_site_alone(ledger: Ledger, codes: Collection[str]) -> set[str]:
    """Those of these customers that nothing tells of but what was written on the site."""
    return set(codes) - known_by_others(ledger, codes, SITE) if codes else set()
