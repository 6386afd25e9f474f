"""Whom somebody means: a customer of a run by its id or its name."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.errors import RunError
from kefen.ledger.facts import KINDS
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from kefen.run.classified import Classified

NEAR: Final = 3
"""So many are offered."""
_LOOKED_AT: Final = 2_000
_LONGEST: Final = 100
_LIKE: Final = 0.4


def find(run: Classified, text: str) -> str:
    """The id of the customer called so: an id as it is, or a name, capitals and spaces aside.

    Raises:
        RunError: `customer-ambiguous` where several have the name; `unknown-customer-near` with
            those that look alike, and `unknown-customer` where none does.
    """
    if run.classes.row(customer_id=text) is not None:
        return text
    known = _names(run)
    wanted = _plain(text)
    same = known.filter(
        (pl.col("plain") == wanted) | (pl.col("customer_id").str.to_lowercase() == wanted)
    )
    if same.height == 1:
        return str(same["customer_id"][0])
    if same.height:
        raise RunError(
            "customer-ambiguous", customer=text, near=_shown(same.head(NEAR)), count=same.height
        )
    near = _near(known, wanted)
    if not near:
        raise RunError("unknown-customer", customer=text, run=run.id)
    raise RunError("unknown-customer-near", customer=text, run=run.id, near=near)


def is_heading(text: str) -> bool:
    """Whether a text is what a column of customers is called, not a customer.

    >>> is_heading("客户编号"), is_heading("K1")
    (True, False)
    """
    columns = (KINDS["customers"].column(name) for name in ("customer_id", "name"))
    words = (word for one in columns for word in (one.name, *one.label.values(), *one.synonyms))
    return normal(text) in map(normal, words)


def _names(run: Classified) -> pl.DataFrame:
    """`customer_id`, `name` and `plain`, the name in small letters without spaces."""
    ids = run.classes.lazy().select("customer_id").collect()
    empty = pl.lit(None, dtype=pl.String)
    named = ids.with_columns(name=empty)
    if run.ledger is not None:
        customers = run.ledger.table("customers").select("customer_id", "name")
        found = pl.DataFrame(run.ledger.engine.fetch(customers))
        named = ids.join(found, on="customer_id", how="left")
    plain = pl.col("name").fill_null("").str.to_lowercase().str.replace_all(r"\s+", "")
    return named.with_columns(plain=plain).sort("customer_id")


def _near(known: pl.DataFrame, wanted: str) -> list[str]:
    """Those that hold the text, else those that look most like it."""
    if not wanted:
        return []
    short = wanted[:_LONGEST]
    small = pl.col("customer_id").str.to_lowercase()
    holds = pl.col("plain").str.contains(short, literal=True) | small.str.contains(
        short, literal=True
    )
    inside = known.filter(holds).head(NEAR)
    if inside.height:
        return _shown(inside)
    pairs = {short[at : at + 2] for at in range(len(short) - 1)} or {short}
    alike = pl.any_horizontal(
        *(
            column.str.contains(pair, literal=True)
            for pair in sorted(pairs)
            for column in (pl.col("plain"), small)
        )
    )
    others = known.filter(alike).head(_LOOKED_AT)
    scored = sorted(
        (
            (max(_ratio(short, row["plain"]), _ratio(short, row["customer_id"].lower())), row)
            for row in others.to_dicts()
        ),
        key=lambda pair: (-pair[0], pair[1]["customer_id"]),
    )
    return [_called(row) for score, row in scored if score >= _LIKE][:NEAR]


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other[:_LONGEST]).ratio()


def _shown(rows: pl.DataFrame) -> list[str]:
    return [_called(row) for row in rows.to_dicts()]


def _called(row: dict[str, str | None]) -> str:
    """An id and the name behind it, or one alone where both are the same."""
    known, name = row["customer_id"], row["name"]
    return f"{known} ({name})" if name and name != known else str(known)


def _plain(text: str) -> str:
    return "".join(text.lower().split())
