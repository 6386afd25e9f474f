"""Computes indicators: plan the passes, group each once, join them, then the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import ibis

from kefen.errors import IndicatorError
from kefen.indicators.catalogue import find
from kefen.indicators.facts import Facts
from kefen.indicators.measures import MEASURES
from kefen.indicators.passes import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Indicator, Ledger, Span
    from kefen.indicators.measures import Days
    from kefen.indicators.passes import Part
    from kefen.period import Window

    Tick = Callable[[int, int], object]

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
    tick: Tick = lambda _done, _total: None,
) -> ir.Table:
    """Indicators of every customer: `customer_id` and one column for each request.

    Args:
        ledger: where the facts are.
        requests: `Request`s, or anything with `indicator`, `window` and `column`.
        as_of: facts of this day and later do not count.
        population: customers to compute for (a table with `customer_id`); default all.
        tick: told `(done, total)` after each pass over the facts.

    The measures are computed here, once, and kept on the ledger's engine; the table handed back
    is arithmetic over them, so reading it again is cheap.

    Raises:
        IndicatorError: `unknown-indicator`; `column-twice` when two requests want one column.
    """
    asked = [Asked(r.column, find(r.indicator), r.window, as_of) for r in requests]
    _refuse_twice(asked)
    customers = ledger.table("customers") if population is None else population
    names = {part: f"{part[0]}_{number}" for number, part in enumerate(_needed(asked))}
    table = _measured(ledger, customers.select(_KEY), names, tick)
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
    return [part for part in dict.fromkeys(parts) if part is not None and part[0] in MEASURES]


def _measured(
    ledger: Ledger, customers: ir.Table, names: dict[Part, str], tick: Tick
) -> ir.Table:
    """The population with every part as a column.

    Each pass is kept before the next begins: one big query holds the hash tables of all passes
    at once.
    """
    engine, facts = ledger.engine, Facts(ledger)
    passes = [p for p in plan(names) if p.source != "returns" or facts.has_returns]
    joined, kept, tables = customers, [], []
    for number, one in enumerate(passes):
        key = f"key_{number}"
        totals = engine.materialise(one.grouped(facts, names).rename({key: _KEY}))
        joined = joined.left_join(totals, joined[_KEY] == totals[key])
        kept += [names[part] for part in one.parts]
        tables.append(totals)
        tick(number + 1, len(passes) + 1)
    table = engine.materialise(joined.select(_KEY, *kept))
    for spent in [*tables, *facts.spent()]:
        engine.drop(spent)
    return table


def _value(
    one: Asked, table: ir.Table, names: Mapping[Part, str], totals: Mapping[str, Any]
) -> ir.Value:
    values: dict[str, Any] = {"as_of": ibis.literal(one.as_of)}
    for name, part in one.parts().items():
        if name == "population_sales":
            values[name] = totals[str(one.window)]
        elif part is not None and names[part] in table.columns:
            values[name] = table[names[part]]
        else:
            values[name] = ibis.null(MEASURES[name.partition(".")[0]].type)
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
