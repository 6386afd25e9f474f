"""Lines that an order loses because it came again without them.

An order's lines are replaced together: that is how a line that was taken out of an order goes. A
program that sends one line of an order by itself would lose the others, so each is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ibis import _

from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace


def lost_by_order(
    rows: ir.Table, existing: ir.Table, kind: Kind, replaced: ir.Table | None
) -> ir.Table | None:
    """Of each of the `replaced` orders that loses lines: `_lines` lost and their `_money`."""
    if replaced is None or len(kind.key) == 1:
        return None
    order = kind.key[0]
    lost = existing.semi_join(replaced, order).anti_join(rows, list(kind.key))
    return lost.group_by(order).aggregate(_lines=_.count(), _money=_.amount.sum())


def notices_of(bench: ImportWorkspace, lost: ir.Table | None) -> list[Notice]:
    """What is said of the lines lost."""
    if lost is None:
        return []
    found = bench.one(
        lost.aggregate(
            orders=lost.count(),
            rows=lost["_lines"].sum().fill_null(0),
            money=lost["_money"].sum(),
        )
    )
    return notices(int(found["orders"]), int(found["rows"]), found["money"])


def notices(orders: int, rows: int, amount: Any) -> list[Notice]:
    """The sentence about `rows` lines of `orders` orders with `amount` of money; none for none."""
    if not rows:
        return []
    data = {"rows": rows, "orders": orders, "money": money(cents_of(amount))}
    return [Notice("lines-dropped", data)]
