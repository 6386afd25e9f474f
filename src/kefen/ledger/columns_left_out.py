"""What a file leaves out that corrects known rows: columns that an earlier one had.

An export without the column of statuses says nothing of them: what was cancelled stays so. A
refund that was subtracted cannot be kept, since the ledger has what was left of the money; it is
told with the money before and after.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import ibis

from kefen.ledger.facts import BATCH_ID, COUNTED, RETURNED, SALES
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import Notice
from kefen.ledger.versions import Versions

if TYPE_CHECKING:
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
    """Rows of known keys with what is known in columns that their file does not have, and told.

    Programs (frames, Parquet, the API) say all that there is to a fact; their rows stay.
    """
    lacking = _lacking(kind, staged)
    if staged.declared or not lacking or not bench.count(existing.limit(1)):
        return rows, []
    keys = list(kind.key)
    near = existing.semi_join(rows, keys[0])
    names = [*lacking, *([COUNTED] if "status" in lacking else [])]
    was = near.group_by(keys).aggregate(**{f"_was_{name}": near[name].max() for name in names})
    was = bench.note(was.filter(ibis.or_(*(was[f"_was_{name}"].notnull() for name in names))))
    if not bench.count(was):
        return rows, []
    met = rows.left_join(
        was.rename({f"_of_{key}": key for key in keys}), [(key, f"_of_{key}") for key in keys]
    )
    filled: dict[str, Any] = {}
    for name in lacking:
        own = met[name] if name in rows.columns else ibis.null(existing[name].type())
        filled[name] = ibis.coalesce(own, met[f"_was_{name}"])
    if "status" in lacking:
        own = met[COUNTED] if COUNTED in rows.columns else ibis.null("boolean")
        filled[COUNTED] = ibis.coalesce(own, met["_was_counted"])
    whole = bench.keep(
        met.mutate(**filled).select([*rows.columns, *(filled.keys() - {*rows.columns})])
    )
    count = bench.count(rows.semi_join(was, keys))
    if not count:
        return rows, []
    told = [n for n in lacking if bench.count(was.filter(was[f"_was_{n}"].notnull()).limit(1))]
    return whole, [Notice("columns-kept", {"rows": count, **_labels(kind, told)})]


def _lacking(kind: Kind, staged: Staged) -> list[str]:
    """The stored columns of a row, beside what makes it, that the file has no heading for."""
    if kind.name not in _KINDS:
        return []
    made = {*kind.key, kind.customer_column, kind.date_column, "amount", *staged.mapped}
    made |= {"status"} if staged.says_status else set()
    return [column.name for column in kind.stored if column.name not in made]


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
    ids = set(old.select(BATCH_ID).distinct().to_pyarrow()[BATCH_ID].to_pylist())
    batches = Versions(snapshot.folder / "versions").batches(snapshot.manifest.version)
    before = {name for batch in batches if batch.id in ids for name in batch.mapped}
    gone = [name for name in _CHANGING if name in before and name not in staged.mapped]
    data = {
        "rows": bench.count(replaced),
        "was": money(cents_of(was)),
        "money": money(cents_of(now)),
    }
    if not gone:
        return [] if staged.declared else [Notice("money-replaced", data)]
    return [Notice("columns-gone", data | _labels(kind, gone))]


def returns_as_sales(
    bench: ImportWorkspace, rows: ir.Table, existing: ir.Table, kind: Kind, staged: Staged
) -> list[Notice]:
    """A notice of new rows of a file without types that were known as returns by their type."""
    if kind.name not in SALES or "entry_type" in staged.mapped or "amount" not in rows.columns:
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
