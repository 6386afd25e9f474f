"""Order lines that each give the money of their whole order: it is shared among them.

The heading of the amount speaks of the order (订单金额, order total), or lines of one order give
the same money though quantity times price differs; and no order has lines of different money.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.deferred import _, ibis
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import LINE, Notice
from kefen.ledger.reading.order_totals import speaks_of_orders

if TYPE_CHECKING:
    from collections.abc import Collection

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace

_KEY = "order_id"
_PRICED = frozenset({"quantity", "unit_price"})


def share_orders(
    bench: ImportWorkspace, rows: ir.Table, heading: str | None
) -> tuple[ir.Table, list[Notice]]:
    """The lines with their share of the order's money, by quantity times price where known."""
    said = speaks_of_orders(heading)
    if not may_share(rows.columns, heading):
        return rows, []
    rows = rows.mutate(_worth=_worth(rows))
    orders = (
        rows.group_by(_KEY)
        .having(_.count() > 1)
        .aggregate(
            _rows=_.count(),
            _money=_.amount.max(),
            _same=_.amount.max() == _.amount.min(),
            _other=_["_worth"].max() != _["_worth"].min(),
            _sum=_["_worth"].sum(),
            _known=_["_worth"].count() == _.count(),
            _first=_[LINE].min(),
        )
    )
    told = bench.one(
        orders.aggregate(
            orders=orders.count(),
            differ=(~orders["_same"]).sum().fill_null(0),
            other=(orders["_same"] & orders["_other"] & orders["_known"]).sum().fill_null(0),
            rows=orders["_rows"].sum().fill_null(0),
            money=orders["_money"].sum(),
        )
    )
    rows = rows.drop("_worth")
    if not told["orders"] or told["differ"] or not (said or told["other"]):
        return rows, []
    shared = _shared(bench, rows, bench.note(orders))
    data = {
        "heading": heading or "amount",
        "rows": int(told["rows"]),
        "orders": int(told["orders"]),
        "money": money(cents_of(told["money"])),
    }
    return shared, [Notice("order-money-shared", data)]


def may_share(filled: Collection[str], heading: str | None) -> bool:
    """Whether lines with these columns, and this heading of the amount, may share their order's
    money.
    """
    return speaks_of_orders(heading) or set(filled) >= _PRICED


def _shared(bench: ImportWorkspace, rows: ir.Table, orders: ir.Table) -> ir.Table:
    """Each line of these orders with its part; what rounding leaves is with the first line."""
    met = rows.mutate(_worth=_worth(rows)).left_join(orders, _KEY)
    part = (met["_money"].cast("float64") * met["_worth"] / met["_sum"]).round(2)
    none = ibis.literal(0).cast("decimal(18, 2)")
    known = met["_known"] & (met["_sum"] > 0)
    part = ibis.ifelse(known, part.cast("decimal(18, 2)"), none)
    met = bench.keep(met.select(*rows.columns, "_rows", "_money", "_first", _part=part))
    sums = met.group_by(_KEY).aggregate(_parts=_["_part"].sum())
    met = met.left_join(sums, _KEY)
    rest = ibis.ifelse(met[LINE] == met["_first"], met["_money"] - met["_parts"], none)
    amount = ibis.ifelse(met["_rows"].isnull(), met.amount, met["_part"] + rest)
    return bench.keep(met.mutate(amount=amount.cast(rows.amount.type())).select(rows.columns))


def _worth(rows: ir.Table) -> ir.FloatingValue:
    """Quantity times unit price; null where a file does not give them."""
    if not set(rows.columns) >= _PRICED:
        return ibis.null("float64")
    return rows.quantity * rows.unit_price.cast("float64")
