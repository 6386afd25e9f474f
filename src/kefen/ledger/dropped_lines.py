"""Lines that an order loses because it came again without them.

An order's lines are replaced together: that is how a line that was taken out of an order goes. A
program that sends one line of an order by itself would lose the others, so each is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.deferred import _
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace


def lost_by_order(
    rows: ir.Table, existing: ir.Table, kind: Kind, replaced: ir.Table | None, *, numbered: bool
) -> ir.Table | None:
    """Of each of the `replaced` orders that loses lines: `_lines` lost and their `_money`.

    Where the lines are `numbered` by who sends them, those are lost whose number does not come
    again. Else numbers say nothing, and the order has so much less than before.
    """
    if replaced is None or len(kind.key) == 1:
        return None
    order = kind.key[0]
    if numbered:
        gone = existing.semi_join(replaced, order).anti_join(rows, list(kind.key))
        return gone.group_by(order).aggregate(_lines=_.count(), _money=_.amount.sum())
    sides = [
        side.semi_join(replaced, order).group_by(order).aggregate(_n=_.count(), _m=_.amount.sum())
        for side in (existing, rows)
    ]
    met = sides[0].left_join(sides[1].rename(_now="_n", _left="_m", _of=order), [(order, "_of")])
    lost = met.mutate(
        _lines=met["_n"] - met["_now"].fill_null(0), _money=met["_m"] - met["_left"].fill_null(0)
    )
    return lost.filter(lost["_lines"] > 0).select(order, "_lines", "_money")


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
