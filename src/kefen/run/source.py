"""What a run reads: the ledger, its date, and whom the scheme is about."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from kefen.deferred import ibis
from kefen.errors import RunError
from kefen.ledger import Ledger, from_frames
from kefen.schemes import lapse, population

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.indicators import Request
    from kefen.schemes import Scheme

_ID = "_customer"
AHEAD = timedelta(days=31)
"""So far after today and after the last sale an as-of date may lie: the end of the month, say."""


def ledger_of(source: Any) -> Ledger:
    """A ledger as it is; anything else is taken for a frame or file of orders."""
    return source if isinstance(source, Ledger) else from_frames(orders=source)


def day_of(ledger: Ledger, as_of: date | str | None) -> date:
    """The as-of date: as given, or the day after the last sale that is not after today.

    Raises:
        RunError: `nothing-sold` when none is given and the ledger has no sales,
            `bad-as-of` when it is not a date, `as-of-ahead` when nothing is known of that time:
            more than a month after today and after the last sale.
    """
    if as_of is None:
        span = ledger.span()
        if span is None:
            raise RunError("nothing-sold")
        return span[1] + timedelta(days=1)
    try:
        day = date.fromisoformat(as_of) if isinstance(as_of, str) else date(*_parts(as_of))
    except (ValueError, AttributeError, TypeError):
        raise RunError("bad-as-of", value=str(as_of)[:40]) from None
    today = datetime.now(ZoneInfo(ledger.settings.timezone)).date()
    if day - today > AHEAD:
        span = ledger.span()
        known = max(today, span[1]) if span else today
        if day - known > AHEAD:
            latest = known + AHEAD
            raise RunError("as-of-ahead", value=str(day), today=str(today), latest=str(latest))
    return day


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


class Tables(Protocol):
    """A ledger, or a part of one."""

    def table(self, kind: str) -> ir.Table:
        """The facts of a kind that count."""


class Indicators(Protocol):
    """What indicators are computed from."""

    @property
    def engine(self) -> Engine:
        """Where they are computed."""

    def indicators(
        self, requests: Sequence[Request], population: ir.Table | None = None
    ) -> ir.Table:
        """`customer_id` and a column for each request, of all or some customers."""


def rows(
    ledger: Tables, scheme: Scheme, facts: Indicators, more: Sequence[Request] = ()
) -> tuple[ir.Table, list[ir.Table]]:
    """The scheme's population with its indicators and attributes, and tables to drop after.

    `more` are indicators to have beside those the scheme asks for.
    """
    requests, engine = [*scheme.requests(), *more], facts.engine
    asked, spent = scheme.attributes(), []
    known = None
    if asked:
        customers = ledger.table("customers")
        known = engine.materialise(
            customers.select(**{_ID: customers.customer_id}, **attribute_values(customers, scheme))
        )
        spent.append(known)
    chosen = None
    if scheme.population is not None:
        everyone = facts.indicators([r for r in requests if r.indicator != "share_of_sales"])
        met = population(scheme, _with(everyone, known))
        chosen = engine.materialise(met.select("customer_id"))
        spent.append(chosen)
    return _with(facts.indicators(requests, chosen), known), spent


def requests_of(scheme: Scheme) -> list[Request]:
    """All that a run of a scheme measures."""
    return [*scheme.requests(), *lapse.requests(scheme)]


def _with(table: ir.Table, known: ir.Table | None) -> ir.Table:
    """The table with the attributes of its customers."""
    if known is None:
        return table
    return table.left_join(known, table.customer_id == known[_ID]).drop(_ID)


def attribute_values(customers: ir.Table, scheme: Scheme) -> dict[str, Any]:
    """The attributes that conditions ask for; others than the declared are kept as JSON."""
    return {
        scheme.attribute_column(name): customers[name]
        if name in customers.columns
        else _kept(customers.attributes.cast("json")[name])
        for name in scheme.attributes()
    }


def _kept(value: Any) -> Any:
    """Text as it is, a number or yes or no as JSON writes it."""
    return ibis.coalesce(value.unwrap_as("string"), value.cast("string").nullif("null"))
