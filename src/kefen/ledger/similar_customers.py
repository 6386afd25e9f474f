"""Customers whose names or ids differ only by case, width, blanks or points: likely the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.tables import Change

_SHOWN = 3
_SEPARATORS = r"[\s\.,，。、·・\-_'’()（）]+"


def alike(bench: ImportWorkspace, changes: Mapping[str, Change], known: ir.Table) -> list[Notice]:
    """A notice of customers that this import brings and that look like others, with examples."""
    change = changes.get("customers")
    if change is None or change.rows is None:
        return []
    brought = _told(change.rows).distinct()
    everybody = brought.union(_told(known).semi_join(brought, "_plain"), distinct=True)
    found = (
        everybody.group_by("_plain")
        .having(_.customer_id.nunique() > 1)
        .aggregate(
            customers=_.customer_id.nunique(), _one=_["_said"].min(), _other=_["_said"].max()
        )
    )
    twins = bench.note(found.filter(_["_one"] != _["_other"]))
    if not (count := bench.count(twins)):
        return []
    shown = twins.order_by("_one").limit(_SHOWN).to_pyarrow().to_pylist()
    examples = [f"{row['_one']} / {row['_other']}" for row in shown]
    return [Notice("customers-alike", {"count": count, "examples": examples})]


def _told(rows: ir.Table) -> ir.Table:
    """Ids and names of customers, as they are and without what makes no difference to people."""
    sides = [
        rows.select("customer_id", _said=rows[name]).filter(_["_said"].notnull())
        for name in ("customer_id", "name")
    ]
    told = ibis.union(*sides, distinct=True)
    return told.mutate(_plain=told["_said"].lower().re_replace(_SEPARATORS, "")).filter(
        _["_plain"] != ""
    )
