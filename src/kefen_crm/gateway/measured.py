"""What was measured of customers, by saved runs and beside them: which indicators, which values.

A source is the id of a run, or the file of what was measured beside the runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

import polars as pl

from kefen import indicators
from kefen.errors import KefenError
from kefen.indicators import Request
from kefen.period import Window
from kefen.run import open_run
from kefen_crm.gateway import language
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from decimal import Decimal

YEAR: Final = Window.parse("12m")
FOLDER: Final = "measured"
"""Where it is kept what was measured beside the runs, below the ledger."""
SUFFIX: Final = ".parquet"
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


def every_measure() -> list[Measure]:
    """All indicators that are numbers, by their title."""
    lang = language()
    found = [
        Measure(one.name, one.label[lang], one.unit)
        for one in indicators.catalogue().values()
        if one.unit in _NUMBERS
    ]
    return sorted(found, key=lambda one: one.title)


def measure(names: Sequence[str], as_of: date) -> tuple[str, int, dict[str, dict[str, Any]]]:
    """Measure indicators of all customers, over twelve months where a window matters.

    Gives the source, the version of the ledger, and why some were not measured, by name.
    """
    refused: dict[str, dict[str, Any]] = {}
    with opened() as ledger:
        version = ledger.version
        frame = ledger.table("customers").select("customer_id").to_polars().sort("customer_id")
        for name in names:  # each alone, so that one which cannot be measured keeps none else back
            try:
                rows = indicators.compute(ledger, [Request(name, YEAR)], as_of).to_polars()
            except KefenError as error:
                refused[name] = {"code": error.code, "data": error.data}
                continue
            values = rows.select("customer_id", pl.col(name).cast(pl.Float64))
            frame = frame.join(values, "customer_id", "left", maintain_order="left")
        folder = ledger.path / FOLDER
        folder.mkdir(exist_ok=True)
        source = f"{as_of:%Y%m%d}-v{version}-{uuid4().hex[:8]}{SUFFIX}"
        frame.write_parquet(folder / f".{source}")
        (folder / f".{source}").rename(folder / source)
    return source, version, refused


def forget(needed: Collection[str]) -> None:
    """Remove what was measured beside the runs and is not needed any more."""
    with opened() as ledger:
        for file in (ledger.path / FOLDER).glob(f"*{SUFFIX}"):
            if file.name not in needed:
                file.unlink(missing_ok=True)


def between(source: str, name: str, low: Decimal | None, high: Decimal | None) -> list[str]:
    """Codes of the customers whose indicator is within these bounds, which both belong to it."""
    codes, values = _column(source, name)
    fits = values.is_not_null()
    if low is not None:
        fits &= values >= float(low)
    if high is not None:
        fits &= values <= float(high)
    found: list[str] = codes.filter(fits).to_list()
    return found


def value_of(source: str, name: str, code: str) -> Any:
    """The indicator of one customer; None where there is none."""
    codes, values = _column(source, name)
    at = codes.search_sorted(code)
    return values[at] if at < len(codes) and codes[at] == code else None


def values_of(source: str, name: str, codes: Collection[str]) -> dict[str, float]:
    """The indicator of these customers, of those that have it."""
    known, values = _column(source, name)
    every = pl.DataFrame({"code": known, "value": values})
    asked = pl.DataFrame({"code": list(codes)}, schema={"code": pl.String})
    found = every.join(asked, "code", "semi").filter(pl.col("value").is_finite())
    return dict(found.iter_rows())


@lru_cache(2)
def every_value(source: str, name: str) -> str:
    """The indicator of all customers that have it, as one JSON object by code."""
    codes, values = _column(source, name)
    fits = values.is_not_null() & values.is_finite()
    return json.dumps(dict(zip(codes.filter(fits), values.filter(fits), strict=True)))


@lru_cache(_RUNS)
def _columns(run_id: str) -> tuple[str, ...]:
    with opened() as ledger:
        return tuple(open_run(ledger, run_id).classes.columns)


@lru_cache(_RUNS)
def _column(source: str, name: str) -> tuple[pl.Series, pl.Series]:
    """Codes in their order, and the values of the indicator beside them."""
    with opened() as ledger:
        if source.endswith(SUFFIX):
            every = pl.scan_parquet(ledger.path / FOLDER / source)
        else:
            every = open_run(ledger, source).classes.lazy()
        rows = every.select("customer_id", name)
        found = rows.with_columns(pl.col(name).cast(pl.Float64)).sort("customer_id").collect()
    return found["customer_id"], found[name]
