"""The class of some customers now, by standards that stand: no fitting, nobody else is read.

Assigning goes row by row, so a customer whose facts changed is measured and assigned alone. The
next run by the same standard, on the same facts and as of the same day, says the same.

What is computed is the same for whoever comes, so its statements are made once and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.engines import Embedded, Recording, embedded
from kefen.indicators import Request
from kefen.indicators.catalogue import is_own
from kefen.indicators.compute import compares, measure
from kefen.ledger.customer_index import CustomerIndex
from kefen.ledger.part import LedgerPart
from kefen.ledger.part_tables import PartTables, Pending
from kefen.run.grade import in_order
from kefen.run.previous_run import before as before_
from kefen.run.previous_run import standing
from kefen.run.source import requests_of, rows
from kefen.run.store import RunStore
from kefen.schemes import assign, lapse
from kefen.schemes.adjustments import hold, overriding
from kefen.schemes.overrides import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir
    import pyarrow as pa

    from kefen.engines import Program
    from kefen.indicators import Indicator
    from kefen.ledger import Ledger
    from kefen.period import Window
    from kefen.run.record import Run
    from kefen.schemes import Scheme
    from kefen.schemes.overrides import Override

__all__ = ["LiveClasses", "Pending", "Standing", "classify", "is_live", "prepare"]

PROGRAMS: Final = 32
"""So many of the ways of computing are kept; each is a few statements."""
_PROGRAMS: Final[dict[Any, Program]] = {}


@dataclass(frozen=True)
class Standing:
    """A run in force, whose standard holds, and what the next run would take over.

    Attributes:
        run: the run.
        previous: the run that hysteresis starts from; None where there is none.
        overrides: classes that people set.
    """

    run: Run
    previous: Run | None = None
    overrides: tuple[Override, ...] = ()


def is_live(scheme: Scheme) -> bool:
    """Whether a scheme's classes follow from each customer's own facts.

    Not those of a scheme that looks at shares of everybody's sales, at predictions fitted to
    everybody, or at indicators of a plug-in that does not say so.

    >>> from kefen import schemes
    >>> is_live(schemes.load("abc"))
    True
    """
    return all(request.definition().alone(request.window) for request in requests_of(scheme))


def prepare(ledger: Ledger) -> list[str]:
    """Have the facts of a few customers be found at once in a large ledger; gives the kinds.

    It takes some seconds for millions of facts, and is done where it is worth it and not done yet.
    """
    ledger = ledger.at(ledger.version)
    tables = ledger.manifest.tables
    with embedded(ledger.engine) as engine:
        index = CustomerIndex(ledger.folder, engine)
        return [kind for kind, version in tables.items() if index.make(kind, version)]


def classify(
    ledger: Ledger,
    standings: Sequence[Standing],
    as_of: date,
    customers: Iterable[str],
    pending: Iterable[Pending] = (),
) -> list[pl.DataFrame]:
    """The rows that a run by each of these standards would have of some customers.

    Args:
        ledger: where the facts are.
        standings: finished runs of schemes that are `is_live`.
        as_of: facts of this day and later do not count.
        customers: the ids of the customers.
        pending: facts that are still to land.

    Returns:
        For each standing a frame as `Run.classes`; a customer who takes no part is not in it.

    Raises:
        RunError: `run-failed` for a run without a standard.
    """
    with embedded(ledger.engine) as engine:
        return LiveClasses(engine).classify(ledger, standings, as_of, customers, pending)


class LiveClasses:
    """Tells the classes of a few customers again and again, on an engine that is kept.

    It serves one thread at a time.
    """

    def __init__(self, engine: Embedded | None = None) -> None:
        self.engine = engine or Embedded()
        self._tables = PartTables(self.engine)

    def span(self, ledger: Ledger) -> tuple[date, date] | None:
        """As `Ledger.span`."""
        self._tables.land(ledger)
        return self._tables.span()

    def classify(
        self,
        ledger: Ledger,
        standings: Sequence[Standing],
        as_of: date,
        customers: Iterable[str],
        pending: Iterable[Pending] = (),
    ) -> list[pl.DataFrame]:
        """As `classify`."""
        self._tables.land(ledger)
        self._tables.put(customers, pending)
        for at, one in enumerate(standings):
            held = in_force(one.run.scheme, one.overrides, as_of)
            if one.overrides:
                self.engine.put(_overrides(at), overriding(held))
        asked = _Asked(self._tables, standings, as_of)
        program = _PROGRAMS.get(asked.key)
        if program is not None and program.is_readable():
            found = program.run(self.engine)
        else:
            found = asked.computed(Recording(self.engine), RunStore(ledger))
        return [_frame(one) for one in found]

    def close(self) -> None:
        """Give the engine back."""
        self.engine.close()


def _overrides(at: int) -> str:
    """The name of the table of overrides of a standing."""
    return f"part_overrides_{at}"


class _Asked:
    """What is to be computed of whoever `tables` are about."""

    def __init__(self, tables: PartTables, standings: Sequence[Standing], as_of: date) -> None:
        self._standings, self._as_of = standings, as_of
        self._requests = [each for one in standings for each in requests_of(one.run.scheme)]
        self._counts = tables.counts
        self._began = tables.began() if compares(self._requests) else None

    @property
    def key(self) -> Any:
        """All that the way of computing depends on."""
        there = tuple(map(bool, (n for pair in self._counts.values() for n in pair)))
        return there, self._began, self._as_of, tuple(map(_key_of, self._standings))

    def computed(self, engine: Recording, store: RunStore) -> list[pa.Table]:
        """The rows for each standing; the way to them is kept where it always is the same."""
        part = LedgerPart(engine, self._counts, self._began)
        known = Known.of(part, self._requests, self._as_of)
        found = [
            _classes(store, part, known, one, self._as_of, at)
            for at, one in enumerate(self._standings)
        ]
        program, results = engine.record(found)
        if engine.repeatable and all(is_own(one.definition()) for one in self._requests):
            while len(_PROGRAMS) >= PROGRAMS:
                _PROGRAMS.pop(next(iter(_PROGRAMS)), None)
            _PROGRAMS[self.key] = program
        return results


def _key_of(one: Standing) -> Any:
    run, previous = one.run, one.previous
    return (
        str(run.folder),
        run.started_at,
        run.scheme.hash,
        previous and (previous.id, previous.started_at),
        bool(one.overrides),
    )


@dataclass(frozen=True)
class Known:
    """The indicators of a few customers, computed once for all schemes.

    Attributes:
        engine: where they are kept.
        table: `customer_id` and a column for each of `names`.
        names: the columns of indicators over windows.
    """

    engine: Recording
    table: ir.Table
    names: Mapping[Any, str]

    @classmethod
    def of(cls, part: LedgerPart, requests: Sequence[Request], as_of: date) -> Known:
        """Measure these customers."""
        keys = dict.fromkeys(map(_key, requests))
        names = {key: f"known_{at}" for at, key in enumerate(keys)}
        named = [Request(*key[:2], column=name, of=key[2]) for key, name in names.items()]
        facts = measure(part, named, as_of, few=True)
        return cls(part.engine, part.engine.materialise(facts.indicators(named)), names)

    def indicators(self, requests: Sequence[Any], population: ir.Table | None = None) -> ir.Table:
        """As `Measured.indicators`."""
        rows = self.table
        if population is not None:
            rows = rows.semi_join(population, "customer_id")
        return rows.select(
            "customer_id", **{one.column: rows[self.names[_key(one)]] for one in requests}
        )


def _key(request: Request) -> tuple[str, Window, Indicator | None]:
    return request.indicator, request.window, request.of


def _classes(
    store: RunStore, part: LedgerPart, known: Known, one: Standing, as_of: date, at: int
) -> ir.Table:
    scheme, standard, engine = one.run.scheme, one.run.standard, known.engine
    assert standard is not None
    table, _spent = rows(part, scheme, known, lapse.requests(scheme))
    before = before_(scheme, as_of, one.previous, store.read)
    stood = None
    if before is not None:
        stood = standing(before, engine).semi_join(known.table, "customer_id")
    overrides = engine.temporary(_overrides(at)) if one.overrides else ()
    assigned = hold(scheme, standard, assign(scheme, standard, table), stood, overrides)
    return in_order(lapse.marked(scheme, assigned, as_of))


def _frame(rows: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    return frame
