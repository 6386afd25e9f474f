"""Customers are pieced together: each import claims the columns that its file gives.

Every import leaves its claims on disk: a file of customers claims the columns it maps, a file of
facts claims that its customers exist and what it calls them. A customer is the fold of the
standing claims on it, so taking one import back restores exactly what the others say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
from ibis import _

from kefen.ledger.facts import BATCH_ID, KINDS
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

KIND = KINDS["customers"]
COLUMNS = [column.name for column in KIND.stored if column.name != "customer_id"]
CLAIMS = ibis.schema({**KIND.schema(), "_seq": "int64", "_weak": "boolean", "_columns": "string"})


def claims_of_facts(rows: ir.Table) -> ir.Table:
    """The customers that facts mention, with the first name they give them."""
    named = rows[CUSTOMER_NAME].notnull()
    mentioned = rows.group_by("customer_id").aggregate(
        name=rows[CUSTOMER_NAME].argmin(rows[LINE], where=named)
    )
    blank = {name: ibis.null(KIND.schema()[name]) for name in COLUMNS if name != "name"}
    return mentioned.mutate(**blank)


def stamped(
    claims: ir.Table, batch_id: str, seq: int, *, weak: bool, mapped: Sequence[str]
) -> ir.Table:
    """Claims as they are kept on disk: whose they are, in which order, on which columns."""
    return claims.mutate(
        batch_id=ibis.literal(batch_id),
        _seq=ibis.literal(seq, "int64"),
        _weak=ibis.literal(weak),
        _columns=ibis.literal("," + ",".join(mapped) + ","),
    ).select(CLAIMS.names)


def updated(rows: ir.Table, existing: ir.Table, mapped: Sequence[str]) -> ir.Table:
    """Imported customers as they will stand: unmapped columns, and a missing name, as before."""
    before = existing.rename({f"_was_{name}": name for name in existing.columns})
    met = rows.left_join(before, rows.customer_id == before["_was_customer_id"])
    columns = {
        name: _[name]
        if name in mapped and name != "name"
        else ibis.coalesce(_[name], _[f"_was_{name}"])
        for name in COLUMNS
    }
    return met.select(customer_id=_.customer_id, **columns)


def mentioned(claims: ir.Table, existing: ir.Table) -> tuple[ir.Table, ir.Table]:
    """`(new, named)`: mentioned customers the ledger lacks, and those it had no name for."""
    new = claims.anti_join(existing, "customer_id")
    names = claims.filter(_.name.notnull()).select("customer_id", _said=_.name)
    bare = existing.filter(_.name.isnull()).inner_join(names, "customer_id")
    return new, bare.mutate(name=_["_said"]).drop("_said", BATCH_ID)


def fold(claims: ir.Table) -> ir.Table:
    """The customers that these claims amount to.

    The last claim on a column holds, also where it is empty; a name is the last one that any
    file of customers gave, else the first that facts gave.
    """
    strong = ~_["_weak"]
    columns = {
        name: ibis.struct({"value": _[name]}).argmax(
            _["_seq"], where=strong & _["_columns"].contains(f",{name},")
        )
        for name in COLUMNS
        if name != "name"
    }
    proper = _.name.argmax(_["_seq"], where=strong & _.name.notnull())
    called = _.name.argmin(_["_seq"], where=_["_weak"] & _.name.notnull())
    folded = claims.group_by("customer_id").aggregate(
        name=ibis.coalesce(proper, called),
        batch_id=ibis.coalesce(
            _.batch_id.argmax(_["_seq"], where=strong), _.batch_id.argmin(_["_seq"])
        ),
        **columns,
    )
    opened = {name: _[name]["value"] for name in columns}
    return folded.mutate(**opened).select(list(KIND.schema().names))
