"""Whether customers can be reached: an owner, a channel, and leave to be contacted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from kefen.run import Frame, Run

CONSENT: Final = (
    *("consent", "marketing_consent", "opt_in", "optin", "marketing_opt_in"),
    *("同意营销", "营销同意", "接受营销", "营销许可", "同意联系", "是否同意营销", "是否接受营销"),
)
"""Attributes of a customers' file that say whether one may contact them."""
YES: Final = ("yes", "y", "true", "1", "是", "同意", "接受", "有")


@dataclass(frozen=True)
class Reach:
    """Customers and those of them who can be reached, by class.

    Attributes:
        table: `class`, `customers`, and how many of them have an `owner`, a `channel`, and
            gave `consent` (null where the file has no such attribute).
        consent: the attribute that says so.
    """

    table: list[dict[str, Any]]
    titles: dict[str, dict[str, str]]
    consent: str | None

    def share(self, name: str, key: str | None = None) -> float | None:
        """The part of the rated customers, or of one class, with an owner, channel or consent."""
        rows = [
            row
            for row in self.table
            if row["class"] is not None and (key is None or row["class"] == key)
        ]
        whole = sum(row["customers"] for row in rows)
        counts = [row[name] for row in rows if row[name] is not None]
        return sum(counts) / whole if whole and counts else None

    def rows(self, name: str) -> tuple[dict[str, Any], ...]:
        """By class: how many, and which part of them."""
        return tuple(
            {
                "class": row["class"],
                "title": self.titles[row["class"]],
                "customers": row["customers"],
                "reached": row[name],
                "share": row[name] / row["customers"] if row[name] is not None else None,
            }
            for row in self.table
            if row["class"] is not None and row["customers"]
        )


def reach(run: Run, rows: Frame) -> Reach:
    """Look up the customers of a run in the customers' file as it was when it ran."""
    titles = {p.key: {"zh": p.title.zh, "en": p.title.en} for p in run.scheme.classes}
    if run.ledger is None:
        return Reach([], titles, None)
    ledger = run.ledger.at(run.ledger_version)
    c = ledger.table("customers")
    customers = c.select(
        "customer_id",
        "attributes",
        owner=c.owner.notnull(),
        channel=c.phone.notnull() | c.email.notnull() | c.address.notnull(),
    )
    people = ledger.table("contacts")
    contacts = people.filter(people.phone.notnull() | people.email.notnull())
    on_file = pl.DataFrame(ledger.engine.fetch(customers))
    by_contact = pl.DataFrame(ledger.engine.fetch(contacts.select("customer_id").distinct()))
    consent = _attribute(on_file["attributes"])
    known = on_file.select(
        "customer_id",
        "owner",
        pl.col("channel") | pl.col("customer_id").is_in(by_contact["customer_id"].implode()),
        _said_yes(consent).alias("consent"),
    )
    places = {key: place for place, key in enumerate(run.scheme.keys())}
    table = (
        rows.lazy()
        .select("customer_id", "class")
        .collect()
        .join(known, on="customer_id", how="left")
        .group_by("class")
        .agg(
            pl.len().alias("customers"),
            pl.col("owner").sum(),
            pl.col("channel").sum(),
            pl.when(pl.col("consent").null_count() < pl.len())
            .then(pl.col("consent").sum())
            .alias("consent"),
        )
        .to_dicts()
    )
    ordered = sorted(table, key=lambda row: places.get(row["class"], len(places)))
    return Reach(ordered, titles, consent)


def _attribute(attributes: pl.Series) -> str | None:
    """The attribute that says whether one may contact a customer, if the file has one."""
    texts = attributes.drop_nulls()
    for name in CONSENT:
        written = json.dumps(name, ensure_ascii=False)
        if texts.str.contains(written, literal=True).any():
            return name
    return None


def _said_yes(consent: str | None) -> pl.Expr:
    if consent is None:
        return pl.lit(None, dtype=pl.Boolean)
    value = pl.col("attributes").str.json_path_match(f"$['{consent}']")
    return value.str.strip_chars().str.to_lowercase().is_in(YES).fill_null(value=False)
