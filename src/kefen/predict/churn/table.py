"""Churn for every active customer, on the engine, and models kept between calls."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import ibis
import numpy as np
import polars as pl
import pyarrow as pa

from kefen.period import Window
from kefen.predict.churn.examples import active, matrix
from kefen.predict.churn.model import Churn

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger import Ledger
    from kefen.predict.churn.model import Reason

SCHEMA: Final = ibis.schema(
    {"customer_id": "string", "churn_probability": "float64", "churn_reason": "string"}
)
_KEPT: Final = 4
_MODELS: WeakKeyDictionary[Engine, dict[tuple[str, int, date, str], Churn]] = WeakKeyDictionary()


def fitted(ledger: Ledger, as_of: date, horizon: Window | str = "6m") -> Churn:
    """The model of this version of the ledger; those of the last four askings are kept.

    Raises:
        KefenError: those of `Churn.fit`.
    """
    window = Window.ahead(horizon)
    kept = _MODELS.setdefault(ledger.engine, {})
    key = (str(ledger.path), ledger.version, as_of, str(window))
    if key not in kept:
        kept[key] = Churn.fit(ledger, as_of, window)
    for old in list(kept)[:-_KEPT]:
        del kept[old]
    return kept[key]


def churn_table(ledger: Ledger, as_of: date, horizon: Window | str = "6m") -> ir.Table:
    """`customer_id`, `churn_probability`, `churn_reason` of customers active as of the date.

    `churn_reason` is the indicator that raises the risk most against a typical customer. Who
    bought nothing for a year has left already and is not in the table.

    Raises:
        KefenError: those of `Churn.fit`.
    """
    model = fitted(ledger, as_of, horizon)
    known = active(ledger, model.features, as_of)
    found = predicted(ledger, model, known)
    ledger.engine.drop(known)
    return found


def predicted(ledger: Ledger, model: Churn, known: ir.Table) -> ir.Table:
    """The model's answer for each row of `examples.active`."""
    return ledger.engine.map_batches(known, partial(_foretold, model), SCHEMA)


def churn_reasons(
    ledger: Ledger, customer_id: str, as_of: date, horizon: Window | str = "6m"
) -> list[Reason]:
    """What makes the churn risk of one customer, the largest effect first.

    Empty for a customer who did not buy in the year before.

    Raises:
        KefenError: those of `Churn.fit`.
    """
    model = fitted(ledger, as_of, horizon)
    known = active(ledger, model.features, as_of)
    rows = ledger.engine.fetch(known.filter(known.customer_id == customer_id)).to_pylist()
    ledger.engine.drop(known)
    return model.reasons(rows[0]) if rows else []


def _foretold(model: Churn, batch: pa.RecordBatch) -> pa.RecordBatch:
    frame = pl.DataFrame(batch)
    features = matrix(frame, model.features)
    if len(features):
        told, why = model.probability(features), model.main_reasons(features)
    else:
        told, why = np.empty(0), []
    columns = [batch.column("customer_id"), pa.array(told), pa.array(why, pa.string())]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA.to_pyarrow())
