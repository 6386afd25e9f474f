"""Measures from those of another version or date: only whom it concerns is measured anew."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.engines.base import shaped
from kefen.errors import LedgerError
from kefen.indicators import changed_customers
from kefen.indicators.compute import Plan, gather
from kefen.indicators.customer_facts import CustomerFacts
from kefen.indicators.facts import Facts
from kefen.indicators.folded_facts import folded_facts
from kefen.indicators.measure_cache import KEY, CachedMeasures, MeasureCache, link, schema
from kefen.indicators.measures import MEASURES
from kefen.indicators.request import Request
from kefen.period import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.indicators.base import VersionedLedger
    from kefen.indicators.compute import Measured, Tick
    from kefen.indicators.facts import FactSource

MANY: Final = 0.3
"""When this share of the customers is concerned, measuring everybody is no slower."""
PATCHED: Final = 0.1
"""When this share of the base no longer counts, a refresh writes a new base."""
WORTH: Final = 500_000
"""So many sales facts, and measures are worth keeping: below, all is read in a second."""
ALWAYS: Final = (
    Request("last_order_on", Window(None), "always_last"),
    Request("sales", Window(None), "always_sales"),
)
"""What nearly every run asks of everybody, to tell the lapsed: kept along, it is read once."""


def _quiet(_done: int, _total: int) -> None:
    """Tell nobody."""


def refreshed(
    ledger: VersionedLedger,
    requests: Sequence[Any],
    as_of: date,
    tick: Tick = _quiet,
    *,
    keep: bool | None = None,
) -> Measured:
    """What `measure` gives, made from measures kept on disk where that is quicker.

    The result is kept in turn. `keep` says whether to look and to keep; by default it is done
    where the ledger is large.
    """
    plan = Plan.of(ledger, requests, as_of)
    if keep is None:
        keep = sum(ledger.count(kind) for kind in changed_customers.SALES) >= WORTH
    if not keep or not plan.roles:
        return plan.measured(Refresh(ledger, plan, tick).whole())
    plan = replace(plan, roles={**plan.roles, **Plan.of(ledger, ALWAYS, as_of).roles})
    return plan.measured(Refresh(ledger, plan, tick).table())


@dataclass
class Refresh:
    """The making of a plan's table, of measures at hand or from nothing."""

    ledger: VersionedLedger
    plan: Plan
    tick: Tick

    @property
    def engine(self) -> Engine:
        """Where the table is made."""
        return self.ledger.engine

    def whole(self, facts: FactSource | None = None) -> ir.Table:
        """All of it, from the facts."""
        facts = facts or Facts(self.ledger, keep=True)
        jobs = {**self.plan.passes(facts), **self.plan.provided()}
        return gather(self.engine, self.plan.customers(), jobs, facts, self.tick)

    def table(self) -> ir.Table:
        """All of it, the quickest way; kept on disk for the next time."""
        cupboard = MeasureCache(self.ledger.path / "ledger" / "measures")
        for kept in self._nearest(cupboard.all()):
            try:
                lent = cupboard.borrow(kept)
            except OSError:  # another process let go of it
                continue
            try:
                table = self._from(lent, cupboard)
            finally:
                shutil.rmtree(lent.folder, ignore_errors=True)
            if table is not None:
                return table
            break
        folded = folded_facts(self.ledger)
        table = self.whole(folded)
        self._keep(lambda: cupboard.keep(self._base(cupboard, table)))
        if folded is None:
            self._keep(lambda: self.ledger.folded(make=True))
        return table

    def _nearest(self, known: Iterable[CachedMeasures]) -> list[CachedMeasures]:
        """Those of this ledger that hold all the measures, the nearest first."""
        needed, plan = set(self.plan.roles), self.plan
        fit = [kept for kept in known if needed <= set(kept.roles) and self._stands(kept)]
        return sorted(
            fit,
            key=lambda kept: (
                abs((kept.as_of - plan.as_of).days),
                abs(kept.version - self.ledger.version),
                kept.without,
            ),
        )

    def _stands(self, kept: CachedMeasures) -> bool:
        try:
            return self.ledger.step(kept.version) == kept.step
        except LedgerError:
            return False

    def _from(self, kept: CachedMeasures, cupboard: MeasureCache) -> ir.Table | None:
        """From these measures; None when that is no quicker."""
        engine, names = self.engine, self.plan.names
        back = self.ledger.count("returns") > 0
        shown = [n for part, n in names.items() if back or MEASURES[part[0]].source != "returns"]
        rows = kept.table(engine, self.plan.roles).select(KEY, *shown)
        if (kept.version, kept.as_of) == (self.ledger.version, self.plan.as_of):
            return self._with_providers(rows)
        people = self._concerned(kept)
        if people is None:
            return None
        facts = CustomerFacts(self.ledger, people, names)
        fresh = gather(
            engine,
            self.plan.customers().semi_join(people, KEY),
            self.plan.passes(facts),
            facts,
            self.tick,
        )
        fresh_rows = shaped(fresh, rows.schema())
        table = self._with_providers(rows.anti_join(people, KEY).union(fresh_rows))
        self._keep(lambda: cupboard.keep(self._patch(cupboard, kept, people, fresh_rows, table)))
        engine.drop(fresh)
        engine.drop(people)
        return table

    def _concerned(self, kept: CachedMeasures) -> ir.Table | None:
        """Customers to measure anew, kept on the engine; None when they are too many."""
        tables: list[ir.Table] = []
        if kept.version != self.ledger.version:
            compared = changed_customers.changed(self.ledger, kept.version)
            if compared is None:
                return None
            tables = compared
        facts = Facts(self.ledger, keep=True)
        days = changed_customers.moved(self.plan.roles, kept.as_of, self.plan.as_of)
        everyone = [*tables, *changed_customers.active(facts, days)]
        if not everyone:
            everyone = [self.plan.customers().filter(False)]
        people = changed_customers.together(self.engine, everyone)
        for spent in [*tables, *facts.cached_tables()]:
            self.engine.drop(spent)
        if _count(self.engine, people) > MANY * kept.rows:
            self.engine.drop(people)
            return None
        return people

    def _with_providers(self, rows: ir.Table) -> ir.Table:
        """These rows with what providers give, kept on the engine."""
        jobs = self.plan.provided()
        if not jobs:
            return self.engine.materialise(rows)
        return gather(self.engine, rows, jobs, Facts(self.ledger), self.tick)

    def _keep(self, write: Callable[[], object]) -> None:
        """Write for the next time; when the disk is full or read only, nothing is lost but time."""
        with suppress(OSError):
            write()

    def _base(self, cupboard: MeasureCache, table: ir.Table) -> CachedMeasures:
        """All rows, written as a base."""
        draft = cupboard.draft()
        self._write(self._by_role(table), draft, "base")
        return self._kept(draft, _count(self.engine, table))

    def _patch(
        self,
        cupboard: MeasureCache,
        kept: CachedMeasures,
        people: ir.Table,
        fresh: ir.Table,
        table: ir.Table,
    ) -> CachedMeasures:
        """What is new, written beside the base it mends; or a new base when much has changed."""
        ids = people.select(KEY)
        without = ids.union(kept.read(self.engine, "without", ids.schema())).distinct()
        count = _count(self.engine, without)
        if count > PATCHED * kept.rows:
            return self._base(cupboard, table)
        draft = cupboard.draft()
        link(kept.folder / "base.parquet", draft / "base.parquet")
        rows = self._by_role(fresh)
        before = kept.read(self.engine, "patch", rows.schema()).anti_join(people, KEY)
        self._write(rows.union(before), draft, "patch")
        self._write(without, draft, "without")
        return replace(self._kept(draft, kept.rows), without=count)

    def _kept(self, draft: Any, rows: int) -> CachedMeasures:
        ledger, plan = self.ledger, self.plan
        step = ledger.step(ledger.version)
        return CachedMeasures(draft, ledger.version, step, plan.as_of, tuple(plan.roles), rows)

    def _by_role(self, table: ir.Table) -> ir.Table:
        """A column for each role: two that cover the same days today need not tomorrow."""
        names, kinds = self.plan.names, schema(self.plan.roles)
        found = {}
        for role, part in self.plan.roles.items():
            name = names[part]
            found[role.name] = table[name] if name in table.columns else ibis.null(kinds[role.name])
        return table.select(KEY, **found)

    def _write(self, rows: ir.Table, draft: Any, name: str) -> None:
        self.engine.write_parquet(rows, draft / f"{name}.parquet")


def _count(engine: Engine, table: ir.Table) -> int:
    return int(engine.rows(table.aggregate(n=table.count()))[0]["n"])
