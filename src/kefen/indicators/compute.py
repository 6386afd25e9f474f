"""Computes indicators: plan the passes, group each once, join them, then the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis

from kefen.errors import IndicatorError
from kefen.indicators.catalogue import find
from kefen.indicators.facts import Facts
from kefen.indicators.measures import MEASURES, grouped, types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Indicator, Ledger, Span
    from kefen.indicators.measures import Days
    from kefen.period import Window

    Part = tuple[str, Days]

_KEY: Final = "customer_id"


@dataclass(frozen=True)
class Asked:
    """A request with its indicator and the days each of its parts covers."""

    column: str
    indicator: Indicator
    window: Window
    as_of: date

    def days(self, span: Span) -> Days | None:
        """The days of a span; None where there are none, as before all of history."""
        if span == "ever":
            return (None, self.as_of)
        if span == "window":
            return (self.window.start(self.as_of), self.as_of)
        return self.window.previous(self.as_of)

    def parts(self) -> dict[str, Part | None]:
        """What the arithmetic calls each part, and which measure of which days it is."""
        found: dict[str, Part | None] = {}
        for measure, span in self.indicator.parts:
            days = self.days(span)
            name = measure if span == "window" else f"{measure}.{span}"
            found[name] = days and (measure, days)
        return found


def compute(
    ledger: Ledger,
    requests: Sequence[Any],
    as_of: date,
    population: ir.Table | None = None,
) -> ir.Table:
    """Indicators of every customer: `customer_id` and one column for each request.

    Args:
        ledger: where the facts are.
        requests: `Request`s, or anything with `indicator`, `window` and `column`.
        as_of: facts of this day and later do not count.
        population: customers to compute for (a table with `customer_id`); default all.

    The measures are computed here, once, and kept on the ledger's engine; the table handed back
    is arithmetic over them, so reading it again is cheap.

    Raises:
        IndicatorError: `unknown-indicator`; `column-twice` when two requests want one column.
    """
    asked = [Asked(r.column, find(r.indicator), r.window, as_of) for r in requests]
    _refuse_twice(asked)
    customers = ledger.table("customers") if population is None else population
    names, measures = _measured(ledger, customers.select(_KEY), _needed(asked))
    table = ledger.engine.materialise(measures)
    totals = _population_sales(ledger, table, asked, names)
    return table.select(_KEY, **{a.column: _value(a, table, names, totals) for a in asked})


def _refuse_twice(asked: Sequence[Asked]) -> None:
    seen: set[str] = {_KEY}
    for one in asked:
        if one.column in seen:
            raise IndicatorError("column-twice", column=one.column)
        seen.add(one.column)


def _needed(asked: Sequence[Asked]) -> list[Part]:
    parts = [part for one in asked for part in one.parts().values()]
    return [p for p in dict.fromkeys(parts) if p is not None and p[0] in MEASURES]


def _measured(
    ledger: Ledger, customers: ir.Table, parts: list[Part]
) -> tuple[dict[Part, str], ir.Table]:
    """The population with every part as a column, and what that column is called."""
    facts = Facts(ledger)
    passes: dict[tuple[str, Days], list[str]] = {}
    for measure, days in parts:
        passes.setdefault((MEASURES[measure].pass_, days), []).append(measure)
    names: dict[Part, str] = {}
    joined, kept = customers, []
    for number, ((pass_, days), measures) in enumerate(passes.items()):
        if pass_ == "returns" and not facts.has_returns:
            continue
        totals = grouped(facts, pass_, days, measures)
        renamed = totals.select(**{f"key_{number}": _KEY, **{f"{m}_{number}": m for m in measures}})
        names |= {(m, days): f"{m}_{number}" for m in measures}
        joined = joined.left_join(renamed, joined[_KEY] == renamed[f"key_{number}"])
        kept += [f"{m}_{number}" for m in measures]
    return names, joined.select(_KEY, *kept)


def _value(
    one: Asked, table: ir.Table, names: Mapping[Part, str], totals: Mapping[str, Any]
) -> ir.Value:
    values: dict[str, Any] = {"as_of": ibis.literal(one.as_of)}
    for name, part in one.parts().items():
        if name == "population_sales":
            values[name] = totals[str(one.window)]
        elif part in names:
            values[name] = table[names[part]]
        else:
            values[name] = ibis.null(types(name.partition(".")[0]))
    return one.indicator.value(values)


def _population_sales(
    ledger: Ledger, table: ir.Table, asked: Sequence[Asked], names: Mapping[Part, str]
) -> dict[str, Any]:
    """Positive sales of the population over each window that a share is asked of."""
    sales = find("sales")
    shares = [a for a in asked if a.indicator.name == "share_of_sales"]
    wanted = {
        str(a.window): _value(Asked("", sales, a.window, a.as_of), table, names, {}) for a in shares
    }
    if not wanted:
        return {}
    sums = {w: v.sum(where=v > 0).cast("decimal(38, 2)") for w, v in wanted.items()}
    [row] = ledger.engine.backend.to_pyarrow(table.aggregate(**sums)).to_pylist()
    return {w: ibis.literal(row[w] or 0, "decimal(38, 2)") for w in wanted}
