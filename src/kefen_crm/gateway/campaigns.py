"""What a campaign's customers bought, from the ledger, and what that says of the campaign."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.evaluate.campaigns import (
    FEWEST,
    CampaignEffect,
    campaign_effect,
    detectable,
)
from kefen.indicators import Request, compute
from kefen.period import Window
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

__all__ = [
    "FEWEST",
    "CampaignEffect",
    "Measured",
    "effect_of",
    "last_day",
    "least",
    "measured",
    "spread",
]

_NAMES = ("sales", "profit")


@dataclass(frozen=True)
class Measured:
    """Sales and profit of customers between two days, by code; `until` is the last day known."""

    rows: pl.DataFrame
    until: date
    whole: bool


def measured(start: date, end: date) -> Measured | None:
    """What every customer bought from `start` on and before `end`; None before a day is over.

    Where the facts end earlier, it is what they know.
    """
    with opened() as ledger:
        span = ledger.span()
        last = min(end, span[1] + timedelta(days=1)) if span else start
        if last <= start:
            return None
        window = Window.parse(f"{(last - start).days}d")
        asked = [Request(name, window, name) for name in _NAMES]
        rows = pl.DataFrame(ledger.engine.fetch(compute(ledger, asked, last)))
    numbers = [pl.col(name).cast(pl.Float64).fill_null(0.0) for name in _NAMES]
    return Measured(rows.select("customer_id", *numbers), last - timedelta(days=1), last == end)


def last_day() -> date | None:
    """The last day of sales that the facts know."""
    with opened() as ledger:
        span = ledger.span()
    return span[1] if span else None


def effect_of(members: pl.DataFrame, share: float) -> CampaignEffect:
    """What changed for members: `treated`, `outcome`, `before`."""
    return campaign_effect(
        members["treated"].to_numpy(),
        members["outcome"].to_numpy(),
        members["before"].to_numpy(),
        share,
    )


def spread(codes: Sequence[str] | None, days: int) -> float | None:
    """How much sales over so many days differ between customers, by their last such days.

    None where nothing was sold. `codes` None is for every customer.
    """
    with opened() as ledger:
        span = ledger.span()
    if span is None:
        return None
    end = span[1] + timedelta(days=1)
    found = measured(end - timedelta(days=days), end)
    if found is None:
        return None
    sales = found.rows
    if codes is not None:
        wanted = pl.DataFrame({"customer_id": list(codes)}, schema={"customer_id": pl.String})
        sales = wanted.join(sales, on="customer_id", how="left")
    values: Any = sales["sales"].fill_null(0.0)
    top = values.quantile(0.99, "linear") if len(values) else None
    deviation = values.clip(upper_bound=top).std() if top is not None else None
    return float(deviation) if deviation is not None else None


def least(deviation: float, treated: int, holdout: int) -> float | None:
    """The least change of a customer's sales that such groups show; None for too few."""
    return detectable(deviation, treated, holdout)
