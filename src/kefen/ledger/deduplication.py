"""Rows that one file holds more than once: the same row counts once, another is refused.

What is left out as repeated is listed, and told with its money.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import _, ibis
from kefen.ledger.import_workspace import fingerprint
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import LINE, Notice
from kefen.ledger.reading.order_totals import TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import ibis.expr.types as ir

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.rejections import Rejections


LISTED = 100_000
"""So many repeated rows are listed, the first ones."""


@dataclass
class Repeats:
    """What a file repeats, as it is found: how many rows, and their money in cents.

    `lines` says that they are lines of orders; `replaced` ones gave way to a later row.
    """

    bench: ImportWorkspace
    listed: Rejections
    lines: bool = False
    count: int = 0
    cents: int = 0
    replaced: int = 0
    replaced_cents: int = 0

    def take(self, rows: ir.Table, column: str) -> None:
        """Note rows left out; `column` is what they repeat."""
        count, cents = self._list(rows, column, "row-repeated")
        self.count += count
        self.cents += cents

    def replace(self, rows: ir.Table, column: str) -> None:
        """Note rows in whose place a later row about the same key stands."""
        count, cents = self._list(rows, column, "row-replaced")
        self.replaced += count
        self.replaced_cents += cents

    def _list(self, rows: ir.Table, column: str, code: str) -> tuple[int, int]:
        """List rows; gives how many there are, and their money in cents."""
        amount = rows.amount.sum() if "amount" in rows.columns else ibis.null("decimal(18, 2)")
        told = self.bench.one(rows.aggregate(count=rows.count(), money=amount))
        if not told["count"]:
            return 0, 0
        some = self.bench.stream(rows.order_by(LINE).limit(LISTED))
        self.listed.refuse(some, column, code, lambda _row: {})
        return int(told["count"]), cents_of(told["money"])

    def take_frame(self, rows: pl.DataFrame, column: str) -> None:
        """`take` for rows in memory."""
        self.count += rows.height
        self.cents += cents_of(rows["amount"].sum())
        some = rows.sort(LINE).head(LISTED).iter_rows(named=True)
        self.listed.refuse(some, column, "row-repeated", lambda _row: {})

    def notices(self) -> list[Notice]:
        """What is told of them."""
        code = "lines-repeated" if self.lines else "rows-repeated"
        told = [
            (code, self.count, self.cents),
            ("rows-replaced", self.replaced, self.replaced_cents),
        ]
        return [
            Notice(code, {"rows": count, "money": money(cents)})
            for code, count, cents in told
            if count
        ]


def collapse(
    bench: ImportWorkspace,
    rows: ir.Table,
    key: list[str],
    content: Mapping[str, Any],
    rejected: Rejections,
    repeats: Repeats,
    some: ir.Table | None = None,
) -> tuple[ir.Table, int, ir.Table | None]:
    """Keep the first row of each key; gives the rows, how many differ, and the lines of those that
    go.

    A later row of the same key and content is a repeat; with other content it is rejected as
    `key-conflict`, or `key-twice` where rows cannot be lines of one order, naming the first line.
    `some` of the rows hold all of which a key stands twice.
    """
    some = rows if some is None else some
    twice = bench.note(some.group_by(key).having(_.count() > 1).aggregate(_first=_[LINE].min()))
    if not bench.count(twice):
        return rows, 0, None
    suspects = some.inner_join(twice, key).mutate(_print=fingerprint(some, content))
    suspects = bench.keep(suspects)
    first = suspects.filter(_[LINE] == _["_first"]).select(*key, _meant="_print")
    judged = suspects.filter(_[LINE] != _["_first"]).inner_join(first, key)
    repeats.take(judged.filter(_["_print"] == _["_meant"]), key[0])
    others = judged.filter(_["_print"] != _["_meant"])
    conflicts = 0
    if key == ["customer_id"] and "name" in others.columns:
        named = others.filter(_.name == _.customer_id)
        told = bench.stream(named)
        conflicts = rejected.refuse(told, key[-1], "name-twice", lambda row: _conflict(row, key))
        others = others.filter((_.name != _.customer_id).fill_null(True))
    conflicts += refuse_conflicts(bench.stream(others), key, rejected)
    gone = bench.note(judged.select(LINE))
    return rows.anti_join(gone, LINE), conflicts, gone


def later_rows(
    some: pl.DataFrame, key: list[str], content: Iterable[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows that `collapse` leaves out of those in memory: repeats, and those that differ.

    `_first` is the first line of their key.
    """
    rows = some.filter(pl.struct(key).is_duplicated()).sort(LINE)
    first = rows.unique(key, keep="first").with_columns(_first=LINE)
    meant = {name: f"_meant_{name}" for name in content if name in rows.columns}
    judged = rows.join(first.select(*key, "_first", **{m: n for n, m in meant.items()}), on=key)
    judged = judged.filter(pl.col(LINE) != pl.col("_first"))
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(m)) for name, m in meant.items())
    return judged.filter(same), judged.filter(~same)


def refuse_conflicts(others: Iterable[dict[str, Any]], key: list[str], rejected: Rejections) -> int:
    """Reject rows with the key of another that differs; gives how many."""
    code = "key-conflict" if key == ["order_id"] else "key-twice"
    return rejected.refuse(others, key[-1], code, lambda row: _conflict(row, key))


def number_lines(
    bench: ImportWorkspace,
    rows: ir.Table,
    content: Mapping[str, Any],
    *,
    keep_all: bool,
    some_numbered: bool,
    repeats: Repeats,
    totals: ir.Table | None = None,
) -> ir.Table:
    """Number an order's lines by their place in the file.

    Without line numbers nothing tells a line sent twice from two equal lines: a wholly
    identical line of an order counts once, unless `keep_all`, or `totals`, the money of whole
    orders, is what all its lines come to.
    """
    bare = _.line_no.isnull()
    if not keep_all:
        marked = rows.filter(bare).select("order_id", LINE, _print=fingerprint(rows, content))
        if totals is not None:
            sums = rows.group_by("order_id").aggregate(_sum=_.amount.sum().cast("decimal(18, 2)"))
            proven = sums.inner_join(totals, "order_id").filter(_["_sum"] == _[TOTAL])
            marked = marked.anti_join(proven.select("order_id"), "order_id")
        same = ["order_id", "_print"]
        twice = marked.group_by(same).having(_.count() > 1).aggregate(_first=_[LINE].min())
        twice = bench.note(twice)
        if bench.count(twice):
            later = marked.inner_join(twice, same).filter(_[LINE] != _["_first"])
            later = bench.note(later.select(LINE))
            repeats.take(rows.semi_join(later, LINE), "order_id")
            rows = rows.anti_join(later, LINE)
    place = ibis.row_number().over(
        ibis.window(group_by=["order_id", "_bare"] if some_numbered else "order_id", order_by=LINE)
    )
    if some_numbered:
        last = _.line_no.max().over(ibis.window(group_by="order_id")).fill_null(0)
        rows = rows.mutate(_bare=bare, _last=last).mutate(_place=place + 1 + _["_last"])
        rows = rows.mutate(line_no=ibis.coalesce(_.line_no, _["_place"]))
        rows = rows.drop("_bare", "_last", "_place")
    else:
        rows = rows.mutate(line_no=place + 1)
    return bench.keep(rows)


def _conflict(row: dict[str, Any], key: list[str]) -> dict[str, Any]:
    return {"first_line": row["_first"], **{name: row[name] for name in key}}
