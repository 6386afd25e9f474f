"""Orders whose money is not what their lines come to: the lines are what counts as sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.deferred import _, ibis
from kefen.ledger.facts import COUNTED, SALES
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace

_KEY = "order_id"


def below_lines(
    bench: ImportWorkspace, rows: ir.Table, others: ir.Table, kind: Kind
) -> list[Notice]:
    """Notices of orders below and above their lines; `rows` are new or corrected ones of a kind
    of sales, `others` what the ledger has of the other kind.
    """
    if kind.name not in SALES or "amount" not in rows.columns or not bench.count(others.limit(1)):
        return []
    mine, theirs = _sums(rows), _sums(others.semi_join(rows, _KEY))
    orders, lines = (mine, theirs) if kind.name == "orders" else (theirs, mine)
    met = orders.rename(_order="_sum").inner_join(lines.rename(_lines="_sum"), _KEY)
    return [
        *_told(bench, met.filter(met["_order"] < met["_lines"]), "orders-below-lines"),
        *_told(bench, met.filter(met["_order"] > met["_lines"]), "orders-above-lines"),
    ]


def _told(bench: ImportWorkspace, pairs: ir.Table, code: str) -> list[Notice]:
    """A notice of orders whose money is not what their lines come to."""
    found = bench.note(pairs)
    told = bench.one(
        found.aggregate(
            orders=found.count(), money=found["_order"].sum(), lines=found["_lines"].sum()
        )
    )
    if not told["orders"]:
        return []
    [first] = bench.few(found.order_by(_KEY).limit(1))
    data = {
        "orders": int(told["orders"]),
        "money": money(cents_of(told["money"])),
        "lines": money(cents_of(told["lines"])),
        "number": first[_KEY],
    }
    return [Notice(code, data)]


def _sums(rows: ir.Table) -> ir.Table:
    """The money of each order that counts."""
    counted = rows[COUNTED].fill_null(True) if COUNTED in rows.columns else ibis.literal(True)
    return rows.filter(counted).group_by(_KEY).aggregate(_sum=_.amount.sum())
