"""Predictions for every customer, as tables on the engine.

Models see counted histories or a sample; each customer's own prediction is made where the rows
are, batch by batch.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import ibis
import numpy as np
import polars as pl
import pyarrow as pa

from kefen.errors import KefenError
from kefen.predict.bg_nbd import BGNBD
from kefen.predict.churn import churn_table
from kefen.predict.churn.table import SCHEMA as CHURN
from kefen.predict.gamma_gamma import GammaGamma
from kefen.predict.history import histories, summary
from kefen.predict.lifetime import lifetime_value
from kefen.predict.pareto_nbd import ParetoNBD
from kefen.predict.units import DAYS, YEAR

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger import Ledger
    from kefen.period import Window
    from kefen.predict.data import Array
    from kefen.predict.history import Summary
    from kefen.predict.purchases import PurchaseModel

    History = tuple[Array, Array, Array]
    Told = dict[str, Array]

ANNUAL_RATE: Final = 0.1
"""What money a year from now is discounted by."""

_UNLEARNT: Final = ("nothing-repeated", "history-empty", "history-too-short", "churn-one-sided")
"""Reasons for having no model, and so no prediction."""

_LENGTH: Final = {"d": 1.0, "w": 7.0, "m": YEAR / 12, "y": YEAR}
_UNIT: Final = "week"
_KEPT: Final = 4
_HISTORY: Final = ("x", "t_x", "T")


def alive(ledger: Ledger, as_of: date, window: Window) -> ir.Table:  # noqa: ARG001  # a provider
    """`customer_id`, `p_alive`, `expected_spend` of every customer who ever bought."""
    known = models(ledger, as_of)
    ask = partial(_alive, known.of(ParetoNBD), known.of(GammaGamma))
    return _predicted(ledger, as_of, ("p_alive", "expected_spend"), ask)


def pareto_nbd(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """`customer_id`, `expected_purchases`, `lifetime_value` in the window's time ahead."""
    columns = ("expected_purchases", "lifetime_value")
    if window.length is None:
        return ledger.engine.empty(_schema(columns))
    known = models(ledger, as_of)
    ask = partial(_worth, known.of(ParetoNBD), known.of(GammaGamma), weeks(window))
    return _predicted(ledger, as_of, columns, ask)


def bg_nbd(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """`customer_id`, `p_alive_bg_nbd`, `expected_purchases_bg_nbd` in the window's time ahead."""
    columns = ("p_alive_bg_nbd", "expected_purchases_bg_nbd")
    if window.length is None:
        return ledger.engine.empty(_schema(columns))
    ask = partial(_easy, models(ledger, as_of).of(BGNBD), weeks(window))
    return _predicted(ledger, as_of, columns, ask)


def churn(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """`customer_id`, `churn_probability`, `churn_reason` of customers active as of the date."""
    if window.length is None:
        return ledger.engine.empty(CHURN)
    try:
        return churn_table(ledger, as_of, window)
    except KefenError as error:
        if error.code not in _UNLEARNT:
            raise
        return ledger.engine.empty(CHURN)


def weeks(window: Window) -> float:
    """Weeks in a window; a month is a twelfth of 365.25 days.

    >>> from kefen.period import Window
    >>> round(weeks(Window.parse("12m")), 3)
    52.179
    """
    if window.unit == "f":  # what is foretold over a fiscal year is foretold over a year
        return _LENGTH["y"] / DAYS["week"]
    return (window.length or 0) * _LENGTH[window.unit] / DAYS["week"]


class Models:
    """The models of one version of a ledger as of a date, each fitted when first asked for."""

    def __init__(self, counted: Summary) -> None:
        self._counted = counted
        self._fitted: dict[type, Any] = {}

    def of(self, kind: type[Any]) -> Any:
        """The fitted model of this kind; None where there is nothing to learn it from."""
        if kind not in self._fitted:
            try:
                self._fitted[kind] = kind.fit(self._counted)
            except KefenError as error:
                if error.code not in _UNLEARNT:
                    raise
                self._fitted[kind] = None
        return self._fitted[kind]


_MODELS: WeakKeyDictionary[Engine, dict[tuple[str, int, date], Models]] = WeakKeyDictionary()


def models(ledger: Ledger, as_of: date) -> Models:
    """The models of this version of the ledger; those of the last four dates are kept."""
    kept = _MODELS.setdefault(ledger.engine, {})
    key = (str(ledger.path), ledger.version, as_of)
    if key not in kept:
        kept[key] = Models(summary(ledger, as_of, _UNIT))
    for old in list(kept)[:-_KEPT]:
        del kept[old]
    return kept[key]


def _alive(
    buying: PurchaseModel | None, paying: GammaGamma | None, history: History, spend: Array
) -> Told:
    told: Told = {}
    if buying is not None:
        told["p_alive"] = buying.p_alive(*history)
    if paying is not None:
        told["expected_spend"] = paying.expected_spend(history[0], spend)
    return told


def _worth(
    buying: PurchaseModel | None,
    paying: GammaGamma | None,
    horizon: float,
    history: History,
    spend: Array,
) -> Told:
    told: Told = {}
    if buying is not None:
        told["expected_purchases"] = buying.expected_purchases(*history, horizon=horizon)
    if buying is not None and paying is not None:
        told["lifetime_value"] = lifetime_value(
            buying, paying, *history, spend, horizon=horizon, annual_rate=ANNUAL_RATE
        )
    return told


def _easy(buying: PurchaseModel | None, horizon: float, history: History, _spend: Array) -> Told:
    if buying is None:
        return {}
    return {
        "p_alive_bg_nbd": buying.p_alive(*history),
        "expected_purchases_bg_nbd": buying.expected_purchases(*history, horizon=horizon),
    }


def _predicted(
    ledger: Ledger, as_of: date, columns: Sequence[str], ask: Callable[[History, Array], Told]
) -> ir.Table:
    rows = histories(ledger, as_of, _UNIT)
    schema = _schema(columns)
    return ledger.engine.map_batches(rows, partial(_batch, ask, schema), schema)


def _batch(
    ask: Callable[[History, Array], Told], schema: ibis.Schema, batch: pa.RecordBatch
) -> pa.RecordBatch:
    frame = pl.DataFrame(batch).select(pl.col(*_HISTORY, "spend").cast(pl.Float64).fill_null(0.0))
    x, t_x, age, spend = (np.asarray(column.to_numpy(), np.float64) for column in frame)
    told = ask((x, t_x, age), spend) if len(frame) else {}
    columns = [batch.column("customer_id")]
    for name in schema.names[1:]:
        found = told.get(name)
        known = pa.nulls(len(frame), pa.float64()) if found is None else pa.array(found)
        columns.append(known)
    return pa.RecordBatch.from_arrays(columns, schema=schema.to_pyarrow())


def _schema(columns: Sequence[str]) -> ibis.Schema:
    return ibis.schema({"customer_id": "string", **dict.fromkeys(columns, "float64")})
