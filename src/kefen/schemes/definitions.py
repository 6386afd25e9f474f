"""Indicators a scheme document defines for itself, as indicators like any other."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from kefen import formats
from kefen.deferred import ibis
from kefen.indicators import Indicator, Provider, find
from kefen.indicators.base import Operand
from kefen.indicators.profile import noted
from kefen.indicators.provider_indicators import MONEY, days_ago, inside, ratio
from kefen.ledger.sales import TABLES
from kefen.period import Window
from kefen.schemes.condition_forms import test_fact
from kefen.schemes.date_parts import place, split, with_parts
from kefen.schemes.formulas import expression, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.ledger.facts import Kind
    from kefen.schemes.parts import Aggregate, Definition

_KEY: Final = "customer_id"
ATTRIBUTE: Final = "attributes."
"""What stands before the name of one of a customer's other attributes."""

_NOTED: Final = "noted_attribute"
_WORDS: Final = {
    "sum": ("合计", "sum"),
    "mean": ("平均", "mean"),
    "median": ("中位数", "median"),
    "deviation": ("标准差", "standard deviation"),
    "quantile": ("分位数", "quantile"),
    "min": ("最小", "least"),
    "max": ("最大", "greatest"),
    "count": ("计数", "number"),
    "distinct": ("不同值个数", "distinct values"),
    "share": ("占比", "share"),
    "first": ("最早一次", "first"),
    "last": ("最近一次", "last"),
}


def defined(own: Definition, others: Sequence[Definition] = ()) -> Indicator:
    """The indicator of a sound definition; `others` are those its formula may name.

    Equal definitions are computed once, whichever schemes they stand in.
    """
    return _aggregated(own) if own.arithmetic is None else _computed(own, others)


def _computed(own: Definition, others: Sequence[Definition]) -> Indicator:
    """The indicator of a formula."""
    formula = parse(own.arithmetic or "")
    operands = tuple(_operand(reference, others) for reference in formula.references)
    needs: dict[str, tuple[str, ...]] = {}
    for one in operands:
        for fact, columns in one.indicator.needs.items():
            needs[fact] = tuple(dict.fromkeys((*needs.get(fact, ()), *columns)))
    text = " ".join((own.arithmetic or "").split())
    return Indicator(
        name=own.name,
        label={"zh": own.title.zh, "en": own.title.en},
        unit=own.unit,
        kind="number",
        needs=needs,
        windowed=any(one.indicator.windowed and one.window is None for one in operands),
        higher_is_better=None if own.better is None else own.better == "higher",
        formula={"zh": text, "en": text},
        source="",
        operands=operands,
        value=lambda values: expression(formula, values),
    )


def _operand(reference: str, others: Sequence[Definition]) -> Operand:
    name, _, window = reference.partition("@")
    of = next((other for other in others if other.name == name), None)
    span = window or (of and of.window)
    indicator = find(name) if of is None else defined(of, others)
    return Operand(reference, indicator, Window.parse(span) if span else None)


def _aggregated(own: Definition) -> Indicator:
    """The indicator of facts."""
    kind, aggregate = _fact(own)
    named = [name for name in (own.column, own.per) if name and not name.startswith(ATTRIBUTE)]
    columns = tuple(dict.fromkeys(split(name)[0] for name in named))
    dated = (kind.date_column,) if kind.date_column else ()
    return Indicator(
        name=own.name,
        label={"zh": own.title.zh, "en": own.title.en},
        unit=own.unit,
        kind="date" if own.unit == "date" else "label" if own.unit == "text" else "number",
        needs={kind.name: (*dated, *columns)},
        windowed=bool(dated),
        higher_is_better=None if own.better is None else own.better == "higher",
        formula=_formula(own),
        source="",
        provider=Provider(f"define.{_digest(own)}", _table(own), alone=True),
        absent=0 if aggregate in ("count", "distinct", "sum") else None,
    )


def _fact(own: Definition) -> tuple[Kind, Aggregate]:
    """The kind of fact and the aggregate of a definition that has them."""
    assert own.fact is not None
    assert own.aggregate is not None
    return TABLES[own.fact], own.aggregate


def _digest(own: Definition) -> str:
    told = own.model_dump(mode="json", by_alias=True, exclude={"title", "better", "window"})
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _formula(own: Definition) -> dict[str, str]:
    kind, aggregate = _fact(own)
    told = {}
    for lang, word in zip(("zh", "en"), _WORDS[aggregate], strict=True):
        label = _called(kind, own.column or "", lang)
        if own.per:
            per, each = _called(kind, own.per, lang), _WORDS[own.each][lang == "en"]
            of = f"{label} {each}".strip() if lang == "en" else f"{label}{each}"
            label = f"每个{per}的{of}" if lang == "zh" else f"{of} by {per}"
        of = f"{kind.label[lang]} · {label}" if label else kind.label[lang]
        only = {"zh": "（仅符合条件的）", "en": " (those that meet the conditions)"}[lang]
        at = f" {formats.percent(own.at)}" if own.at is not None else ""
        told[lang] = f"{of}：{word}{at}" if lang == "zh" else f"{word}{at} of {of}"
        told[lang] += only if own.where else ""
    return told


