"""The facts of some customers, found in one reading and kept for all passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.indicators.facts import Facts, between
from kefen.indicators.measures import MEASURES
from kefen.indicators.passes import plan

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.indicators.passes import Part, Pass


class Gathered:
    """Facts of `people`, as these measures need them."""

    categories = None
    """So few rows need no bits."""

    def __init__(self, ledger: Ledger, people: ir.Table, parts: Iterable[Part]) -> None:
        self._facts = Facts(ledger, only=people)
        self._engine = ledger.engine
        self.has_returns = self._facts.has_returns
        passes = plan(parts)
        self._sold = self._read([one for one in passes if one.source != "returns"])
        self._back = self._read([one for one in passes if one.source == "returns"])

    def sales(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Sales facts of `[start, end)`: `customer_id`, `ordered_on`, `amount` and `columns`."""
        assert self._sold is not None
        wanted = dict.fromkeys(["customer_id", "ordered_on", "amount", *columns])
        return between(self._sold, "ordered_on", start, end)[list(wanted)]

    def returns(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Returns of `[start, end)`: `customer_id`, `returned_on`, `amount`, `columns`."""
        assert self._back is not None
        wanted = dict.fromkeys(["customer_id", "returned_on", "amount", *columns])
        return between(self._back, "returned_on", start, end)[list(wanted)]

    def kept(self) -> list[ir.Table]:
        """Tables kept on the engine, to be dropped after the last pass."""
        return [table for table in (self._sold, self._back) if table is not None]

    def _read(self, passes: list[Pass]) -> ir.Table | None:
        parts = [part for one in passes for part in one.parts]
        if not parts:
            return None
        columns = dict.fromkeys(c for measure, _ in parts for c in MEASURES[measure].columns)
        starts = [one.days[0] for one in passes]
        start = None if None in starts else min(s for s in starts if s is not None)
        end = max(one.days[1] for one in passes)
        back = passes[0].source == "returns"
        read = self._facts.returns if back else self._facts.sales
        return self._engine.materialise(read(columns, start, end))
