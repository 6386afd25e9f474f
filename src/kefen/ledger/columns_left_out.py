"""What a source leaves out that corrects known rows: columns that an earlier one had.

An export without the column of statuses says nothing of them: what was cancelled stays so. A
refund that was subtracted cannot be kept, since the ledger has what was left of the money; it is
told with the money before and after. Where a source has statuses and a row has none, the row counts
again, and that is told.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import ibis
from kefen.ledger.facts import BATCH_ID, COUNTED, RETURNED, SALES
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice
from kefen.ledger.versions import Versions

if TYPE_CHECKING:
    from collections.abc import Iterable

    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.snapshot import Snapshot
    from kefen.ledger.staging import Staged

_KINDS = ("orders", "order_lines", "returns", "invoices", "payments")
_CHANGING = ("refunded", "entry_type", "currency", "rate")
"""Columns that change the money of a row and are not stored."""


def completed(
    bench: ImportWorkspace, rows: ir.Table, existing: ir.Table, kind: Kind, staged: Staged
) -> tuple[ir.Table, list[Notice]]:
    """Rows of known keys with what is known in columns that their source lacks, and told."""
    lacking = _lacking(kind, staged)
    if not lacking or not bench.count(existing.limit(1)):
        return rows, []
    keys = list(kind.key)
    near = existing.semi_join(rows, keys[0])
    names = _filled(lacking)
    was = near.group_by(keys).aggregate(**{f"_was_{name}": near[name].max() for name in names})
    was = bench.note(was.filter(ibis.or_(*(was[f"_was_{name}"].notnull() for name in names))))
    if not bench.count(was):
        return rows, []
    met = rows.left_join(
        was.rename({f"_of_{key}": key for key in keys}), [(key, f"_of_{key}") for key in keys]
    )
    filled: dict[str, Any] = {}
    for name in names:
        own = met[name] if name in rows.columns else ibis.null(existing[name].type())
        filled[name] = ibis.coalesce(own, met[f"_was_{name}"])
    whole = bench.keep(
        met.mutate(**filled).select([*rows.columns, *(filled.keys() - {*rows.columns})])
    )
    count = bench.count(rows.semi_join(was, keys))
    if not count:
        return rows, []
    told = [n for n in lacking if bench.count(was.filter(was[f"_was_{n}"].notnull()).limit(1))]
    return whole, [_kept(kind, count, told)]


def completed_frame(
    rows: pl.DataFrame, near: pl.DataFrame, kind: Kind, staged: Staged
) -> tuple[pl.DataFrame, list[Notice]]:
    """The same for a few rows in memory; `near` are the rows that the ledger has of their units."""
    lacking = _lacking(kind, staged)
    keys = list(kind.key)
    near = near.join(rows.select(keys[0]).unique(), on=keys[0], how="semi")
    if not lacking or near.is_empty():
        return rows, []
    names = _filled(lacking)
    was = near.group_by(keys).agg(pl.col(name).max().alias(f"_was_{name}") for name in names)
    was = was.filter(pl.any_horizontal(pl.col(f"_was_{name}").is_not_null() for name in names))
    count = rows.join(was, on=keys, how="semi").height
    if not count:
        return rows, []
    met = rows.join(was, on=keys, how="left", maintain_order="left")
    filled = [pl.coalesce(name, f"_was_{name}").alias(name) for name in names]
    told = [name for name in lacking if was[f"_was_{name}"].null_count() < was.height]
    return met.with_columns(filled).select(rows.columns), [_kept(kind, count, told)]


def _lacking(kind: Kind, staged: Staged) -> list[str]:
    """The stored columns of a row, beside what makes it, that the source has no heading for."""
    if kind.name not in _KINDS:
        return []
    made = {*kind.key, kind.customer_column, kind.date_column, "amount", *staged.mapped}
    made |= {"status"} if staged.says_status else set()
    return [column.name for column in kind.stored if column.name not in made]


def _filled(lacking: list[str]) -> list[str]:
    return [*lacking, *([COUNTED] if "status" in lacking else [])]


def _kept(kind: Kind, count: int, names: list[str]) -> Notice:
    return Notice("columns-kept", {"rows": count, **_labels(kind, names)})


def changed_without(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    kind: Kind,
    replaced: ir.Table | None,
    staged: Staged,
    snapshot: Snapshot,
) -> list[Notice]:
    """What is told of money that changed with the rows that are `replaced`.

    Where columns that change money were there before and are not now, they are named.
    """
    if kind.name not in _KINDS or replaced is None:
        return []
    key = kind.key[0]
    old, new = existing.semi_join(replaced, key), rows.semi_join(replaced, key)
    was, now = (bench.one(side.aggregate(money=side.amount.sum()))["money"] for side in (old, new))
    if was == now:
        return []
    ids = old.select(BATCH_ID).distinct().to_pyarrow()[BATCH_ID].to_pylist()
    return _changed(kind, staged, snapshot, ids, (bench.count(replaced), was, now))


def changed_frame(
    rows: pl.DataFrame, near: pl.DataFrame, kind: Kind, staged: Staged, snapshot: Snapshot
) -> list[Notice]:
    """The same for a few rows that replace those of `near` of the same units."""
    if kind.name not in _KINDS:
        return []
    units = rows.select(kind.key[0]).unique()
    old = near.join(units, on=kind.key[0], how="semi")
    was, now = old["amount"].sum(), rows["amount"].sum()
    if was == now:
        return []
    return _changed(kind, staged, snapshot, old[BATCH_ID].unique(), (units.height, was, now))


def _changed(
    kind: Kind,
    staged: Staged,
    snapshot: Snapshot,
    ids: Iterable[str],
    found: tuple[int, Any, Any],
) -> list[Notice]:
    """What is told of `found`: facts, their money before and now; they came by the batches `ids`.

    What a program says of money is what it means, where it leaves out no column.
    """
    count, was, now = found
    by = {*ids}
    batches = Versions(snapshot.folder / "versions").batches(snapshot.manifest.version)
    before = {name for batch in batches if batch.id in by for name in batch.mapped}
    gone = [name for name in _CHANGING if name in before and name not in staged.mapped]
    data = {"rows": count, "was": money(cents_of(was)), "money": money(cents_of(now))}
    if not gone:
        return [] if staged.declared else [Notice("money-replaced", data)]
    return [Notice("columns-gone", data | _labels(kind, gone))]


def counting_again(
    bench: ImportWorkspace,
    rows: ir.Table,
    existing: ir.Table,
    kind: Kind,
    replaced: ir.Table | None,
) -> list[Notice]:
    """A notice of facts that did not count and do now, since their rows say nothing of a status."""
    if replaced is None or COUNTED not in kind.stored_schema():
        return []
    old = existing.semi_join(replaced, kind.key[0])
    off = old.filter(~old[COUNTED].fill_null(True)).select(*kind.key)
    now = rows.semi_join(off, list(kind.key))
    if "status" in rows.columns:
        now = now.filter(now.status.isnull())
    if COUNTED in rows.columns:
        now = now.filter(now[COUNTED].fill_null(True))
    first = now[kind.key[0]].min()
    found = bench.one(now.aggregate(n=now.count(), money=now.amount.sum(), first=first))
    return _again(found["n"], found["money"], found["first"])


def counting_again_frame(rows: pl.DataFrame, near: pl.DataFrame, kind: Kind) -> list[Notice]:
    """The same for a few rows that replace those of `near` of the same units."""
    if COUNTED not in kind.stored_schema():
        return []
    off = near.filter(~pl.col(COUNTED).fill_null(value=True))
    now = rows.join(off, on=list(kind.key), how="semi").filter(
        pl.col("status").is_null() & pl.col(COUNTED).fill_null(value=True)
    )
    return _again(now.height, now["amount"].sum(), now[kind.key[0]].min())


def _again(count: int, amount: Any, first: Any) -> list[Notice]:
    if not count:
        return []
    data = {"rows": count, "money": money(cents_of(amount)), "number": first}
    return [Notice("counts-again", data)]


def returns_as_sales(
    bench: ImportWorkspace, rows: ir.Table, existing: ir.Table, kind: Kind, staged: Staged
) -> list[Notice]:
    """A notice of new rows of a file without types that were known as returns by their type."""
    if kind.name not in SALES or "entry_type" in staged.mapped or "amount" not in rows.columns:
        return []
    if not bench.count(existing.limit(1)):
        return []
    key = kind.key[0]
    back = existing.filter(existing[key].contains(RETURNED))
    number = back[key].re_replace(f"{re.escape(RETURNED)}[0-9]{{8}}$", "")
    back = back.select(_number=number, _customer=back.customer_id, _back=-back.amount)
    met = rows.inner_join(back, rows[key] == back["_number"])
    same = (met["_customer"] == met.customer_id) & (met["_back"] == met.amount)
    found = bench.note(met.filter(same))
    told = bench.one(
        found.aggregate(n=found.count(), money=found.amount.sum(), first=found[key].min())
    )
    if not told["n"]:
        return []
    data = {"rows": int(told["n"]), "money": money(cents_of(told["money"]))}
    return [Notice("returns-as-sales", data | {"number": told["first"]})]


def _labels(kind: Kind, names: list[str]) -> dict[str, list[str]]:
    labels = [kind.column(name).label for name in names]
    return {"columns": [one["en"] for one in labels], "columns_zh": [one["zh"] for one in labels]}
