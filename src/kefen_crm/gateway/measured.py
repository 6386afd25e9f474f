"""What a saved run measured of its customers: which indicators, and their values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen import indicators
from kefen.run import open_run
from kefen_crm.gateway import language
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from decimal import Decimal

_RUNS = 16
"""Columns that a process holds; a run never changes."""
_NUMBERS = ("money", "days", "count", "ratio", "quantity")


@dataclass(frozen=True)
class Measure:
    """An indicator that a run measured; `unit` as of indicators."""

    name: str
    title: str
    unit: str


def measures(run_id: str) -> list[Measure]:
    """The indicators that are numbers among what a run kept."""
    known, lang = indicators.catalogue(), language()
    return [
        Measure(name, known[name].label[lang], known[name].unit)
        for name in _columns(run_id)
        if name in known and known[name].unit in _NUMBERS
    ]


def between(run_id: str, name: str, low: Decimal | None, high: Decimal | None) -> list[str]:
    """Codes of the customers whose indicator is within these bounds, which both belong to it."""
    codes, values = _column(run_id, name)
    fits = values.is_not_null()
    if low is not None:
        fits &= values >= float(low)
    if high is not None:
        fits &= values <= float(high)
    found: list[str] = codes.filter(fits).to_list()
    return found


def value_of(run_id: str, name: str, code: str) -> Any:
    """The indicator of one customer; None where the run has none."""
    codes, values = _column(run_id, name)
    at = codes.search_sorted(code)
    return values[at] if at < len(codes) and codes[at] == code else None


@lru_cache(_RUNS)
def _columns(run_id: str) -> tuple[str, ...]:
    with opened() as ledger:
        return tuple(open_run(ledger, run_id).classes.columns)


@lru_cache(_RUNS)
def _column(run_id: str, name: str) -> tuple[pl.Series, pl.Series]:
    """Codes in their order, and the values of the indicator beside them."""
    with opened() as ledger:
        rows = open_run(ledger, run_id).classes.lazy().select("customer_id", name)
        found = rows.with_columns(pl.col(name).cast(pl.Float64)).sort("customer_id").collect()
    return found["customer_id"], found[name]
