"""What counts of the facts: not what was cancelled, refunded, never paid or only offered.

A sale whose status says so is kept with `counted` false. Where an order does not count, neither
do its lines and returns; where none of its lines counts, neither does the order. A ledger in
which everything counts, as its files' records say, is read as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from kefen.ledger.facts import COUNTED, SALES

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.ledger.order_rollup import OrderRollup

_ID = "order_id"


class Rows(Protocol):
    """Where the rows come from: a snapshot of the ledger, or a part of one."""

    def delta_version(self, kind: str) -> int | None:
        """The version of a kind's table; None when it has none."""

    def rows(self, engine: Engine, kind: str) -> ir.Table:
        """The rows of a kind, those that do not count too."""

    def uncounted(self, kind: str) -> int:
        """How many of them do not count."""


@dataclass(frozen=True)
class Counting:
    """What counts in `snapshot`, as `engine` reads it."""

    engine: Engine
    snapshot: Rows

    def versions(self, kind: str) -> tuple[int | None, ...]:
        """The versions of the tables that say what counts of a kind."""
        if kind not in (*SALES, "returns"):
            return ()
        return tuple(self.snapshot.delta_version(name) for name in SALES)

    def table(self, kind: str, rows: ir.Table) -> ir.Table:
        """The rows of a kind that count, without the column that says so."""
        if kind in SALES:
            if self.snapshot.uncounted(kind):
                rows = rows.filter(rows[COUNTED].fill_null(True))
            rows = rows.drop(COUNTED)
        if kind in ("order_lines", "returns") and (orders := self._void_orders()) is not None:
            rows = rows.anti_join(orders, _ID)
        if kind in ("orders", "returns") and (orders := self._void_by_lines()) is not None:
            rows = rows.anti_join(orders, _ID)
        return rows

    def whole(self, kind: str, rows: ir.Table) -> ir.Table:
        """All rows of a kind; `counted` is false of lines whose order does not count, too, and of
        orders of whose lines none counts.
        """
        void = None
        if kind == "order_lines":
            void = self._void_orders()
        if kind == "orders":
            void = self._void_by_lines()
        if void is None:
            return rows
        void = void.distinct().rename(_void=_ID)
        marked = rows.left_join(void, rows[_ID] == void["_void"])
        counts = marked[COUNTED].fill_null(True) & marked["_void"].isnull()
        return marked.mutate(**{COUNTED: counts}).select(rows.columns)

    def folded(self, folded: OrderRollup) -> OrderRollup:
        """Folded lines without those of orders that do not count."""
        orders = self._void_orders()
        return (
            folded if orders is None else replace(folded, rows=folded.rows.anti_join(orders, _ID))
        )

    def _void_orders(self) -> ir.Table | None:
        """The numbers of orders that do not count; None when there are none."""
        if not self.snapshot.uncounted("orders"):
            return None
        orders = self.snapshot.rows(self.engine, "orders")
        return orders.filter(~orders[COUNTED].fill_null(True)).select(_ID)

    def _void_by_lines(self) -> ir.Table | None:
        """The numbers of orders of whose lines none counts; None when there are none."""
        if not self.snapshot.uncounted("order_lines"):
            return None
        lines = self.snapshot.rows(self.engine, "order_lines")
        counted = lines[COUNTED].fill_null(True)
        void = lines.filter(~counted).select(_ID).distinct()
        return void.anti_join(lines.filter(counted).select(_ID), _ID)
