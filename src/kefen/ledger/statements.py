"""Rows that are statements in time: of those about one key the last one holds.

So it is with what programs send. In a file of a person two rows of one number may be lines of one
order, or a mistake: that is for `join_orders` and `collapse` to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.deferred import _, ibis
from kefen.ledger import customers
from kefen.ledger.import_workspace import fingerprint
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.ledger.deduplication import Repeats
    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace


def last_statements(
    bench: ImportWorkspace,
    rows: ir.Table,
    kind: Kind,
    content: Mapping[str, Any],
    erased: Sequence[str],
    repeats: Repeats,
) -> ir.Table:
    """The last row of each key; rows without a whole key stay, such as lines without a number.

    Of a customer, what the last row leaves empty is as the rows before say it, except in the
    columns `erased`.
    """
    key = list(kind.key)
    whole = rows.filter(ibis.and_(*(rows[name].notnull() for name in key)))
    twice = whole.group_by(key).having(_.count() > 1).aggregate(_last=_[LINE].max())
    twice = bench.note(twice)
    if not bench.count(twice):
        return rows
    said = whole.inner_join(twice, key).mutate(_print=fingerprint(rows, content))
    said = bench.keep(said)
    held = said.filter(_[LINE] == _["_last"]).select(*key, _meant="_print")
    before = bench.keep(said.filter(_[LINE] != _["_last"]).inner_join(held, key))
    repeats.take(before.filter(_["_print"] == _["_meant"]), key[0])
    repeats.replace(before.filter(_["_print"] != _["_meant"]), key[0])
    rest = rows.anti_join(bench.note(before.select(LINE)), LINE)
    if kind.name != "customers":
        return rest
    last = rest.semi_join(twice, key).select("customer_id", CUSTOMER_NAME, LINE)
    merged = _merged(said, erased).inner_join(last, key)
    return bench.keep(rest.anti_join(twice, key).union(merged.select(rest.columns)))


def _merged(said: ir.Table, erased: Sequence[str]) -> ir.Table:
    """What rows about the same customers come to, one after the other."""
    types = customers.KIND.schema()
    lacking = {name: ibis.null(types[name]) for name in types if name not in said.columns}
    claims = said.mutate(
        **lacking,
        _seq=said[LINE].cast("int64"),
        _weak=ibis.literal(False),
        _columns=ibis.literal("," + ",".join(erased) + ","),
    )
    return customers.fold(claims.select(customers.claims_schema().names))
