"""Refunds that the ledger may know twice: in the orders, and as returns that name the orders.

Shops export both. The money of an order is kept less its refund, so that what was subtracted shows
only while an order that is known without it comes again: the difference is the known returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.deferred import _, ibis
from kefen.ledger.facts import BATCH_ID, SALES
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice
from kefen.ledger.versions import Versions

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.staging import Staged

_ORDER = "order_id"
_SUBTRACTED = "refunds-subtracted"


def once(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    kind: Kind,
    staged: Staged,
    snapshot: Snapshot,
) -> tuple[ir.Table, list[Notice]]:
    """The rows of sales without refunds that are known as returns, and what is told of them.

    An order that was known with just so much more money as its known returns come to keeps that
    money. Of other orders that have returns the file cannot show it; they are told.
    """
    subtracted = any(one.code == _SUBTRACTED for one in staged.notices)
    if kind.name not in SALES or not subtracted or _ORDER not in rows.columns:
        return rows, []
    returns = snapshot.rows(bench.engine, "returns").semi_join(rows, _ORDER)
    back = bench.note(returns.group_by(_ORDER).aggregate(_back=returns.amount.sum()))
    if not bench.count(back):
        return rows, []
    was = existing.semi_join(back, _ORDER).group_by(_ORDER).aggregate(_was=_.amount.sum())
    now = rows.semi_join(back, _ORDER).group_by(_ORDER).aggregate(_now=_.amount.sum())
    met = now.inner_join(back, _ORDER).left_join(was, _ORDER)
    met = met.select(_ORDER, "_back", "_was", "_now")
    whole = (met["_was"] - met["_now"] == met["_back"]).fill_null(False)
    met = bench.note(met.mutate(_whole=whole if kind.name == "orders" else ibis.literal(False)))
    known = bench.note(met.filter(_["_whole"]))
    changed = (met["_was"] != met["_now"]).fill_null(True)
    told = _told(bench, "refunds-known-as-returns", known)
    told += _told(bench, "refunds-beside-returns", met.filter(~met["_whole"] & changed))
    if not bench.count(known):
        return rows, told
    found = rows.left_join(known.select(_ORDER, "_was"), _ORDER)
    kept = found.mutate(amount=ibis.coalesce(found["_was"], found.amount).cast("decimal(18, 2)"))
    return bench.keep(kept.select(rows.columns)), told


def of_refunded_orders(
    bench: ImportWorkspace, rows: ir.Table, kind: Kind, snapshot: Snapshot
) -> list[Notice]:
    """A notice of new returns that name orders from whose money refunds were subtracted."""
    if kind.name != "returns" or _ORDER not in rows.columns:
        return []
    batches = Versions(snapshot.folder / "versions").batches(snapshot.manifest.version)
    less = [b.id for b in batches if any(one.code == _SUBTRACTED for one in b.notices)]
    if not less:
        return []
    sold = [snapshot.rows(bench.engine, name) for name in SALES]
    orders = [each.filter(each[BATCH_ID].isin(less)).select(_ORDER) for each in sold]
    found = rows.semi_join(ibis.union(*orders), _ORDER)
    sums = found.group_by(_ORDER).aggregate(_back=found.amount.sum())
    return _told(bench, "returns-of-refunded-orders", sums)


def _told(bench: ImportWorkspace, code: str, orders: ir.Table) -> list[Notice]:
    sums = bench.one(
        orders.aggregate(n=orders.count(), money=orders["_back"].sum(), first=orders[_ORDER].min())
    )
    if not sums["n"]:
        return []
    data = {"count": int(sums["n"]), "money": money(cents_of(sums["money"]))}
    return [Notice(code, data | {"number": sums["first"]})]
