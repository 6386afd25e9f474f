"""Money month by month: by class for all customers, and for one customer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from kefen.indicators.facts import Facts
from kefen.period import months_before
from kefen.pictures.filters import UNRATED
from kefen.pictures.kinds import Picture, counted

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger as FactsOf
    from kefen.ledger import Ledger
    from kefen.ledger.customer_reader import CustomerReader
    from kefen.ledger.sales import Span
    from kefen.run import Run

SALES = {"zh": "销售额", "en": "Sales"}


def classes_over_time(ledger: Ledger, run: Run, months: int = 24) -> Picture:
    """Sales less returns of each calendar month, by the class customers have in `run`.

    The months are the last `months` up to the run's as-of date, from the first sale on; the last
    may be only begun.
    """
    names, start = _calendar(ledger.span(), run.as_of, months)
    known = run.classes.lazy().select("customer_id", run.key.alias("class"))
    classes = ibis.memtable(known.collect().to_arrow())
    facts = _monthly(ledger, start, run.as_of)
    joined = facts.join(classes, facts.customer_id == classes.customer_id)
    table = joined.group_by("class", "month").agg(amount=joined.amount.sum())
    sums = {(row["class"] or UNRATED, row["month"]): float(row["amount"]) for row in _rows(table)}
    kinds = [
        kind | {"values": [sums.get((kind["key"], month), 0.0) for month in names]}
        for kind in counted(run)
    ]
    return {
        "type": "stacked",
        "title": {"zh": "各类客户的月度销售额", "en": "Monthly sales by class"},
        "unit": "money",
        "months": names,
        "classes": [kind for kind in kinds if kind["index"] or any(kind["values"])],
        "empty": not sums,
    }


def monthly(
    ledger: Ledger, customer_id: str, months: int = 24, as_of: date | None = None
) -> Picture:
    """One customer's sales less returns of each of the last `months` up to `as_of`.

    They begin no sooner than the ledger's first sale. Without `as_of`, up to its last sale.
    """

    def amounts(start: date, end: date) -> pl.DataFrame:
        facts = _monthly(ledger, start, end)
        return pl.DataFrame(ledger.engine.fetch(facts.filter(facts.customer_id == customer_id)))

    return _pictured(ledger.span(), months, as_of, amounts)


def monthly_of(reader: CustomerReader, months: int = 24) -> Picture:
    """As `monthly`, of the customer that a reader looks at, up to the ledger's last sale."""

    def amounts(start: date, end: date) -> pl.DataFrame:
        [rows] = reader.ask(
            ("monthly", start, end), lambda part: [part.own(_monthly(part, start, end))]
        )
        return rows

    return _pictured(reader.span(), months, None, amounts)


def _pictured(
    span: Span | None,
    months: int,
    as_of: date | None,
    amounts: Callable[[date, date], pl.DataFrame],
) -> Picture:
    """The picture of `month` and `amount` between two days."""
    end = as_of or (span[1] + timedelta(days=1) if span else None)
    sums: dict[str, float] = {}
    names: list[str] = []
    if end is not None:
        names, start = _calendar(span, end, months)
        rows = amounts(start, end).select("month", "amount").rows()
        sums = {month: float(amount) for month, amount in rows}
    values = [sums.get(month, 0.0) for month in names]
    return {
        "type": "line",
        "title": {"zh": "每月购买", "en": "Monthly purchases"},
        "unit": "money",
        "x": names,
        "series": [{"title": SALES, "values": values, "as": "bar"}],
        "empty": not sums,
    }


def _calendar(span: Span | None, end: date, months: int) -> tuple[list[str], date]:
    """The last `months` calendar months before `end` (exclusive), and the first day of them.

    Months before the ledger's first sale are left out: they would only say that nobody counted.
    """
    last = (end - timedelta(days=1)).replace(day=1)
    first = min(span[0].replace(day=1), last) if span else date.min
    back = (months_before(last, ago) for ago in range(months - 1, -1, -1))
    days = [day for day in back if day >= first]
    return [f"{day:%Y-%m}" for day in days], days[0]


def _monthly(ledger: FactsOf, start: date, end: date) -> ir.Table:
    """Sales and returned money of `[start, end)`: customer_id, month as `2025-01`, amount."""
    facts = Facts(ledger)
    sales = facts.sales([], start, end)
    rows = sales.select(
        "customer_id", month=sales.ordered_on.strftime("%Y-%m"), amount=sales.amount
    )
    if facts.has_returns:
        back = facts.returns(["returned_on"], start, end)
        month = back.returned_on.strftime("%Y-%m")
        rows = rows.union(back.select("customer_id", month=month, amount=-back.amount))
    return rows.group_by("customer_id", "month").agg(amount=rows.amount.sum())


def _rows(table: ir.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_polars().to_dicts()
    return rows
