"""What a provider may hand back: an Ibis table, or a frame of pandas, Polars or Arrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.deferred import ibis
from kefen.errors import IndicatorError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.datatypes as dt
    import ibis.expr.types as ir

    from kefen.indicators.base import Unit

_KEY: Final = "customer_id"
_WHOLE: Final = 2.0**53
"""Below this a float holds every whole number."""
TYPES: Final[Mapping[Unit, str]] = {
    "money": "decimal(18, 2)",
    "days": "int64",
    "count": "int64",
    "ratio": "float64",
    "quantity": "float64",
    "text": "string",
    "date": "date",
}
"""What an indicator nobody has is a null of, by its unit."""


def table_of(found: Any, names: list[str]) -> ir.Table:
    """What the provider of these indicators handed back, as an Ibis table.

    Raises:
        IndicatorError: `provider-not-table` for anything else, `provider-lacks-column` where it
            lacks `customer_id` or an indicator.
    """
    table = found if isinstance(found, ibis.Table) else _from_frame(found)
    if table is None:
        kind = type(found).__name__
        raise IndicatorError("provider-not-table", indicators=names, value=kind)
    lacking = [name for name in [_KEY, *names] if name not in table.columns]
    if lacking:
        raise IndicatorError("provider-lacks-column", indicators=names, missing=lacking)
    return table


def ids(table: ir.Table, names: list[str]) -> ir.Column:
    """The customers of a provider's table as text; whole numbers without a point."""
    column = table[_KEY]
    kind = column.type()
    if kind.is_floating():
        number = ibis.cases((column.abs() < _WHOLE, column))
        whole = number.floor().cast("int64")
        return ibis.cases(
            (column.isnan(), ibis.null("string")),
            (number == whole.cast("float64"), whole.cast("string")),
            else_=column.cast("string"),
        )
    if kind.is_string() or kind.is_integer() or kind.is_uuid() or kind.is_null():
        return column.cast("string")
    raise _wrong_type(_KEY, kind, "text", names)


def values(table: ir.Table, name: str, unit: Unit) -> ir.Column:
    """An indicator of a provider's table; what is no number is missing.

    Raises:
        IndicatorError: `provider-wrong-type` for a type that its unit cannot have.
    """
    column = table[name]
    kind = column.type()
    if kind.is_null():
        return column.cast(TYPES[unit])
    if unit == "text" and kind.is_string():
        return column
    if unit == "date" and (kind.is_date() or (kind.is_timestamp() and kind.timezone is None)):
        return column.cast("date")
    if unit not in ("text", "date") and kind.is_floating():
        return ibis.cases((~column.isnan(), column))
    if unit not in ("text", "date") and (kind.is_integer() or kind.is_decimal()):
        return column
    raise _wrong_type(name, kind, unit, [name])


def _wrong_type(column: str, kind: dt.DataType, unit: str, names: list[str]) -> IndicatorError:
    data = {"column": column, "value": str(kind), "unit": unit, "indicators": names}
    return IndicatorError("provider-wrong-type", **data)


def _from_frame(found: Any) -> ir.Table | None:
    frame = _frame(found)
    if frame is None:
        return None
    # DuckDB makes no tables of columns without a type; pandas has none where nothing is known.
    categories = pl.col(pl.Categorical, pl.Enum).cast(pl.String)
    empty = pl.col(pl.Null).cast(pl.String)
    untyped = [name for name in frame.columns if frame[name].null_count() == frame.height]
    table = ibis.memtable(frame.with_columns(categories, empty))
    return table.mutate(**{name: ibis.null() for name in untyped}) if untyped else table


def _frame(found: Any) -> pl.DataFrame | None:
    if isinstance(found, pl.LazyFrame):
        return found.collect()
    if isinstance(found, pl.DataFrame):
        return found
    if hasattr(found, "to_polars"):
        frame: pl.DataFrame = found.to_polars()
        return frame
    if type(found).__module__.partition(".")[0] == "pandas":
        if not hasattr(found, "columns"):
            return None
        named = found.reset_index() if found.index.name == _KEY else found
        converted: pl.DataFrame = pl.from_pandas(named)
        return converted
    if not isinstance(found, pl.Series) and hasattr(found, "__arrow_c_stream__"):
        return pl.DataFrame(found)
    return None
