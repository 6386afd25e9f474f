"""Whom to keep first: the customers with most to lose, each with reasons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ibis

from kefen.predict.churn.examples import active
from kefen.predict.churn.table import fitted, predicted

if TYPE_CHECKING:
    from datetime import date

    from kefen.ledger import Ledger
    from kefen.period import Window
    from kefen.predict.churn.model import Churn, Reason


@dataclass(frozen=True)
class Risk:
    """A customer who may leave.

    Attributes:
        probability: of buying nothing in the horizon.
        sales: of the twelve months before, in base currency.
        at_risk: `probability` × `sales`.
        reasons: what makes the probability, the largest effect first.
    """

    customer_id: str
    name: str | None
    probability: float
    sales: float
    at_risk: float
    reasons: list[Reason]


def at_risk(
    ledger: Ledger, as_of: date, horizon: Window | str = "6m", most: int = 100
) -> tuple[Churn, list[Risk]]:
    """The model, and the customers with the most sales at risk, most first.

    Raises:
        KefenError: those of `Churn.fit`.
    """
    model = fitted(ledger, as_of, horizon)
    engine = ledger.engine
    known = active(ledger, model.features, as_of)
    told = predicted(ledger, model, known)
    names = ledger.table("customers").select("customer_id", "name")
    rows = known.inner_join(told, "customer_id").left_join(names, "customer_id")
    rows = rows.select(
        *known.columns,
        "churn_probability",
        "name",
        at_risk=rows.churn_probability * rows.sales_12m,
    )
    listed = rows.order_by(ibis.desc("at_risk"), "customer_id").limit(most)
    found = [_risk(model, row) for row in engine.fetch(listed).to_pylist()]
    engine.drop(told)
    engine.drop(known)
    return model, found


def _risk(model: Churn, row: dict[str, Any]) -> Risk:
    return Risk(
        row["customer_id"],
        row["name"],
        row["churn_probability"],
        row["sales_12m"],
        row["at_risk"],
        model.reasons(row),
    )
