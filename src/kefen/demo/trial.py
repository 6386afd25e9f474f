"""An invented experiment: what a campaign of three months brought, against a holdout."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from kefen.demo.loading import SEED
from kefen.indicators import Request, compute
from kefen.period import Window

if TYPE_CHECKING:
    from datetime import date

    from kefen.ledger import Ledger

DAYS: Final = 92
_TREATED: Final = 0.7
_EFFECT: Final = (0.18, 0.06, 0.0)
"""What the campaign added to the sales of the best tenth, the next four tenths and the rest."""


def trial(ledger: Ledger, as_of: date, seed: int = SEED) -> pl.DataFrame:
    """`customer_id`, `group` and `outcome`, as `kefen.evaluate.experiment` takes them.

    Seven customers in ten were treated. The outcome is their sales of the 92 days before `as_of`;
    of the treated some are invented on top: more where they had bought more before. The same facts,
    date and seed give the same table.
    """
    began = as_of - timedelta(days=DAYS)
    window = Window.parse(f"{DAYS}d")
    after = compute(ledger, [Request("sales", window, "outcome")], as_of)
    before = compute(ledger, [Request("sales", Window.parse("12m"), "past")], began)
    rows = pl.DataFrame(ledger.engine.fetch(after)).join(
        pl.DataFrame(ledger.engine.fetch(before)), on="customer_id", how="left"
    )
    rows = rows.filter(pl.col("past") > 0).sort("customer_id")
    chance = np.random.default_rng([seed, as_of.toordinal()])
    treated = pl.Series(chance.random(rows.height) < _TREATED)
    rank = pl.col("past").rank("ordinal", descending=True) / pl.len()
    effect = (
        pl.when(rank <= 0.1)
        .then(_EFFECT[0])
        .when(rank <= 0.5)
        .then(_EFFECT[1])
        .otherwise(_EFFECT[2])
    )
    sales = pl.col("outcome").cast(pl.Float64)
    return rows.select(
        "customer_id",
        group=pl.when(treated).then(pl.lit("treated")).otherwise(pl.lit("holdout")),
        outcome=(sales * pl.when(treated).then(1 + effect).otherwise(1.0)).round(2),
    )
