"""Computes indicators: plan the passes, group each once, join them, then the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, replace
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

    from kefen.engines import Engine
    from kefen.indicators.base import Indicator, Ledger, Span
    from kefen.indicators.measures import Days
    from kefen.indicators.passes import Part
    from kefen.period import Window

    Tick = Callable[[int, int], object]

_KEY: Final = "customer_id"
_TOTAL: Final = "decimal(38, 2)"


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


@dataclass(frozen=True)
class Measured:
    """The measures of every customer, kept on the engine: indicators are arithmetic over them."""

    engine: Engine
    as_of: date
    table: ir.Table
    names: Mapping[Part, str]

    def holds(self, requests: Sequence[Any]) -> bool:
        """Whether these requests need nothing that is not here."""
        return all(part in self.names for part in _needed(_asked(requests, self.as_of, twice=True)))

    def indicators(self, requests: Sequence[Any], population: ir.Table | None = None) -> ir.Table:
        """`customer_id` and one column for each request, for all or the given customers."""
        asked, rows = _asked(requests, self.as_of), self.table
        if population is not None:
            rows = rows.semi_join(population, _KEY)
        totals = self._population_sales(rows, asked)
        return rows.select(_KEY, **{a.column: self._value(a, rows, totals) for a in asked})

    def drop(self) -> None:
        """Give back the memory; indicators made from here can no longer be read."""
        self.engine.drop(self.table)

    def _value(self, one: Asked, rows: ir.Table, totals: Mapping[str, Any]) -> ir.Value:
        values: dict[str, Any] = {"as_of": ibis.literal(one.as_of)}
        for name, part in one.parts().items():
            if name == "population_sales":
                values[name] = totals[str(one.window)]
            elif part is not None and self.names[part] in rows.columns:
                values[name] = rows[self.names[part]]
            else:
                values[name] = ibis.null(MEASURES[name.partition(".")[0]].type)
        return one.indicator.value(values)

    def _population_sales(self, rows: ir.Table, asked: Sequence[Asked]) -> dict[str, Any]:
        """Positive sales of the population over each window that a share is asked of."""
        shares = {str(a.window): a for a in asked if a.indicator.name == "share_of_sales"}
        if not shares:
            return {}
        sales = {
            w: self._value(replace(a, indicator=find("sales")), rows, {}) for w, a in shares.items()
        }
        sums = {w: value.sum(where=value > 0).cast(_TOTAL) for w, value in sales.items()}
        [row] = self.engine.fetch(rows.aggregate(**sums)).to_pylist()
        return {w: ibis.literal(row[w] or 0, _TOTAL) for w in shares}


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

    The facts are read here, once; the table handed back is arithmetic over what they came to,
    so reading it again is cheap.

    Raises:
        IndicatorError: `unknown-indicator`; `column-twice` when two requests want one column.
    """
    return measure(ledger, requests, as_of).indicators(requests, population)


def measure(
    ledger: Ledger,
    requests: Sequence[Any],
    as_of: date,
    tick: Tick = lambda _done, _total: None,
) -> Measured:
    """Read the facts once for all these requests; `tick` is told `(done, total)` passes.

    Each pass is kept before the next begins: one big query would hold the hash tables of all
    passes at once.
    """
    engine, facts = ledger.engine, Facts(ledger, keep=True)
    names = {
        part: f"{part[0]}_{number}" for number, part in enumerate(_needed(_asked(requests, as_of)))
    }
    forms = {_form(part, facts): name for part, name in names.items()}
    passes = [p for p in plan(forms) if p.source != "returns" or facts.has_returns]
    joined, tables = ledger.table("customers").select(_KEY), []
    for number, one in enumerate(passes):
        key = f"key_{number}"
        totals = engine.materialise(one.grouped(facts, forms).rename({key: _KEY}))
        joined = joined.left_join(totals, joined[_KEY] == totals[key])
        tables.append(totals)
        tick(number + 1, len(passes) + 1)
    kept = [forms[part] for one in passes for part in one.parts]
    table = engine.materialise(joined.select(_KEY, *kept))
    for spent in [*tables, *facts.kept()]:
        engine.drop(spent)
    tick(len(passes) + 1, len(passes) + 1)
    return Measured(engine, as_of, table, names)


def _form(part: Part, facts: Facts) -> Part:
    """How a measure is best taken: few categories fit into the bits of one number."""
    measure, days = part
    if measure == "categories" and facts.categories is not None:
        return ("category_bits", days)
    return part


def _asked(requests: Sequence[Any], as_of: date, *, twice: bool = False) -> list[Asked]:
    asked = [Asked(r.column, find(r.indicator), r.window, as_of) for r in requests]
    seen = {_KEY}
    if twice:
        return asked
    for one in asked:
        if one.column in seen:
            raise IndicatorError("column-twice", column=one.column)
        seen.add(one.column)
    return asked


def _needed(asked: Sequence[Asked]) -> list[Part]:
    parts = [part for one in asked for part in one.parts().values()]
    return [part for part in dict.fromkeys(parts) if part is not None and part[0] in MEASURES]
