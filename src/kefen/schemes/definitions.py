"""Indicators a scheme document defines for itself, as indicators like any other."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import ibis

from kefen.indicators import Indicator, Provider
from kefen.indicators.given import MONEY, days_ago, inside, ratio
from kefen.indicators.profile import noted
from kefen.ledger.sales import TABLES
from kefen.schemes.conditions import test_fact

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.period import Window
    from kefen.schemes.model import Definition

_KEY: Final = "customer_id"
ATTRIBUTE: Final = "attributes."
"""What stands before the name of one of a customer's other attributes."""

_NOTED: Final = "noted_attribute"
_WORDS: Final = {
    "sum": ("合计", "sum"),
    "mean": ("平均", "mean"),
    "median": ("中位数", "median"),
    "deviation": ("标准差", "standard deviation"),
    "min": ("最小", "least"),
    "max": ("最大", "greatest"),
    "count": ("计数", "number"),
    "distinct": ("不同值个数", "distinct values"),
    "share": ("占比", "share"),
    "first": ("最早一次", "first"),
    "last": ("最近一次", "last"),
}


def defined(own: Definition) -> Indicator:
    """The indicator of a sound definition.

    Equal definitions are computed once, whichever schemes they stand in.
    """
    kind = TABLES[own.fact]
    columns = (own.column,) if own.column and not own.column.startswith(ATTRIBUTE) else ()
    dated = (kind.date_column,) if kind.date_column else ()
    return Indicator(
        name=own.name,
        label={"zh": own.title.zh, "en": own.title.en},
        unit=own.unit,
        kind="date" if own.unit == "date" else "label" if own.unit == "text" else "number",
        needs={own.fact: (*dated, *columns)},
        windowed=bool(dated),
        higher_is_better=None if own.better is None else own.better == "higher",
        formula=_formula(own),
        source="",
        provider=Provider(f"define.{_digest(own)}", _table(own)),
        absent=0 if own.aggregate in ("count", "distinct", "sum") else None,
    )


def _digest(own: Definition) -> str:
    told = own.model_dump(mode="json", by_alias=True, exclude={"title", "better", "window"})
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _formula(own: Definition) -> dict[str, str]:
    kind = TABLES[own.fact]
    told = {}
    for lang, word in zip(("zh", "en"), _WORDS[own.aggregate], strict=True):
        column = own.column or ""
        label = kind.column(column).label[lang] if kind.has(column) else column
        of = f"{kind.label[lang]} · {label}" if label else kind.label[lang]
        only = {"zh": "（仅符合条件的）", "en": " (those that meet the conditions)"}[lang]
        told[lang] = f"{of}：{word}" if lang == "zh" else f"{word} of {of}"
        told[lang] += only if own.where else ""
    return told


def _table(own: Definition) -> Any:
    def table(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
        rows, day = ledger.table(own.fact), TABLES[own.fact].date_column
        if day is not None:
            rows = inside(rows, day, window, as_of)
        if own.column is not None and own.column.startswith(ATTRIBUTE):
            rows = rows.mutate(**{_NOTED: noted(rows, own.column.removeprefix(ATTRIBUTE))})
        met = test_fact(own.name, own.where, rows) if own.where else ibis.literal(True)
        if own.aggregate == "share":
            return _share(own, rows.mutate(is_met=met))
        counted = rows.filter(met) if own.where else rows
        if own.aggregate in ("first", "last"):
            return _at_an_end(own, counted, day, as_of)
        found = counted.group_by(_KEY).aggregate(result=_aggregate(own, counted))
        return found.select(_KEY, **{own.name: _in_days(own, found["result"], as_of)})

    return table


def _column(own: Definition, rows: ir.Table) -> Any:
    name = own.column or ""
    return rows[_NOTED if name.startswith(ATTRIBUTE) else name]


def _aggregate(own: Definition, rows: ir.Table) -> Any:
    if own.column is None:
        return rows.count()
    column = _column(own, rows)
    if own.aggregate == "sum":
        return column.sum().cast(MONEY) if column.type().is_decimal() else column.sum()
    by_name = {
        "count": column.count,
        "distinct": column.nunique,
        "mean": column.cast("float64").mean if column.type().is_numeric() else None,
        "median": column.cast("float64").median if column.type().is_numeric() else None,
        "deviation": column.cast("float64").std if column.type().is_numeric() else None,
        "min": column.min,
        "max": column.max,
    }
    aggregate = by_name[own.aggregate]
    assert aggregate is not None
    return aggregate()


def _share(own: Definition, rows: ir.Table) -> ir.Table:
    """Part of the facts, or of the sum of a column, that meets the condition."""
    weight = ibis.literal(1) if own.column is None else _column(own, rows)
    weighed = rows.mutate(weight=weight)
    sums = weighed.group_by(_KEY).aggregate(
        part=weighed.weight.sum(where=weighed.is_met).fill_null(0), whole=weighed.weight.sum()
    )
    return sums.select(_KEY, **{own.name: ratio(sums.part, sums.whole)})


def _at_an_end(own: Definition, rows: ir.Table, day: str | None, as_of: date) -> ir.Table:
    """The value of the first or last fact that has one; of several on a day the least or greatest.

    A customer has one file, which is first and last.
    """
    known = rows.filter(_column(own, rows).notnull())
    when = known[day] if day is not None else ibis.literal(0)
    ends = known.select(_KEY, end=ibis.struct({"at": when, "value": _column(own, known)}))
    end = ends.end.min() if own.aggregate == "first" else ends.end.max()
    found = ends.group_by(_KEY).aggregate(end=end)
    return found.select(_KEY, **{own.name: _in_days(own, found.end["value"], as_of)})


def _in_days(own: Definition, value: Any, as_of: date) -> Any:
    return days_ago(as_of, value) if own.unit == "days" and value.type().is_date() else value
