"""Facts of the ledger that say the same as others: customer, day and money."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import ibis
import polars as pl

from kefen.ledger.facts import kind as kind_of
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from decimal import Decimal

    Looks = tuple[str, date, Decimal]
    """A customer's code, a day, money in the base currency."""

_OURS: Final = "N-"
"""The beginning of the numbers of facts noted on the site."""


def same(kind: str, looks: Collection[Looks]) -> dict[Looks, list[str]]:
    """The numbers of the facts of a kind that look so and were not noted on the site.

    Of orders also those that are known by their lines, which add up to the money.
    """
    if not looks:
        return {}
    columns: dict[str, Any] = {"code": pl.String, "day": pl.Date, "money": pl.Decimal(18, 2)}
    wanted = ibis.memtable(pl.DataFrame(sorted(looks), columns, orient="row"))
    found: dict[Looks, list[str]] = {}
    with opened() as ledger:
        for name in (kind, "order_lines") if kind == "orders" else (kind,):
            if not ledger.count(name):
                continue
            about, rows = kind_of(name), ledger.table(name)
            rows = rows.semi_join(wanted, rows.customer_id == wanted.code)
            rows = rows.select(
                number=rows[about.key[0]],
                code=rows.customer_id,
                day=rows[about.date_column],
                money=rows.amount,
            )
            if name == "order_lines":
                rows = rows.group_by("number", "code", "day").aggregate(money=rows.money.sum())
                rows = rows.mutate(money=rows.money.cast("decimal(18, 2)"))
            rows = rows.filter(~rows.number.startswith(_OURS))
            alike = rows.semi_join(wanted, ["code", "day", "money"])
            for row in ledger.engine.fetch(alike.distinct()).to_pylist():
                look = (row["code"], row["day"], row["money"])
                found.setdefault(look, []).append(row["number"])
    return {look: sorted(set(numbers)) for look, numbers in found.items()}
