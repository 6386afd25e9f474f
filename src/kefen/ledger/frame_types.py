"""The types of columns in memory, and the rows of a frame as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_TYPES: Final[Mapping[str, pl.DataType]] = {
    "string": pl.String(),
    "date": pl.Date(),
    "decimal(18, 2)": pl.Decimal(18, 2),
    "float64": pl.Float64(),
    "int64": pl.Int64(),
    "boolean": pl.Boolean(),
}


def frame_types(types: Mapping[str, str]) -> dict[str, pl.DataType]:
    """The types of Polars for those that have Ibis's names, as `Kind.types` gives them.

    >>> frame_types({"amount": "decimal(18, 2)"})
    {'amount': Decimal(precision=18, scale=2)}
    """
    return {name: _TYPES[type_] for name, type_ in types.items()}


_Rows = TypeVar("_Rows", pl.DataFrame, pl.LazyFrame)
_WRITTEN: Final[Mapping[str, Any]] = {"compression": "zstd", "compression_level": 1}


def whole(rows: _Rows, types: Mapping[str, pl.DataType]) -> _Rows:
    """The rows with these columns, as declared; those they lack are empty."""
    there = rows.collect_schema().names()
    lacking = [pl.lit(None).alias(name) for name in types if name not in there]
    return rows.with_columns(lacking).select(pl.col(n).cast(t) for n, t in types.items())


def write_frame(
    rows: pl.DataFrame, types: Mapping[str, pl.DataType], path: Path, row_group: int
) -> None:
    """Write rows as a Parquet file with these columns, so many rows in a group."""
    whole(rows, types).write_parquet(path, row_group_size=row_group, **_WRITTEN)


def sink_frame(
    rows: pl.LazyFrame, types: Mapping[str, pl.DataType], path: Path, row_group: int
) -> None:
    """The same for rows that are not all in memory at once; they stay in their order."""
    whole(rows, types).sink_parquet(path, row_group_size=row_group, **_WRITTEN)
