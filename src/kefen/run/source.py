"""What a run reads: the ledger, its date, and whom the scheme is about."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from kefen.errors import RunError
from kefen.ledger import Ledger, from_frames
from kefen.schemes import population

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.indicators import Measured
    from kefen.schemes import Scheme


def ledger_of(source: Any) -> Ledger:
    """A ledger as it is; anything else is taken for a frame or file of orders."""
    return source if isinstance(source, Ledger) else from_frames(orders=source)


def day_of(ledger: Ledger, as_of: date | str | None) -> date:
    """The as-of date: as given, or the day after the last sale.

    Raises:
        RunError: `nothing-sold` when none is given and the ledger has no sales,
            `bad-as-of` when it is not a date.
    """
    if as_of is None:
        span = ledger.span()
        if span is None:
            raise RunError("nothing-sold")
        return span[1] + timedelta(days=1)
    try:
        return date.fromisoformat(as_of) if isinstance(as_of, str) else date(*_parts(as_of))
    except ValueError:
        raise RunError("bad-as-of", value=as_of) from None


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def rows(ledger: Ledger, scheme: Scheme, facts: Measured) -> tuple[ir.Table, list[ir.Table]]:
    """The scheme's population with its indicators, and tables to drop when it is done with."""
    requests = scheme.requests()
    if scheme.population is None:
        return facts.indicators(requests), []
    everyone = facts.indicators([r for r in requests if r.indicator != "share_of_sales"])
    customers = ledger.table("customers").select("customer_id", *_attributes(ledger, scheme))
    chosen = population(scheme, everyone.inner_join(customers, "customer_id"))
    kept = facts.engine.materialise(chosen.select("customer_id"))
    return facts.indicators(requests, kept), [kept]


def _attributes(ledger: Ledger, scheme: Scheme) -> list[Any]:
    """The customer attributes a population asks for; others than the declared are kept as JSON."""
    customers = ledger.table("customers")
    return [
        customers[name]
        if name in customers.columns
        else customers.attributes.cast("json")[name].unwrap_as("string").name(name)
        for name in scheme.attributes()
    ]
