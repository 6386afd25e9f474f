"""One customer's indicators now and a year before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen import indicators
from kefen.indicators import Request
from kefen.indicators.compute import measure
from kefen.period import Window, months_before
from kefen_crm.gateway import language
from kefen_crm.gateway.one_customer import reader_of

if TYPE_CHECKING:
    from datetime import date


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
REQUESTS = [Request(name, WINDOW) for name in (*SHOWN, *WHERE_KNOWN)]


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


def trend(code: str, as_of: date) -> list[Trend]:
    """The indicators of one customer over twelve months, now and a year before.

    The year before is unknown where the facts do not cover it, or the customer came later.
    """
    known, lang = indicators.catalogue(), language()
    days = (as_of, months_before(as_of, 12))
    with reader_of(code) as reader:
        found = reader.ask(
            ("trend", days),
            lambda part: [
                measure(part, REQUESTS, day, few=True).indicators(REQUESTS) for day in days
            ],
            compares=True,
        )
        span = reader.span()
    now, before = (next(iter(rows.to_dicts()), {}) for rows in found)
    covered = known["growth"].covered(span and span[0], WINDOW, as_of)
    if not covered or before.get("tenure") is None:
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


def _better(now: Any, before: Any, higher: bool | None) -> bool | None:
    if higher is None or now is None or before is None or now == before:
        return None
    return bool((now > before) == higher)
