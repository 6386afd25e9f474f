"""Measures: the aggregates indicators are made of.

A light measure (sum, count, least, greatest) costs little beside reading the row, so those of
several spans share one grouping with conditions. A distinct count is the expensive one: its span
gets a grouping of its own over nothing but the rows of that span.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

from kefen.deferred import ibis
from kefen.ledger.facts import RETURNED
from kefen.ledger.order_rollup import UNITS, bit_or

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import ibis.expr.types as ir

    Days = tuple[date | None, date]
    Aggregate = Callable[[ir.Table, Any], Any]

Source = Literal["sales", "returns", "channels", "categories"]
"""What a pass adds up; `channels` and `categories` are sales in passes of their own."""
MONEY: Final = "decimal(18, 2)"
_DAYS: Final = "array<date>"


@dataclass(frozen=True)
class Measure:
    """One aggregate over the facts of a customer.

    Attributes:
        source: the rows it adds up.
        columns: what it reads beside customer, date and amount.
        of: from the rows, and a condition on them or None, to the Ibis aggregate.
        type: what comes out.
        distinct: whether it is a distinct count.
    """

    source: Source
    columns: tuple[str, ...]
    of: Aggregate
    type: str = "int64"
    distinct: bool = False


def _sum(column: str, kind: str = MONEY) -> Aggregate:
    return lambda t, inside: t[column].sum(where=inside).cast(kind)


def _units(t: ir.Table, inside: Any) -> Any:
    """Exact to the millionth, so that the sum does not depend on the order of addition."""
    return t.quantity.try_cast(UNITS).sum(where=inside).cast("float64")


def _missing(column: str) -> Aggregate:
    return lambda t, inside: t.count(where=inside) - t[column].count(where=inside)


def _bought(t: ir.Table, inside: Any) -> Any:
    return t.amount > 0 if inside is None else (t.amount > 0) & inside


def _distinct(column: str) -> Aggregate:
    return lambda t, inside: t[column].nunique(where=_bought(t, inside))


def _back(t: ir.Table, inside: Any) -> Any:
    """Money given back by rows of sales that are returns: their order's number says so."""
    marked = t.order_id.contains(RETURNED) & (t.amount < 0)
    return (-t.amount).sum(where=marked if inside is None else marked & inside).cast(MONEY)


@cache
def _bit_count() -> Any:
    """The engine's own: how many bits are set."""

    @ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]  # Ibis ships no types
    def bit_count(value: int) -> int:  # type: ignore[empty-body]
        """Declare it."""

    return bit_count


@cache
def _list_unique() -> Any:
    """DuckDB's own, which alone reads folded lines: how many different values a list holds."""

    @ibis.udf.scalar.builtin(signature=((_DAYS,), "int64"))
    def list_unique(days):  # type: ignore[no-untyped-def]
        """Declare it."""

    return list_unique


MEASURES: Final[Mapping[str, Measure]] = {
    "gross": Measure("sales", (), _sum("amount"), MONEY),
    "cost": Measure("sales", ("cost",), _sum("cost"), MONEY),
    "cost_missing": Measure("sales", ("cost",), _missing("cost")),
    "lines": Measure("sales", (), lambda t, inside: t.count(where=inside)),
    "quantity": Measure("sales", ("quantity",), _units, "float64"),
    "first": Measure("sales", (), lambda t, i: t.ordered_on.min(where=_bought(t, i)), "date"),
    "last": Measure("sales", (), lambda t, i: t.ordered_on.max(where=_bought(t, i)), "date"),
    "orders": Measure("sales", ("order_id",), _distinct("order_id"), distinct=True),
    "days": Measure("sales", (), _distinct("ordered_on"), distinct=True),
    "categories": Measure("categories", ("category",), _distinct("category"), distinct=True),
    "category_bits": Measure(
        "sales", ("category_bit",), lambda t, i: bit_or(_bought(t, i).ifelse(t.category_bit, None))
    ),
    "channels": Measure("channels", ("channel",), lambda t, _: t.count(), distinct=True),
    "main_channel": Measure(
        "channels", ("channel",), lambda t, _: t.rank.min(), "string", distinct=True
    ),
    "back": Measure("sales", ("order_id",), _back, MONEY),
    "returned": Measure("returns", (), _sum("amount"), MONEY),
    "returned_cost": Measure("returns", ("cost",), _sum("cost"), MONEY),
    "returned_cost_missing": Measure("returns", ("cost",), _missing("cost")),
}


def _folded_bought(t: ir.Table, inside: Any) -> Any:
    return t.bought if inside is None else t.bought & inside


def _folded_days(t: ir.Table, inside: Any) -> Any:
    """Gathered and counted a customer at a time: two thirds of what DISTINCT takes among all."""
    days = t.ordered_on.collect(where=_folded_bought(t, inside))
    return _list_unique()(days).fill_null(0).cast("int64")


def _folded(name: str, of: Aggregate) -> dict[str, Measure]:
    return {name: replace(MEASURES[name], of=of)}


FOLDED: Final[Mapping[str, Measure]] = (
    {
        name: MEASURES[name]
        for name in ("gross", "back", "cost", "quantity", "channels", "main_channel")
    }
    | {name: one for name, one in MEASURES.items() if one.source == "returns"}
    | _folded("cost_missing", lambda t, i: (t.lines - t.costs).sum(where=i).cast("int64"))
    | _folded("lines", lambda t, i: t.lines.sum(where=i).cast("int64"))
    | _folded("first", lambda t, i: t.ordered_on.min(where=_folded_bought(t, i)))
    | _folded("last", lambda t, i: t.ordered_on.max(where=_folded_bought(t, i)))
    | _folded("orders", lambda t, i: t.order_id.nunique(where=_folded_bought(t, i)))
    | _folded("days", _folded_days)
    | _folded(
        "category_bits", lambda t, i: bit_or(_folded_bought(t, i).ifelse(t.category_bits, None))
    )
)
"""The same measures of folded order lines, see `kefen.ledger.order_rollup`."""


def by_channel(sales: ir.Table) -> ir.Table:
    """What each customer bought through each channel.

    The least `rank` is the channel that sold most, and of equals the first by name.
    """
    sales = sales.filter(sales.channel.notnull())
    bought = sales.bought if "bought" in sales.columns else sales.amount > 0
    sums = sales.group_by("customer_id", "channel").aggregate(
        amount=sales.amount.sum(), bought=bought.any()
    )
    sums = sums.filter(sums.bought)
    rank = ibis.struct({"less": -sums.amount, "name": sums.channel})
    return sums.select("customer_id", rank=rank)


FINISH: Final[Mapping[str, Callable[[Any], Any]]] = {
    "main_channel": lambda least: least["name"],
    "category_bits": lambda bits: _bit_count()(bits).cast("int64"),
}
"""What is left to do with an aggregate before it is the measure."""
