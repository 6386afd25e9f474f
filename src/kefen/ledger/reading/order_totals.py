"""The money of whole orders beside the amounts of their lines: it proves which lines are meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading import money, texts

if TYPE_CHECKING:
    from kefen.ledger.reading.work import Rules, Work

_ID = "order_id"
TOTAL = "order_total"
_OF_ORDER = re.compile(
    r"订单.*[金总]额|整单|^\s*应付(?:金额|款|总额)|order.*(?:total|amount|value)|grand.?total",
    re.IGNORECASE,
)


def speaks_of_orders(heading: str | None) -> bool:
    """Whether a heading over money speaks of the whole order.

    >>> speaks_of_orders("订单总额"), speaks_of_orders("Order Total"), speaks_of_orders("金额")
    (True, True, False)
    """
    return bool(heading and _OF_ORDER.search(heading))


def order_totals(work: Work, rules: Rules) -> pl.DataFrame | None:
    """`order_id` and `order_total` of lines in whose file a further column gives that money."""
    ids = work.values.get(_ID)
    heading = next(filter(speaks_of_orders, rules.kept), None)
    if rules.kind.name != "order_lines" or ids is None or heading is None:
        return None
    style = rules.style("amount")
    text = texts.trimmed(texts.as_text(work.raw[heading]))
    total, _ = money.clean_money(text, rules.currency, style.decimal, style.scale)
    found = pl.DataFrame([ids.alias(_ID), total.alias(TOTAL)])
    return found.drop_nulls().unique(maintain_order=True)
