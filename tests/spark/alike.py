"""Whether two engines said the same."""

from __future__ import annotations

import polars as pl


def differences(one: pl.Series, other: pl.Series, ids: pl.Series, within: float = 1e-12) -> list:
    """Customers for whom two columns differ: exactly, or relatively for real numbers."""
    if one.dtype.is_integer() and other.dtype.is_integer():
        one, other = one.cast(pl.Int64), other.cast(pl.Int64)
    assert one.dtype == other.dtype, f"{one.name}: {one.dtype} and {other.dtype}"
    differ = one.ne_missing(other)
    if one.dtype.is_float():
        close = (one - other).abs() <= within * one.abs()
        differ = differ & ~close.fill_null(value=False)
    return list(zip(ids.filter(differ), one.filter(differ), other.filter(differ), strict=True))[:5]


def frame(engine, table) -> pl.DataFrame:
    """The rows of a table, by customer."""
    return pl.DataFrame(engine.fetch(table)).sort("customer_id")
