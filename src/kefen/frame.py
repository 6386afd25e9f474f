"""Rows handed to people: in whichever library they work with."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
import polars.selectors as cs

from kefen import formats
from kefen.errors import one_of

if TYPE_CHECKING:
    from pathlib import Path

    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

SHOWN = 10


class Frame:
    """A table of results; nothing is read until it is asked for.

    Args:
        source: a Parquet file, a folder of them in order of name, or rows already at hand.
    """

    def __init__(self, source: Path | pl.DataFrame) -> None:
        self._source = source

    def lazy(self) -> pl.LazyFrame:
        """The rows as a Polars query: filters and columns reach down to the file."""
        if isinstance(self._source, pl.DataFrame):
            return self._source.lazy()
        folder = self._source.is_dir()
        files = sorted(self._source.glob("*.parquet")) if folder else [self._source]
        return pl.scan_parquet(files, glob=False)

    def to_polars(self) -> pl.DataFrame:
        """The rows as a Polars frame."""
        return self.lazy().collect()

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self.to_polars().to_arrow()

    def to_pandas(self, money: Literal["exact", "float"] = "exact") -> pd.DataFrame:
        """The rows as a pandas frame.

        Args:
            money: `exact` keeps every digit: the column is of Arrow decimals and its values are
                Python's `Decimal`; `float` makes it a column of 64-bit floats, for plots and
                models.

        Raises:
            KefenError: `bad-option` for another `money`.
        """
        one_of("money", money, ("exact", "float"))
        import pandas as pd
        import pyarrow as pa

        rows = self.to_polars()
        if money == "float":
            rows = rows.with_columns(cs.decimal().cast(pl.Float64))
        # Arrow's decimals as they are: a Python object for each is forty times as slow.
        frame: pd.DataFrame = rows.to_arrow().to_pandas(
            types_mapper=lambda type_: pd.ArrowDtype(type_) if pa.types.is_decimal(type_) else None
        )
        return frame

    def to_ibis(self) -> ir.Table:
        """The rows as an in-memory Ibis table, usable on any engine."""
        import ibis  # not needed to read a saved run

        return ibis.memtable(self.to_arrow())

    @property
    def columns(self) -> list[str]:
        """Column names, in order."""
        return self.lazy().collect_schema().names()

    def row(self, **key: Any) -> dict[str, Any] | None:
        """The first row whose columns have these values, such as `customer_id="C1"`; or None."""
        tests = [pl.col(name) == value for name, value in key.items()]
        rows = self.lazy().filter(*tests).head(1).collect().to_dicts()
        return rows[0] if rows else None

    def __len__(self) -> int:
        return int(self.lazy().select(pl.len()).collect().item())

    def __repr__(self) -> str:
        with pl.Config(tbl_rows=SHOWN, tbl_cols=12, tbl_hide_dataframe_shape=True):
            return f"{formats.number(len(self))} rows\n{self.lazy().head(SHOWN).collect()}"

    def _repr_html_(self) -> str:
        head = self.lazy().head(SHOWN).collect()
        return f"{html_table(head)}<p>{formats.number(len(self))} × {len(head.columns)}</p>"


def html_table(rows: pl.DataFrame) -> str:
    """Some rows as an HTML table."""
    names = "".join(f"<th>{escape(name)}</th>" for name in rows.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(v))}</td>" for v in row) + "</tr>"
        for row in rows.rows()
    )
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return formats.measure(value) if isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return formats.number(value, max(-int(value.as_tuple().exponent), 0))
    whole = isinstance(value, int) and not isinstance(value, bool)
    return formats.number(value) if whole else str(value)
