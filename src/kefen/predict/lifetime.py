"""Customer lifetime value: purchases to come, discounted, times what a purchase brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from kefen.predict.data import Array
    from kefen.predict.gamma_gamma import GammaGamma
    from kefen.predict.purchases import PurchaseModel


def lifetime_value(
    purchases: PurchaseModel,
    spending: GammaGamma,
    x: Any,
    t_x: Any,
    T: Any,  # noqa: N803  # as the papers write
    spend: Any,
    *,
    horizon: float,
    annual_rate: float | None = None,
    monthly_rate: float | None = None,
    margin: float = 1.0,
) -> Array:
    """Present value of a customer's purchases in the `horizon` after `T`, in money.

    margin × E[spend] × Σ (E[Y(j)] - E[Y(j-1)]) / (1 + d)^j, over the units j of the horizon:
    Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis".
    It supposes that how often and how much a customer buys have nothing to do with each other.

    Args:
        purchases: a fitted `BGNBD` or `ParetoNBD`.
        spending: a fitted `GammaGamma`.
        x: repeat purchases.
        t_x: time of the last, in the unit of `purchases`.
        T: time observed, in that unit.
        spend: mean amount of the repeat purchases; whatever it is, it is not read where x is 0.
        horizon: how far to look ahead, in that unit.
        annual_rate: discount rate a year, 0.15 for 15 %; give this or `monthly_rate`.
        monthly_rate: discount rate a month.
        margin: share of the amounts that is profit.

    Raises:
        KefenError: `bad-horizon`; `bad-rate`; `history-impossible`; `spend-impossible`.
    """
    to_come = purchases.discounted_purchases(
        x, t_x, T, horizon=horizon, annual_rate=annual_rate, monthly_rate=monthly_rate
    )
    return np.asarray(margin * spending.expected_spend(x, spend) * to_come, np.float64)
