"""Whose measures may differ between two versions of a ledger, or two dates.

A measure adds up what happened to one customer on certain days. So it is the same for everybody
but those of whom a fact came, went or was corrected, and those with a fact on a day that has
entered or left a window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen.deferred import ibis
from kefen.indicators.measures import MEASURES
from kefen.ledger.order_rollup import code_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.indicators.base import VersionedLedger
    from kefen.indicators.facts import FactSource
    from kefen.indicators.windowed_measure import Role

    Range = tuple[date, date]

KEY: Final = "customer_id"
SALES: Final = ("order_lines", "orders")
COUNTED: Final = (*SALES, "returns", "customers")
"""The kinds of fact that measures are made of, and those they are made of."""
MUCH: Final = 0.5
"""When this share of the facts has to be compared, measuring everybody is no slower."""


def changed(ledger: VersionedLedger, since: int) -> list[ir.Table] | None:
    """Customers whose facts are not the same as in version `since`, in tables the engine keeps.

    None when too many facts would have to be compared.
    """
    engine = ledger.engine
    found = {kind: ledger.changes(kind, since) for kind in COUNTED}
    known = sum(ledger.count(kind) for kind in COUNTED)
    if sum(one.rows for one in found.values() if one.gone) > MUCH * known:
        return None
    keys = {kind: engine.materialise(one.keys(engine)) for kind, one in found.items() if one.rows}
    tables = list(keys.values())
    for kind in SALES:
        # A line takes what it lacks from its order, an order with lines is not counted itself,
        # and with an order that counts no more go its lines and returns.
        for other in ("order_lines", "orders", "returns"):
            if kind in keys and other != kind and ledger.count(other, whole=True):
                theirs = ledger.table(other, whole=True).semi_join(keys[kind], "order_id")
                tables.append(engine.materialise(theirs.select(KEY)))
    return tables


def moved(roles: Iterable[Role], old: date, new: date) -> dict[str, list[Range]]:
    """The days that entered or left any of these spans, for sales and for returns.

    >>> from datetime import date
    >>> from kefen.indicators.windowed_measure import Role
    >>> from kefen.period import Window
    >>> year = Role.of("gross", "window", Window.parse("12m"))
    >>> moved([year], date(2026, 1, 1), date(2026, 1, 2))["sales"]
    [(datetime.date(2025, 1, 1), datetime.date(2025, 1, 2)), \
(datetime.date(2026, 1, 1), datetime.date(2026, 1, 2))]
    """
    found: dict[str, set[Range]] = {"sales": set(), "returns": set()}
    for role in roles:
        source = "returns" if MEASURES[role.measure].source == "returns" else "sales"
        before, after = role.days(old), role.days(new)
        if before is None or after is None:
            continue
        for one, other in zip(before, after, strict=True):
            if one is not None and other is not None and one != other:
                found[source].add((min(one, other), max(one, other)))
    return {source: _merged(ranges) for source, ranges in found.items()}


def active(facts: FactSource, days: dict[str, list[Range]]) -> list[ir.Table]:
    """Customers with a fact on these days."""
    tables = [facts.sales((), start, end) for start, end in days["sales"]]
    if facts.has_returns:
        tables += [facts.returns((), start, end) for start, end in days["returns"]]
    return [table.select(KEY) for table in tables]


def together(engine: Engine, tables: Iterable[ir.Table]) -> ir.Table:
    """All customers of these tables, each once and with a `code`, kept on the engine."""
    ids = [table.select(KEY) for table in tables]
    everyone = (ibis.union(*ids) if len(ids) > 1 else ids[0]).distinct()
    return engine.materialise(everyone.mutate(code=code_of(everyone[KEY])))


def _merged(ranges: Iterable[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
