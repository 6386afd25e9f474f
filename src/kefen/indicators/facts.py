"""The facts indicators add up: sales (order lines, and orders without lines) and returns.

Only the columns a pass asks for are read, and only the days it covers.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol

from kefen.deferred import ibis
from kefen.indicators.measures import MEASURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.indicators.measures import Measure

HEADER: Final = ("channel", "salesperson")
"""What a line takes from its order when it does not say so itself."""

_LINE_ONLY: Final = {"category": "string", "category_bit": "int64", "quantity": "float64"}
_BITS: Final = 63
"""How many things one number can tell apart, its sign left alone."""


class FactSource(Protocol):
    """Where passes take their facts from."""

    @property
    def measures(self) -> Mapping[str, Measure]:
        """The measures of facts as they come from here."""

    @property
    def has_returns(self) -> bool:
        """Whether anything was ever given back."""

    @property
    def categories(self) -> object | None:
        """The bits that stand for product categories; None when there are none."""

    def sales(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Sales facts of `[start, end)`: `customer_id`, `ordered_on`, `amount` and `columns`."""

    def returns(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Returns of `[start, end)`: `customer_id`, `returned_on`, `amount`, `columns`."""

    def cached_tables(self) -> list[ir.Table]:
        """Tables kept on the engine for the passes, to be dropped after the last."""


class Facts:
    """Sales and returns of a ledger up to an as-of date, read once and as narrowly as asked."""

    measures = MEASURES

    def __init__(
        self,
        ledger: Ledger,
        *,
        keep: bool = False,
        only: ir.Table | None = None,
        few: bool = False,
    ) -> None:
        """Facts of all customers, or of those in `only`.

        `keep`: find the orders without lines once, for all passes; `kept` tells what to drop.
        `few`: there are so few facts that their categories are counted as they are.
        """
        self._few = few
        self._ledger = ledger
        self._keep = keep
        self._only = only
        self._lines = ledger.count("order_lines") > 0
        self._orders = ledger.count("orders") > 0
        self._bare: ir.Table | None = None

    @property
    def has_returns(self) -> bool:
        """Whether anything was ever given back."""
        return self._ledger.count("returns") > 0

    @cached_property
    def categories(self) -> ir.Table | None:
        """Each product category (`category_name`) with a bit of its own; None when too many."""
        if self._few or not self._lines:
            return None
        lines = self._ledger.table("order_lines")
        names = lines.filter(lines.category.notnull()).select("category").distinct()
        engine = self._ledger.engine
        found = sorted(row["category"] for row in engine.rows(names.limit(_BITS + 1)))
        if len(found) > _BITS:
            return None
        return engine.small_table(
            [(name, 1 << place) for place, name in enumerate(found)],
            ibis.schema({"category_name": "string", "category_bit": "int64"}),
        )

    def sales(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Sales facts of `[start, end)`: `customer_id`, `ordered_on`, `amount` and `columns`."""
        wanted = ["customer_id", "ordered_on", "amount", *columns]
        wanted = list(dict.fromkeys(wanted))
        if not self._orders:
            return between(self._lines_of(wanted), "ordered_on", start, end)[wanted]
        if not self._lines:
            return _orders(between(self._table("orders"), "ordered_on", start, end), wanted)
        lines = between(self._lines_of(wanted), "ordered_on", start, end)
        bare = between(self.orders_without_lines(), "ordered_on", start, end)
        return lines[wanted].union(_orders(bare, wanted))

    def returns(self, columns: Iterable[str], start: date | None, end: date) -> ir.Table:
        """Returns of `[start, end)`: `customer_id`, `returned_on`, `amount`, `columns`."""
        wanted = list(dict.fromkeys(["customer_id", "returned_on", "amount", *columns]))
        return between(self._table("returns"), "returned_on", start, end)[wanted]

    def cached_tables(self) -> list[ir.Table]:
        """Tables kept on the engine for the passes, to be dropped after the last."""
        return [self._bare] if self._keep and self._bare is not None else []

    def _table(self, kind: str) -> ir.Table:
        rows = self._ledger.table(kind)
        return rows if self._only is None else rows.semi_join(self._only, "customer_id")

    def _lines_of(self, wanted: list[str]) -> ir.Table:
        """Order lines, with what they lack taken from their order."""
        lines = self._table("order_lines")
        if "category_bit" in wanted:
            assert self.categories is not None
            lines = lines.left_join(
                self.categories, lines.category == self.categories.category_name
            )
        taken = [name for name in HEADER if name in wanted] if self._orders else []
        if not taken:
            return lines
        own = [n for n in dict.fromkeys([*wanted, "order_id"]) if n not in taken]
        orders = self._ledger.table("orders").select(
            header_id="order_id", **{f"header_{name}": name for name in taken}
        )
        joined = lines.left_join(orders, lines.order_id == orders.header_id)
        filled: dict[str, Any] = {n: joined[n].coalesce(joined[f"header_{n}"]) for n in taken}
        return joined.select(*own, **filled)

    def orders_without_lines(self) -> ir.Table:
        """Orders known by their header alone."""
        if self._bare is not None:
            return self._bare
        orders = self._table("orders")
        columns = ["order_id", "customer_id", "ordered_on", "amount", "cost", *HEADER]
        bare = orders.anti_join(self._ledger.table("order_lines")[["order_id"]], "order_id")[
            columns
        ]
        if self._keep:
            self._bare = bare = self._ledger.engine.materialise(bare)
        return bare


def _orders(orders: ir.Table, wanted: list[str]) -> ir.Table:
    """Orders in the shape of lines: a header knows neither category nor quantity."""
    return orders.select(
        **{n: ibis.null(_LINE_ONLY[n]) if n in _LINE_ONLY else orders[n] for n in wanted}
    )


def between(table: ir.Table, column: str, start: date | None, end: date) -> ir.Table:
    """The rows of `[start, end)`; a null date is no date and falls outside."""
    inside = table.filter(table[column] < end)
    return inside if start is None else inside.filter(inside[column] >= start)
