"""Several rows of one order in a file of orders: its money is added, or stands on each of them.

Rows of one number, customer and day are one order. Where their money differs and no two rows are
the same, they are what the order consists of, and are added, if the file has more orders like
that: a single one may as well be a mistake. Where each row gives the same money it is that of the
whole order, once. Anything else is for `collapse` to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.deferred import _, ibis
from kefen.ledger.facts import COUNTED
from kefen.ledger.import_workspace import fingerprint
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import LINE, Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.ledger.deduplication import Repeats
    from kefen.ledger.import_workspace import ImportWorkspace

SEVERAL = 2
"""So many orders on several rows show that they are meant so."""
_KEY = "order_id"
_ADDED = ("amount", "cost", "discount")


def join_orders(
    bench: ImportWorkspace, rows: ir.Table, content: Mapping[str, Any], repeats: Repeats
) -> tuple[ir.Table, int, list[Notice]]:
    """One row an order; gives the rows, how many were added to another, and what is told."""
    twice = bench.note(rows.group_by(_KEY).having(_.count() > 1).aggregate(_rows=_.count()))
    if not bench.count(twice):
        return rows, 0, []
    if COUNTED not in rows.columns:
        rows = rows.mutate(**{COUNTED: ibis.null("boolean")})
    marked = bench.keep(
        rows.semi_join(twice, _KEY).mutate(
            _print=fingerprint(rows, content), _sold=rows[COUNTED].fill_null(True)
        )
    )
    orders = bench.note(
        marked.group_by(_KEY).aggregate(
            _first=_[LINE].min(),
            _some=_["_sold"].any(),
            _one=(_.customer_id.nunique() == 1) & (_.ordered_on.nunique() == 1),
            _each=(_["_print"].nunique() == _.count()) & (_.amount.nunique() > 1),
            _same=(_.amount.nunique() == 1) & (_["_sold"].nunique() == 1),
        )
    )
    added = orders.filter(_["_one"] & _["_each"])
    again = orders.filter(_["_one"] & _["_same"])
    rows, left, notices = _add(bench, rows, marked, added)
    later = marked.inner_join(again.select(_KEY, "_first"), _KEY).filter(_[LINE] != _["_first"])
    later = bench.keep(later.select(rows.columns))
    if bench.count(later):
        repeats.take(later, _KEY)
        rows = bench.keep(rows.anti_join(later, LINE))
    return rows, left, notices


def _add(
    bench: ImportWorkspace, rows: ir.Table, marked: ir.Table, orders: ir.Table
) -> tuple[ir.Table, int, list[Notice]]:
    """The rows of these orders added up: of those that count, where any does."""
    parts = bench.keep(marked.inner_join(orders.select(_KEY, "_first", "_some"), _KEY))
    if bench.count(orders) < SEVERAL:
        return rows, 0, []
    count = bench.count(parts)
    names = [name for name in _ADDED if name in rows.columns]
    counting = parts["_sold"] | ~parts["_some"]
    sums = parts.group_by(_KEY).aggregate(
        **{f"_{name}": parts[name].sum(where=counting) for name in names}
    )
    first = parts.group_by(_KEY).aggregate(_lead=parts[LINE].min(where=counting))
    whole = parts.inner_join(first, _KEY).filter(_[LINE] == _["_lead"]).inner_join(sums, _KEY)
    whole = whole.mutate(**{name: whole[f"_{name}"].cast(rows[name].type()) for name in names})
    whole = bench.keep(whole.select(rows.columns))
    told = bench.one(whole.aggregate(orders=whole.count(), amount=whole.amount.sum()))
    data = {"rows": count, "orders": int(told["orders"]), "money": money(cents_of(told["amount"]))}
    rest = rows.anti_join(orders, _KEY).select(rows.columns)
    joined = bench.keep(rest.union(whole))
    return joined, count - int(told["orders"]), [Notice("order-rows-added", data)]
