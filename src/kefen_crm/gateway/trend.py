"""One customer's indicators now and a year before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen import indicators
from kefen.indicators import Request
from kefen.period import Window, months_before
from kefen_crm.gateway import language

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger import Ledger

SHOWN = (
    "sales", "profit", "margin", "orders", "average_order_value", "frequency", "recency",
    "purchase_interval", "growth", "return_rate", "categories", "channels", "main_channel",
    "tenure",
)  # fmt: skip
WHERE_KNOWN = (
    "outstanding", "overdue_amount", "collection_period", "interactions", "complaints",
    "satisfaction",
)  # fmt: skip
"""Shown where anything is known of them."""
WINDOW = Window.parse("12m")


@dataclass(frozen=True)
class Trend:
    """An indicator with its value now and a year before; `better` is None where neither is."""

    title: str
    formula: str
    unit: str
    now: Any
    before: Any
    better: bool | None

    @property
    def rose(self) -> bool | None:
        """Whether the value went up; None where it stayed, is unknown on a side, or is a name."""
        if self.now is None or self.before is None or self.now == self.before:
            return None
        if isinstance(self.now, str):
            return None
        return bool(self.now > self.before)


@dataclass(frozen=True)
class OneCustomer:
    """A ledger as if it held one customer only, so that a page reads only that one's facts."""

    ledger: Ledger
    code: str

    @property
    def engine(self) -> Engine:
        return self.ledger.engine

    def began(self) -> date | None:
        return self.ledger.began()

    def table(self, kind: str) -> ir.Table:
        facts = self.ledger.table(kind)
        return facts.filter(facts.customer_id == self.code)

    def count(self, kind: str) -> int:
        return self.ledger.count(kind)


def trend(ledger: Ledger, code: str, as_of: date) -> list[Trend]:
    """The indicators of one customer over twelve months, now and a year before.

    The year before is unknown where the facts do not cover it, or the customer came later.
    """
    alone = OneCustomer(ledger, code)
    known, lang = indicators.catalogue(), language()
    now, before = (_values(alone, day) for day in (as_of, months_before(as_of, 12)))
    if not known["growth"].covered(ledger.began(), WINDOW, as_of) or before.get("tenure") is None:
        before = {}  # the facts do not reach back that far, or the customer had bought nothing yet
    return [
        Trend(
            known[name].label[lang],
            known[name].formula[lang],
            known[name].unit,
            now.get(name),
            before.get(name),
            _better(now.get(name), before.get(name), known[name].higher_is_better),
        )
        for name in (*SHOWN, *WHERE_KNOWN)
        if name in SHOWN or now.get(name) is not None or before.get(name) is not None
    ]


def _values(alone: OneCustomer, as_of: date) -> dict[str, Any]:
    requests = [Request(name, WINDOW) for name in (*SHOWN, *WHERE_KNOWN)]
    rows = indicators.compute(alone, requests, as_of).to_polars().to_dicts()
    return rows[0] if rows else {}


def _better(now: Any, before: Any, higher: bool | None) -> bool | None:
    if higher is None or now is None or before is None or now == before:
        return None
    return bool((now > before) == higher)
