"""Indicators of the few customers whose facts are others than in an earlier version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.deferred import ibis
from kefen.errors import LedgerError
from kefen.indicators import changed_customers
from kefen.indicators.compute import Plan, gather
from kefen.indicators.customer_facts import CustomerFacts
from kefen.indicators.facts import Facts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import VersionedLedger

MANY: Final = 0.3
"""When this share of the customers is concerned, reading everybody is no slower."""
_KEY: Final = changed_customers.KEY


@dataclass(frozen=True)
class AnotherDay:
    """The measures of `requests` as of a day, where they were known as of another, `known`.

    What tells days up to that day, such as `recency`, moves for everybody and is not followed.
    """

    requests: Sequence[Any]
    known: date
    as_of: date

    def concerned(self, ledger: VersionedLedger) -> list[ir.Table]:
        """Customers with a fact on a day that entered or left a window, kept on the engine."""
        if self.known == self.as_of:
            return []
        facts = Facts(ledger, keep=True)
        roles = Plan.of(ledger, self.requests, self.as_of).roles
        days = changed_customers.moved(roles, self.known, self.as_of)
        found = [ledger.engine.materialise(one) for one in changed_customers.active(facts, days)]
        for spent in facts.cached_tables():
            ledger.engine.drop(spent)
        return found


def changed_since(
    ledger: VersionedLedger,
    version: int,
    step: str,
    others: Collection[str] = (),
    day: AnotherDay | None = None,
) -> ir.Table | None:
    """The customers whose measures, or whose master data, may be others than in that version.

    Args:
        ledger: as it is now.
        version: a version of it before.
        step: what made that version, as `Ledger.step` told then.
        others: customers to be among them in any case.
        day: what is measured, and as of which days; without, as of the same day.

    Returns:
        `customer_id` and `code` of each, kept on the engine; None where they are many, or where
        that version is not known any more.
    """
    try:
        if ledger.step(version) != step:
            return None
        customers = ledger.changes("customers", version)
        if customers.gone and customers.rows > MANY * ledger.count("customers"):
            return None
        tables = changed_customers.changed(ledger, version)
    except (LedgerError, OSError):
        return None
    if tables is None:
        return None
    if day is not None:
        tables += day.concerned(ledger)
    found = list(tables)
    if customers.gone:  # measures depend on who there is, not on what else is told of them
        found.append(customers.rewritten(ledger.engine))
    if others or not found:
        told = pl.DataFrame({_KEY: list(others)}, {_KEY: pl.String})
        found.append(ibis.memtable(told.to_arrow()))
    people = changed_customers.together(ledger.engine, found)
    for spent in tables:
        ledger.engine.drop(spent)
    [counted] = ledger.engine.rows(people.aggregate(n=people.count()))
    if counted["n"] > MANY * ledger.count("customers"):
        ledger.engine.drop(people)
        return None
    return people


def compute_of(
    ledger: VersionedLedger, requests: Sequence[Any], as_of: date, people: ir.Table
) -> ir.Table:
    """As `compute`, of `people` (`customer_id` and `code`) whom the ledger knows.

    Only their facts are read, so none may ask for a share of what everybody buys.
    """
    plan = Plan.of(ledger, requests, as_of)
    facts = CustomerFacts(ledger, people, plan.names)
    jobs = {**plan.passes(facts), **plan.provided()}
    customers = plan.customers().semi_join(people, _KEY)
    table = gather(ledger.engine, customers, jobs, facts, lambda _done, _total: None)
    return plan.measured(table).indicators(requests)
