"""The facts of everybody, with order lines as the ledger keeps them folded: a third of the rows."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators.facts import Facts, between
from kefen.indicators.measures import FOLDED
from kefen.ledger.order_rollup import SCHEMA, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.ledger.order_rollup import OrderRollup

NAMES: Final = tuple(name for name in SCHEMA if name != "code")
"""What measures read of folded lines."""
LOOSE: Final = 0.05
"""When more than this share of the lines is in files too small to be folded, reading all of them
as they are is quicker than folding these again for every pass."""
LARGE: Final = 500_000
"""With so many order lines it is looked whether they are folded: fewer are read in a second."""


class FoldedFacts(Facts):
    """Sales and returns as `Facts` gives them; the lines of an order and day are one row."""

    measures = FOLDED

    def __init__(self, ledger: Ledger, folded: OrderRollup) -> None:
        super().__init__(ledger, keep=True)
        self._folded = folded

    @property
    def categories(self) -> object | None:
        """The bits that stand for product categories."""
        return self._folded.categories

    def sales(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Sales facts of `[start, end)`, folded."""
        lines = between(self._folded.rows, "ordered_on", start, end)
        if not self._orders:
            return lines.select(NAMES)
        if "channel" in columns:
            lines = with_headers(lines, self._ledger)
        bare = between(self.orders_without_lines(), "ordered_on", start, end)
        return lines.select(NAMES).union(as_folded(bare).select(NAMES))


def facts_of_everybody(ledger: Ledger) -> Facts:
    """Folded where there are many and they are kept so, else as they are."""
    if ledger.count("order_lines") >= LARGE:
        # New categories are noted first; where the disk is full or read only, only time is lost.
        with suppress(OSError):
            return folded_facts(ledger) or Facts(ledger, keep=True)
    return Facts(ledger, keep=True)


def folded_facts(ledger: Ledger) -> FoldedFacts | None:
    """The facts of everybody where nearly all order lines are kept folded; else None."""
    folded = ledger.folded()
    if folded is None or folded.loose > LOOSE * ledger.count("order_lines"):
        return None
    return FoldedFacts(ledger, folded)


def with_headers(lines: ir.Table, ledger: Ledger) -> ir.Table:
    """Folded lines with the channel of their order where they have none."""
    orders = ledger.table("orders").select(header_id="order_id", header="channel")
    filled = lines.left_join(orders, lines.order_id == orders.header_id)
    return filled.mutate(channel=filled.channel.coalesce(filled.header))


def as_folded(orders: ir.Table) -> ir.Table:
    """Orders known by their header alone: each is as one line of no category."""
    found: dict[str, Any] = {
        "lines": ibis.literal(1, "int64"),
        "costs": orders.cost.notnull().cast("int64"),
        "quantity": ibis.null(UNITS),
        "bought": orders.amount > 0,
        "category_bits": ibis.null("int64"),
    }
    return orders.mutate(**found)
