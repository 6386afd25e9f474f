"""Customers are pieced together: each import claims the columns that its file gives.

Every import leaves its claims on disk: a file of customers claims the columns it maps, a file of
facts claims that its customers exist and what it calls them. A customer is the fold of the
standing claims on it, so taking one import back restores exactly what the others say.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import _, ibis
from kefen.ledger.facts import BATCH_ID, KINDS
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

KIND = KINDS["customers"]
MERGED = "attributes"
"""The column that is pieced together key by key: a file gives some of the attributes."""
COLUMNS = [column.name for column in KIND.stored if column.name != "customer_id"]
OF_ANY_FACT = ("name", "owner")
"""What facts say of a customer too, where no file of customers does."""
_SIDES = {"name": CUSTOMER_NAME, "owner": "salesperson"}


CLAIM_TYPES = {**KIND.types(), "_seq": "int64", "_weak": "boolean", "_columns": "string"}
"""The columns of claims as they are kept on disk, with their types."""


@cache
def claims_schema() -> ibis.Schema:
    """`CLAIM_TYPES` as Ibis has them."""
    return ibis.schema(CLAIM_TYPES)


def claims_of_facts(rows: ir.Table) -> ir.Table:
    """The customers that facts mention, with the first name and salesperson they give them."""
    told = {
        name: rows[side].argmin(rows[LINE], where=rows[side].notnull())
        for name, side in _SIDES.items()
        if side in rows.columns
    }
    mentioned = rows.group_by("customer_id").aggregate(**told)
    blank = {name: ibis.null(KIND.schema()[name]) for name in COLUMNS if name not in told}
    return mentioned.mutate(**blank)


SAYING = ("customer_id", *_SIDES.values(), LINE)
"""The columns of facts that say something of customers, and the line."""


def claims_of_frame(rows: pl.DataFrame) -> pl.DataFrame:
    """The same of facts in memory, without the columns of which they say nothing."""
    claims = rows.select("customer_id").unique(maintain_order=True)  # so in half the time
    for name, side in _SIDES.items():
        if side in rows.columns:
            told = rows.select("customer_id", LINE, pl.col(side).alias(name)).drop_nulls(name)
            first = told.sort(LINE).unique("customer_id", keep="first", maintain_order=True)
            claims = claims.join(first.drop(LINE), on="customer_id", how="left", nulls_equal=True)
    return claims


def stamped(
    claims: ir.Table, batch_id: str, seq: int, *, weak: bool, mapped: Sequence[str]
) -> ir.Table:
    """Claims as they are kept on disk: whose they are, in which order.

    In the columns `mapped` they hold also where they say nothing.
    """
    return claims.mutate(
        batch_id=ibis.literal(batch_id),
        _seq=ibis.literal(seq, "int64"),
        _weak=ibis.literal(weak),
        _columns=ibis.literal("," + ",".join(mapped) + ","),
    ).select(claims_schema().names)


def stamped_frame(
    claims: pl.DataFrame, batch_id: str, seq: int, *, weak: bool, mapped: Sequence[str]
) -> pl.DataFrame:
    """The same for a few claims in memory."""
    return claims.with_columns(
        pl.lit(batch_id).alias(BATCH_ID),
        pl.lit(seq).alias("_seq"),
        pl.lit(weak).alias("_weak"),
        pl.lit("," + ",".join(mapped) + ",").alias("_columns"),
    )


def merged(documents: list[str]) -> str:
    """JSON objects as one: of each key the last value. What is no object gives way to the next."""
    told: dict[str, object] = {}
    for document in documents:
        try:
            read = json.loads(document)
        except ValueError:
            read = None
        if not isinstance(read, dict):
            return documents[-1]
        told |= read
    return json.dumps(told, ensure_ascii=False)


@cache
def _merged() -> Any:
    """`merged` as a function of the engine."""
    return ibis.udf.scalar.python(signature=(("array<string>",), "string"))(merged)


def updated(rows: ir.Table, existing: ir.Table, erased: Sequence[str]) -> ir.Table:
    """Imported customers as they will stand: what the file leaves empty is as before.

    The columns `erased` are empty where the file says so, but never a name or an owner.
    Further attributes are those of before with those of the file.
    """
    before = existing.rename({f"_was_{name}": name for name in existing.columns})
    met = rows.left_join(before, rows.customer_id == before["_was_customer_id"])
    columns = {
        name: _[name]
        if name in erased and name not in OF_ANY_FACT
        else ibis.coalesce(_[name], _[f"_was_{name}"])
        for name in COLUMNS
    }
    if MERGED not in erased:
        own, was = _[MERGED], _[f"_was_{MERGED}"]
        whole = own.isnull() | was.isnull() | (own == was)
        columns[MERGED] = ibis.ifelse(
            whole, ibis.coalesce(own, was), _merged()(ibis.array([was, own]))
        )
    return met.select(customer_id=_.customer_id, **columns)


def mentioned(claims: ir.Table, existing: ir.Table) -> tuple[ir.Table, ir.Table]:
    """`(new, told)`: mentioned customers the ledger lacks, and those now told more about.

    Facts give a customer a name or an owner only where it has none.
    """
    new = claims.anti_join(existing, "customer_id")
    said = claims.select("customer_id", **{f"_said_{name}": _[name] for name in OF_ANY_FACT})
    lacking = [existing[name].isnull() for name in OF_ANY_FACT]
    bare = existing.filter(ibis.or_(*lacking)).inner_join(said, "customer_id")
    more = bare.filter(
        ibis.or_(*(bare[name].isnull() & bare[f"_said_{name}"].notnull() for name in OF_ANY_FACT))
    )
    filled = {name: ibis.coalesce(more[name], more[f"_said_{name}"]) for name in OF_ANY_FACT}
    return new, more.mutate(**filled).drop(BATCH_ID, *(f"_said_{name}" for name in OF_ANY_FACT))


def fold(claims: ir.Table) -> ir.Table:
    """The customers that these claims amount to.

    The last claim on a column holds; an empty one only where its import erases. A name or an
    owner is the last one that any file of customers gave, else the first that facts gave. Further
    attributes are those of all claims since the last that erases.
    """
    strong = ~_["_weak"]
    erases = claims["_columns"].contains(f",{MERGED},") & ~claims["_weak"]
    start = claims["_seq"].max(where=erases).over(group_by="customer_id")
    claims = claims.mutate(_merges=claims["_seq"] >= ibis.coalesce(start, 0))
    columns = {
        name: ibis.struct({"value": _[name]}).argmax(
            _["_seq"],
            where=strong & (_[name].notnull() | _["_columns"].contains(f",{name},")),
        )
        for name in COLUMNS
        if name not in (*OF_ANY_FACT, MERGED)
    }
    documents = _[MERGED].collect(where=strong & _["_merges"], order_by=_["_seq"])
    told = {
        name: ibis.coalesce(
            _[name].argmax(_["_seq"], where=strong & _[name].notnull()),
            _[name].argmin(_["_seq"], where=_["_weak"] & _[name].notnull()),
        )
        for name in OF_ANY_FACT
    }
    folded = claims.group_by("customer_id").aggregate(
        **told,
        batch_id=ibis.coalesce(
            _.batch_id.argmax(_["_seq"], where=strong), _.batch_id.argmin(_["_seq"])
        ),
        **{MERGED: documents},
        **columns,
    )
    opened = {name: _[name]["value"] for name in columns}
    opened[MERGED] = ibis.ifelse(_[MERGED].length() > 1, _merged()(_[MERGED]), _[MERGED][0])
    return folded.mutate(**opened).select(list(KIND.schema().names))