def _called(kind: Kind, name: str, lang: str) -> str:
    column, part = split(name)
    label = kind.column(column).label[lang] if kind.has(column) else name
    return f"{label} {part}".strip() if kind.has(column) else label


def _table(own: Definition) -> Any:
    kind, aggregate = _fact(own)

    def table(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
        rows, day = ledger.table(kind.name), kind.date_column
        if day is not None:
            rows = inside(rows, day, window, as_of)
        if own.column is not None and own.column.startswith(ATTRIBUTE):
            rows = rows.mutate(**{_NOTED: noted(rows, own.column.removeprefix(ATTRIBUTE))})
        rows = with_parts(rows, kind, _names(own))
        met = test_fact(own.name, own.where, rows) if own.where else ibis.literal(True)
        if aggregate == "share":
            return _share(own, rows.mutate(is_met=met))
        counted = rows.filter(met) if own.where else rows
        value = _column(own, counted)
        if own.per is not None:
            counted = _together(own, counted, day)
            value = counted["value"]
        if aggregate in ("first", "last"):
            return _at_an_end(own, counted, value, day, as_of)
        found = counted.group_by(_KEY).aggregate(result=_aggregate(own, aggregate, counted, value))
        return found.select(_KEY, **{own.name: _in_days(own, found["result"], as_of)})

    return table


def _names(own: Definition) -> list[str]:
    """Every column of the fact that a definition speaks of."""
    tested = [part.attribute for part in own.where.parts()] if own.where else []
    return [name for name in (own.column, own.per, *tested) if name]


def _together(own: Definition, rows: ir.Table, day: str | None) -> ir.Table:
    """One row for each value of `per`: what its facts come to, dated as the first of them."""
    per = rows[place(own.per or "")]
    known = rows.filter(per.notnull())
    key = known[place(own.per or "")]
    dated = {day: known[day].min()} if day is not None else {}
    grouped = known.group_by([known[_KEY], key.name("per")])
    value = _aggregate(own, own.each, known, _column(own, known))
    return grouped.aggregate(value=value, **dated)


def _column(own: Definition, rows: ir.Table) -> Any:
    """What is added up or looked at; None where facts are only counted."""
    if own.column is None:
        return None
    return rows[_NOTED if own.column.startswith(ATTRIBUTE) else place(own.column)]


def _aggregate(own: Definition, aggregate: str, rows: ir.Table, column: Any) -> Any:
    if column is None:
        return rows.count()
    if aggregate == "sum":
        return column.sum().cast(MONEY) if column.type().is_decimal() else column.sum()
    if aggregate in ("count", "distinct", "min", "max"):
        plain = {"distinct": "nunique"}.get(aggregate, aggregate)
        return getattr(column, plain)()
    real = column.cast("float64")
    if aggregate == "quantile":
        return real.quantile(own.at)
    return {"mean": real.mean, "median": real.median, "deviation": real.std}[aggregate]()


def _share(own: Definition, rows: ir.Table) -> ir.Table:
    """Part of the facts, or of the sum of a column, that meets the condition."""
    weight = ibis.literal(1) if own.column is None else _column(own, rows)
    weighed = rows.mutate(weight=weight)
    sums = weighed.group_by(_KEY).aggregate(
        part=weighed.weight.sum(where=weighed.is_met).fill_null(0), whole=weighed.weight.sum()
    )
    return sums.select(_KEY, **{own.name: ratio(sums.part, sums.whole)})


def _at_an_end(
    own: Definition, rows: ir.Table, value: Any, day: str | None, as_of: date
) -> ir.Table:
    """The value of the first or last fact that has one; of several on a day the least or greatest.

    A customer has one file, which is first and last.
    """
    known = rows.mutate(looked_at=value).filter(lambda table: table.looked_at.notnull())
    when = known[day] if day is not None else ibis.literal(0)
    ends = known.select(_KEY, end=ibis.struct({"at": when, "value": known.looked_at}))
    end = ends.end.min() if own.aggregate == "first" else ends.end.max()
    found = ends.group_by(_KEY).aggregate(end=end)
    return found.select(_KEY, **{own.name: _in_days(own, found.end["value"], as_of)})


def _in_days(own: Definition, value: Any, as_of: date) -> Any:
    return days_ago(as_of, value) if own.unit == "days" and value.type().is_date() else value
