"""One past date: the classes from what was known then, and what the customers did next."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from kefen.errors import KefenError
from kefen.evaluate.calibration import foretelling
from kefen.evaluate.ledger_as_of import Past
from kefen.indicators import Request, catalogue, measured
from kefen.period import Window
from kefen.run import grade_many
from kefen.schemes.lapse import STATE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from kefen.evaluate.bootstrap import Booleans, Floats, Integers
    from kefen.ledger import Ledger
    from kefen.run import Run
    from kefen.schemes import Scheme

PAST = "12m"
"""The window of past sales that schemes are compared with."""


@dataclass(frozen=True)
class Classed:
    """What a scheme said on the day, in the order of the customers' ids.

    Attributes:
        place: 0 for the best class and so on, one more than the last for who has none.
        score: greater is better; zero where there is none.
        lapsed: who has no class but bought before the window.
    """

    place: Integers
    score: Floats
    lapsed: Booleans


@dataclass(frozen=True)
class Observation:
    """All customers known on a day, in the order of their ids.

    `profit` and `overdue` are NaN where it is not known; `predictions` are what the day's models
    foretold of the time from `as_of` to `end`, by indicator; `new_share` is the part of the sales
    that came from customers nobody knew on the day.
    """

    as_of: date
    end: date
    ids: pl.Series
    past: Floats
    sales: Floats
    profit: Floats
    purchases: Floats
    overdue: Floats | None
    predictions: Mapping[str, Floats]
    new_share: float | None
    classed: Mapping[str, Classed]
    failed: Mapping[str, dict[str, Any]]


def observe(ledger: Ledger, schemes: Sequence[Scheme], as_of: date, end: date) -> Observation:
    """Classes from the facts before `as_of`, and outcomes from the facts of `[as_of, end)`."""
    past = Past(ledger, as_of)
    try:
        window = Window.parse(f"{(end - as_of).days}d")
        foretold = [Request(name, window, name) for name in foretelling(schemes)]
        before = [Request("sales", Window.parse(PAST), "past"), *foretold]
        wanted = [request for scheme in schemes for request in scheme.requests()]
        with suppress(KefenError):  # a scheme that cannot be carried out says so itself, below
            measured(past, [*before, *wanted], as_of)
        runs = grade_many(past, schemes, as_of=as_of)
        facts = measured(past, before, as_of)
        known = pl.DataFrame(past.engine.fetch(facts.indicators(before))).sort("customer_id")
        ran = [run for run in runs if run.status == "finished"]
        classed = {run.scheme.name: _classed(run, known) for run in ran}
    finally:
        past.close()
    outcome, new_share = _outcome(ledger, known, as_of, end)
    return Observation(
        as_of,
        end,
        known["customer_id"],
        _floats(known["past"].fill_null(0)),
        _floats(outcome["sales"].fill_null(0)),
        _floats(outcome["profit"]),
        _floats(outcome["frequency"].fill_null(0)),
        _floats(outcome["overdue"]) if "overdue" in outcome.columns else None,
        {one.column: _floats(known[one.column]) for one in foretold},
        new_share,
        classed,
        {run.scheme.name: run.reason or {} for run in runs if run.status != "finished"},
    )


def _classed(run: Run, known: pl.DataFrame) -> Classed:
    """The classes of a run beside the known customers; who took no part is unrated."""
    scheme = run.scheme
    state = pl.col(STATE) if STATE in run.classes.columns else pl.lit(None, pl.String)
    rows = known.select("customer_id").join(
        run.classes.lazy().select("customer_id", "class", "score", state.alias(STATE)).collect(),
        on="customer_id",
        how="left",
        maintain_order="left",
    )
    places = {key: place for place, key in enumerate(scheme.keys())}
    place = rows["class"].replace_strict(places, default=len(places), return_dtype=pl.Int64)
    sign = -1.0 if getattr(scheme, "better", "higher") == "lower" else 1.0
    return Classed(
        place.to_numpy(),
        _floats(rows["score"].fill_nan(None).fill_null(0)) * sign,
        (rows["class"].is_null() & rows[STATE].eq_missing("lapsed")).to_numpy(),
    )


def _outcome(
    ledger: Ledger, known: pl.DataFrame, as_of: date, end: date
) -> tuple[pl.DataFrame, float | None]:
    """Sales, profit, purchase days and money overdue of the known customers in `[as_of, end)`."""
    window = Window.parse(f"{(end - as_of).days}d")
    wanted = [Request(name, window, name) for name in ("sales", "profit", "frequency")]
    overdue = "overdue_amount"
    if overdue in catalogue() and ledger.count("invoices"):
        wanted.append(Request(overdue, window, "overdue"))
    facts = measured(ledger, wanted, end)
    table = facts.indicators(wanted)
    whole = table.aggregate(sales=table.sales.sum(where=table.sales > 0))
    total = float(ledger.engine.fetch(whole)["sales"][0].as_py() or 0)
    rows = pl.DataFrame(ledger.engine.fetch(table))
    found = known.select("customer_id").join(
        rows, on="customer_id", how="left", maintain_order="left"
    )
    mine = float(_floats(found["sales"].fill_null(0)).clip(min=0).sum())
    return found, (max(0.0, 1 - mine / total) if total > 0 else None)


def _floats(column: pl.Series) -> Floats:
    found: Floats = column.cast(pl.Float64).to_numpy().astype(np.float64)
    return found
