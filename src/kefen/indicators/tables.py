"""What a provider may hand back: an Ibis table, or a frame of pandas, Polars or Arrow."""

from __future__ import annotations

from typing import Any, Final

import ibis
import ibis.expr.types as ir
import polars as pl

from kefen.errors import IndicatorError

_KEY: Final = "customer_id"


def table_of(found: Any, provider: str) -> ir.Table:
    """What a provider handed back, as an Ibis table.

    Raises:
        IndicatorError: `provider-not-table` for anything else; `provider-lacks-column` and
            `provider-customer-twice` for a frame without `customer_id` or with a customer twice.
    """
    if isinstance(found, ir.Table):
        return found
    frame = _frame(found)
    if frame is None:
        kind = type(found).__name__
        raise IndicatorError("provider-not-table", provider=provider, value=kind)
    if _KEY not in frame.columns:
        raise IndicatorError("provider-lacks-column", provider=provider, missing=[_KEY])
    frame = frame.with_columns(pl.col(_KEY).cast(pl.String)).filter(pl.col(_KEY).is_not_null())
    twice = frame.filter(pl.col(_KEY).is_duplicated())[_KEY].unique().sort().to_list()
    if twice:
        raise IndicatorError(
            "provider-customer-twice", provider=provider, count=len(twice), near=twice[:3]
        )
    return ibis.memtable(frame)


def _frame(found: Any) -> pl.DataFrame | None:
    if isinstance(found, pl.LazyFrame):
        return found.collect()
    if isinstance(found, pl.DataFrame):
        return found
    if hasattr(found, "to_polars"):
        frame: pl.DataFrame = found.to_polars()
        return frame
    if type(found).__module__.partition(".")[0] == "pandas" and hasattr(found, "columns"):
        named = found.reset_index() if found.index.name == _KEY else found
        converted: pl.DataFrame = pl.from_pandas(named)
        return converted
    if hasattr(found, "__arrow_c_stream__"):
        return pl.DataFrame(found)
    return None
