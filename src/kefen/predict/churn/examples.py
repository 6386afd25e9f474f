"""Examples to learn churn from: what was known on a past day, and what came after it.

Point in time: the features of an example are indicators as of its day, made of facts before it;
its outcome is read from the horizon that follows. Nothing of the one leaks into the other, and
no outcome reaches past the as-of date of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from kefen.errors import KefenError
from kefen.indicators import Request, measure
from kefen.ledger.facts import KINDS
from kefen.period import Window, months_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.predict.data import Array

ACTIVE: Final = Request("frequency", Window.parse("12m"), "frequency_12m")
"""Who can churn: customers with a purchase in the year before."""

FEATURES: Final = (
    (Request("recency", Window.parse("all"), "recency_all"), 1),
    (Request("purchase_interval", Window.parse("all"), "purchase_interval_all"), 0),
    (ACTIVE, -1),
    (Request("frequency", Window.parse("3m"), "frequency_3m"), -1),
    (Request("sales", Window.parse("12m"), "sales_12m"), -1),
    (Request("growth", Window.parse("6m"), "growth_6m"), 0),
    (Request("tenure", Window.parse("all"), "tenure_all"), 0),
    (Request("categories", Window.parse("12m"), "categories_12m"), 0),
    (Request("return_rate", Window.parse("12m"), "return_rate_12m"), 0),
)
"""What the model looks at, and which way it may read it: 1, more of it is never a lower risk; -1,
never a higher one."""

OF_FACTS: Final = {
    "interactions": (Request("days_since_contact", Window.parse("12m"), "days_since_contact"), 0),
    "feedback": (Request("complaints", Window.parse("12m"), "complaints_12m"), 0),
}
"""What else it looks at where the ledger has such facts."""

MOST: Final = 200_000
"""Examples of one day; of more customers a fixed sample is taken."""

_DAYS: Final = 4
_MONTHS_APART: Final = 3
_HEX: Final = 16**6


@dataclass(frozen=True)
class Examples:
    """Customers active on one past day.

    Attributes:
        day: the day; features are as of it.
        features: a row a customer, a column a feature; nan where unknown.
        left: 1.0 for customers who bought nothing in the horizon after the day.
        half: 0 or 1 for each customer, the same on every day.
    """

    day: date
    features: Array
    left: Array
    half: Array


def requests(ledger: Ledger) -> list[tuple[Request, int]]:
    """The features to use on this ledger, with their directions."""
    known = [kind for kind in OF_FACTS if kind in KINDS]
    extra = [OF_FACTS[kind] for kind in known if ledger.count(kind)]
    return [*FEATURES, *extra]


def past(
    ledger: Ledger, as_of: date, horizon: Window, wanted: Sequence[Request], first: date
) -> list[Examples]:
    """Examples of up to four days, the latest first; `first` is the day of the first sale.

    Raises:
        KefenError: `history-too-short` when no day has a quarter of facts before it and a
            whole horizon after it.
    """
    days = list(islice(_days(as_of, horizon, first), _DAYS))
    if not days:
        raise KefenError("history-too-short", horizon=str(horizon), first=first, as_of=as_of)
    return [_examples(ledger, day, end, horizon, wanted) for day, end in days]


def active(ledger: Ledger, wanted: Sequence[Request], as_of: date) -> ir.Table:
    """`customer_id` and the features of every active customer, as floats, on the engine."""
    engine, measured = ledger.engine, measure(ledger, list(wanted), as_of)
    table = measured.indicators(list(wanted))
    table = table.filter(table[ACTIVE.column] > 0)
    columns = {one.column: table[one.column].cast("float64") for one in wanted}
    kept = engine.materialise(table.select("customer_id", **columns))
    measured.drop()
    return kept


def matrix(frame: pl.DataFrame, wanted: Sequence[Request]) -> Array:
    """The features as an array, nan where unknown."""
    floats = frame.select(pl.col(one.column).cast(pl.Float64).fill_null(np.nan) for one in wanted)
    return np.asarray(floats.to_numpy(), np.float64)


def _days(as_of: date, horizon: Window, first: date) -> Iterator[tuple[date, date]]:
    """Past days with the end of their horizon."""
    end = as_of
    while True:
        day = horizon.start(end)
        if day is None or months_before(day, _MONTHS_APART) < first:
            return
        yield day, end
        end = months_before(end, _MONTHS_APART)


def _examples(
    ledger: Ledger, day: date, end: date, horizon: Window, wanted: Sequence[Request]
) -> Examples:
    engine = ledger.engine
    known = active(ledger, wanted, day)
    outcome = measure(ledger, [Request("frequency", horizon, "bought")], end)
    after = outcome.indicators([Request("frequency", horizon, "bought")])
    rows = known.left_join(after, "customer_id")
    rows = rows.select(*known.columns, left=(rows.bought.fill_null(0) == 0).cast("float64"))
    rows = _sampled(rows.mutate(code=_code(rows)), engine)
    frame = pl.DataFrame(engine.fetch(rows)).sort("customer_id")
    outcome.drop()
    engine.drop(known)
    half = frame["code"].str.to_integer(base=16) % 2
    left, sides = frame["left"].to_numpy(), half.cast(pl.Float64).to_numpy()
    return Examples(day, matrix(frame, wanted), np.asarray(left), np.asarray(sides))


def _code(rows: ir.Table) -> Any:
    """Six hexadecimal digits of a customer, the same on every engine."""
    return rows.customer_id.hexdigest("md5").substr(0, 6)


def _sampled(rows: ir.Table, engine: Any) -> ir.Table:
    [count] = engine.fetch(rows.aggregate(n=rows.count())).to_pylist()
    if count["n"] <= MOST:
        return rows
    return rows.filter(rows.code < f"{int(_HEX * MOST / count['n']):06x}")
