"""What a run reads: the ledger, its version and date, and indicators shared between runs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from kefen.errors import RunError
from kefen.indicators import Measured, Request, measure
from kefen.ledger import Ledger, from_frames
from kefen.schemes import population

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes import Scheme

    Key = tuple[str, int, date]

_KEPT = 2
_MEASURED: WeakKeyDictionary[Engine, dict[Key, Measured]] = WeakKeyDictionary()


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


def measured(
    ledger: Ledger,
    as_of: date,
    schemes: Sequence[Scheme],
    tick: Callable[[int, int], object] = lambda _done, _total: None,
) -> Measured:
    """The measures all these schemes need, read once and kept for later runs and previews."""
    requests = _together(schemes)
    kept = _MEASURED.setdefault(ledger.engine, {})
    key = (str(ledger.path), ledger.version, as_of)
    if key in kept and kept[key].holds(requests):
        kept[key] = kept.pop(key)
        return kept[key]
    if key in kept:
        forget(kept.pop(key))
    kept[key] = measure(ledger, requests, as_of, tick)
    for old in list(kept)[:-_KEPT]:
        forget(kept.pop(old))
    return kept[key]


def forget(old: Measured) -> None:
    """Give back the memory of measures that no run needs any more."""
    old.engine.drop(old.table)


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


def _together(schemes: Sequence[Scheme]) -> list[Request]:
    requests: dict[str, Request] = {}
    for scheme in schemes:
        for asked in scheme.requests():
            one = Request(asked.indicator, asked.window)
            requests.setdefault(one.key, Request(one.indicator, one.window, one.key))
    return list(requests.values())
