"""Sales facts as the models read them: how often, how recently, for how long, how much.

- `x`: days with a purchase after the first (repeat purchases);
- `t_x`: time from the first purchase to the last, 0 when there is but one;
- `T`: time from the first purchase to the last day observed, the day before `as_of`;
- `spend`: mean amount of a repeat purchase day, null without one.

Definitions of Fader, Hardie & Lee (2005), "Counting Your Customers the Easy Way". A purchase is
a day with positive sales; returns do not undo it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis
import polars as pl

from kefen.indicators.facts import Facts
from kefen.ledger import Ledger, from_frames
from kefen.predict.units import days

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir


@dataclass(frozen=True)
class Summary:
    """All customers of a ledger, those with the same history counted together.

    Attributes:
        purchases: `x`, `t_x`, `T` and `count`, one row for each distinct history.
        spend: `x`, `spend` and `count` of customers with a repeat purchase.
        unit: what `t_x` and `T` are counted in: `day`, `week` or `month`.
    """

    purchases: pl.DataFrame
    spend: pl.DataFrame
    unit: str


def histories(source: Any, as_of: date, unit: str = "week") -> ir.Table:
    """`customer_id`, `x`, `t_x`, `T` and `spend` of every customer who bought before `as_of`.

    Args:
        source: a ledger, or a frame or file of orders.
        as_of: the first day that does not count.
        unit: `day`, `week` or `month`.

    Raises:
        KefenError: `unknown-unit`.
    """
    length, by_day = days(unit), _histories(_ledger(source), as_of)
    return by_day.mutate(t_x=by_day.t_x / length, T=by_day["T"] / length)


def summary(source: Any, as_of: date, unit: str = "week") -> Summary:
    """What the models are fitted to: the facts are read once, on the engine.

    Args and errors are those of `histories`.
    """
    length, ledger = days(unit), _ledger(source)
    kept = ledger.engine.materialise(_histories(ledger, as_of))
    alike = kept.group_by("x", "t_x", "T").aggregate(count=kept.count())
    paid = kept.filter(kept.x > 0)
    spent = paid.group_by("x", "spend").aggregate(count=paid.count())
    fetch = ledger.engine.fetch
    purchases = (
        pl.DataFrame(fetch(alike)).sort("x", "t_x", "T").with_columns(pl.col("t_x", "T") / length)
    )
    spend = pl.DataFrame(fetch(spent)).sort("x", "spend")
    ledger.engine.drop(kept)
    return Summary(purchases, spend, unit)


def _ledger(source: Any) -> Ledger:
    return source if isinstance(source, Ledger) else from_frames(orders=source)


def _histories(ledger: Ledger, as_of: date) -> ir.Table:
    """Histories in whole days."""
    sales = Facts(ledger).sales((), None, as_of)
    bought = sales.filter(sales.amount > 0)
    visits = bought.group_by("customer_id", "ordered_on").aggregate(amount=bought.amount.sum())
    customers = visits.group_by("customer_id").aggregate(
        x=visits.count() - 1,
        first=visits.ordered_on.min(),
        last=visits.ordered_on.max(),
        total=visits.amount.sum(),
        trial=visits.amount.argmin(visits.ordered_on),
    )
    repeated = (customers.total - customers.trial).cast("float64")
    return customers.select(
        "customer_id",
        "x",
        t_x=customers.last.delta(customers.first, unit="day"),
        T=ibis.literal(as_of).delta(customers.first, unit="day") - 1,
        spend=repeated / customers.x.nullif(0),
    )
