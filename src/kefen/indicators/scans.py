"""Passes: which measures of which days are grouped together, and the grouping itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kefen.indicators.measures import FINISH, MEASURES, by_channel

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from kefen.indicators.facts import FactSource
    from kefen.indicators.measures import Days, Source

    Part = tuple[str, Days]


@dataclass
class Pass:
    """One grouping of one source of facts by customer."""

    source: Source
    parts: list[Part] = field(default_factory=list)

    @property
    def days(self) -> Days:
        """The days it reads: enough for every part."""
        starts = [start for _, (start, _) in self.parts]
        known = [start for start in starts if start is not None]
        start = min(known) if len(known) == len(starts) else None
        return (start, max(end for _, (_, end) in self.parts))

    def grouped(self, facts: FactSource, names: dict[Part, str]) -> ir.Table:
        """One row for each customer with facts in these days: the parts, called by `names`."""
        columns = dict.fromkeys(c for measure, _ in self.parts for c in MEASURES[measure].columns)
        if self.source == "returns":
            rows = facts.returns(columns, *self.days)
        else:
            rows = facts.sales(columns, *self.days)
        if self.source == "channels":
            rows = by_channel(rows)
        taken = {
            names[m, d]: facts.measures[m].of(rows, self._inside(rows, d)) for m, d in self.parts
        }
        totals = rows.group_by("customer_id").aggregate(**taken)
        unfinished = [part for part in self.parts if part[0] in FINISH]
        finished = {names[part]: FINISH[part[0]](totals[names[part]]) for part in unfinished}
        return totals.mutate(**finished) if finished else totals

    def _inside(self, rows: ir.Table, days: Days) -> Any:
        """The condition for a span narrower than the pass."""
        whole, (start, end) = self.days, days
        if days == whole:
            return None
        day = rows["returned_on" if self.source == "returns" else "ordered_on"]
        tests = [day >= start] if start is not None and start != whole[0] else []
        tests += [day < end] if end != whole[1] else []
        return tests[0] if len(tests) == 1 else tests[0] & tests[1]


def plan(parts: Iterable[Part]) -> list[Pass]:
    """As few passes as pay: spans with distinct counts alone, all others of a source together.

    >>> from datetime import date
    >>> year = (date(2025, 1, 1), date(2026, 1, 1))
    >>> ever = (None, date(2026, 1, 1))
    >>> [p.parts for p in plan([("gross", year), ("first", ever), ("lines", ever)])]
    [[('gross', (datetime.date(2025, 1, 1), datetime.date(2026, 1, 1))), \
('first', (None, datetime.date(2026, 1, 1))), ('lines', (None, datetime.date(2026, 1, 1)))]]
    """
    asked = list(dict.fromkeys(parts))
    alone = {(MEASURES[m].source, days) for m, days in asked if MEASURES[m].distinct}
    passes: dict[tuple[Source, Days | None], Pass] = {}
    for measure, days in asked:
        source = MEASURES[measure].source
        key = (source, days if (source, days) in alone else None)
        passes.setdefault(key, Pass(source)).parts.append((measure, days))
    return list(passes.values())
