"""The class of some customers now, by standards that stand: no fitting, nobody else is read.

Assigning goes row by row, so a customer whose facts changed is measured and assigned alone. The
next run by the same standard, on the same facts and as of the same day, says the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.indicators import Request
from kefen.indicators.compute import measure
from kefen.ledger.customer_index import CustomerIndex
from kefen.ledger.part import LedgerPart, Pending
from kefen.run.grade import in_order
from kefen.run.previous_run import before as before_
from kefen.run.previous_run import standing
from kefen.run.source import rows
from kefen.run.store import RunStore
from kefen.schemes import assign, lapse
from kefen.schemes.adjustments import hold
from kefen.schemes.overrides import in_force

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.indicators import Indicator
    from kefen.ledger import Ledger
    from kefen.period import Window
    from kefen.run.record import Run
    from kefen.schemes import Scheme
    from kefen.schemes.overrides import Override

__all__ = ["Pending", "Standing", "classify", "is_live", "prepare"]


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
    return all(request.definition().alone(request.window) for request in _requests(scheme))


def prepare(ledger: Ledger) -> list[str]:
    """Have the facts of a few customers be found at once in a large ledger; gives the kinds.

    It takes some seconds for millions of facts, and is done where it is worth it and not done yet.
    """
    ledger = ledger.at(ledger.version)
    index = CustomerIndex(ledger.folder, ledger.engine)
    tables = ledger.manifest.tables
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
    part = LedgerPart(ledger, customers, pending)
    try:
        known = Known.of(
            part, [each for one in standings for each in _requests(one.run.scheme)], as_of
        )
        return [_classes(ledger, part, known, one, as_of) for one in standings]
    finally:
        part.drop()


@dataclass(frozen=True)
class Known:
    """The indicators of a few customers, computed once for all schemes.

    Attributes:
        engine: where they are kept.
        table: `customer_id` and a column for each of `names`.
        names: the columns of indicators over windows.
    """

    engine: Engine
    table: ir.Table
    names: Mapping[Any, str]

    @classmethod
    def of(cls, part: LedgerPart, requests: Sequence[Request], as_of: date) -> Known:
        """Measure these customers."""
        keys = dict.fromkeys(map(_key, requests))
        names = {key: f"known_{at}" for at, key in enumerate(keys)}
        named = [Request(*key[:2], column=name, of=key[2]) for key, name in names.items()]
        facts = measure(part, named, as_of)
        table = part.engine.materialise(facts.indicators(named))
        facts.drop()
        return cls(part.engine, table, names)

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
    ledger: Ledger, part: LedgerPart, known: Known, one: Standing, as_of: date
) -> pl.DataFrame:
    scheme, standard, engine = one.run.scheme, one.run.standard, known.engine
    assert standard is not None
    table, spent = rows(part, scheme, known, lapse.requests(scheme))
    before = before_(scheme, as_of, one.previous, RunStore(ledger).read)
    stood = None
    if before is not None:
        everyone = standing(before, engine)
        ids = sorted(engine.fetch(known.table.select("customer_id"))["customer_id"].to_pylist())
        stood = everyone.filter(everyone.customer_id.isin(ids))
    assigned = assign(scheme, standard, table)
    assigned = hold(scheme, standard, assigned, stood, in_force(scheme, one.overrides, as_of))
    found = engine.fetch(in_order(lapse.marked(scheme, assigned, as_of)))
    for kept in spent:
        engine.drop(kept)
    frame = pl.from_arrow(found)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _requests(scheme: Scheme) -> list[Request]:
    return [*scheme.requests(), *lapse.requests(scheme)]
