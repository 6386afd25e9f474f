"""The facts of some customers, found in one reading and kept for all passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen.deferred import ibis
from kefen.indicators.facts import Facts, between
from kefen.indicators.folded_facts import NAMES, as_folded, with_headers
from kefen.indicators.measures import FOLDED, MEASURES
from kefen.indicators.scans import plan
from kefen.ledger.order_rollup import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import VersionedLedger
    from kefen.indicators.measures import Days, Measure
    from kefen.indicators.scans import Part, Pass
    from kefen.ledger.order_rollup import OrderRollup

DETAILS: Final = ("order_id", "channel", "cost", "quantity", "category_bits")
"""What of folded lines only measures that ask for more than customer, day and amount need."""


class CustomerFacts:
    """Facts of `people` (`customer_id` and `code`), as these measures need them.

    Order lines come folded where the ledger keeps them so, and the measures take them so.
    """

    measures: Mapping[str, Measure] = MEASURES
    categories: object | None = None

    def __init__(self, ledger: VersionedLedger, people: ir.Table, parts: Iterable[Part]) -> None:
        self._ledger, self._engine = ledger, ledger.engine
        self._people = people
        self._facts = Facts(ledger, only=people)
        self.has_returns = self._facts.has_returns
        parts = list(parts)
        sold = [one for one in plan(parts) if one.source != "returns"]
        back = [one for one in plan(parts) if one.source == "returns"]
        folded = None
        if all(_foldable(measure) for measure, _ in parts):
            folded = ledger.folded()
        if folded is not None:
            self.measures, self.categories = FOLDED, folded.categories
        self._sold = self._read(self._sales(folded, sold)) if sold else None
        self._back = self._read(self._returns(back)) if back and self.has_returns else None

    def sales(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Sales facts of `[start, end)`: `customer_id`, `ordered_on`, `amount` and `columns`."""
        assert self._sold is not None
        rows = between(self._sold, "ordered_on", start, end)
        if self.measures is FOLDED:
            return rows
        return rows[list(dict.fromkeys(["customer_id", "ordered_on", "amount", *columns]))]

    def returns(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Returns of `[start, end)`: `customer_id`, `returned_on`, `amount`, `columns`."""
        assert self._back is not None
        wanted = dict.fromkeys(["customer_id", "returned_on", "amount", *columns])
        return between(self._back, "returned_on", start, end)[list(wanted)]

    def cached_tables(self) -> list[ir.Table]:
        """Tables kept on the engine, to be dropped after the last pass."""
        return [table for table in (self._sold, self._back) if table is not None]

    def _read(self, rows: ir.Table) -> ir.Table:
        return self._engine.materialise(rows)

    def _sales(self, folded: OrderRollup | None, passes: list[Pass]) -> ir.Table:
        start, end = _days(passes)
        if folded is None:
            return self._facts.sales(_columns(passes), start, end)
        lines = self._lines(folded.rows, start, end, _detailed_from(passes))
        if not self._ledger.count("orders"):
            return lines.drop("code")
        bare = between(self._facts.orders_without_lines(), "ordered_on", start, end)
        filled = with_headers(lines, self._ledger).select(NAMES)
        return filled.union(as_folded(bare).select(NAMES))

    def _lines(
        self, folded: ir.Table, start: date | None, end: date, detailed_from: date | None
    ) -> ir.Table:
        """Their folded lines; before `detailed_from` no column is read but those all need."""
        chosen = folded.semi_join(self._people, "code").semi_join(self._people, "customer_id")
        if detailed_from is None:
            return between(chosen, "ordered_on", start, end)
        late = between(chosen, "ordered_on", detailed_from, end)
        early = between(chosen, "ordered_on", start, detailed_from)
        nothing = {name: ibis.null(SCHEMA[name]).name(name) for name in DETAILS}
        return late.union(early.select(*(nothing.get(name, early[name]) for name in SCHEMA)))

    def _returns(self, passes: list[Pass]) -> ir.Table:
        return self._facts.returns(_columns(passes), *_days(passes))


def _foldable(measure: str) -> bool:
    return measure in FOLDED or measure == "categories"


def _columns(passes: list[Pass]) -> list[str]:
    return [c for one in passes for measure, _ in one.parts for c in MEASURES[measure].columns]


def _days(passes: list[Pass]) -> Days:
    starts = [one.days[0] for one in passes]
    known = [start for start in starts if start is not None]
    return min(known) if len(known) == len(starts) else None, max(one.days[1] for one in passes)


def _detailed_from(passes: list[Pass]) -> date | None:
    """The first day of which more than the plainest columns are asked; None when of all days."""
    starts = [days[0] for one in passes for measure, days in one.parts if MEASURES[measure].columns]
    known = [start for start in starts if start is not None]
    return min(known) if known and len(known) == len(starts) else None
