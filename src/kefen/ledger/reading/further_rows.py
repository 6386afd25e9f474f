"""Further rows of an order: what the order's first row says of all of them.

Exports of shops and of sales programs write what belongs to the whole order on its first row only.
The rows of an order may stand apart, and in another batch than its first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.facts import SALES
from kefen.ledger.reading.further_statuses import FURTHER, sort_of
from kefen.ledger.reading.model import CUSTOMER_NAME
from kefen.ledger.reading.texts import as_text, trimmed

if TYPE_CHECKING:
    from kefen.ledger.reading.work import Rules, Work

_ID = "order_id"
_CUSTOMER = ("customer_id", CUSTOMER_NAME)
_OF_ORDER = (
    *_CUSTOMER, "ordered_on", "status", "channel", "salesperson", "currency", "rate", "entry_type",
)  # fmt: skip
"""What the first row of an order says for all of them."""
_PRODUCT = ("product_id", "product_name")


def fill_orders(work: Work, rules: Rules) -> None:
    """Give further rows of an order, which lack customer or day, what its first row says."""
    ids = work.values.get(_ID)
    if rules.kind.name not in SALES or ids is None or not len(ids):
        return
    ids = work.values[_ID] = _continued(work, rules, ids)
    rules.orders.keep(_rows(work, ids))
    nameless = _null(work, "customer_id") & _null(work, CUSTOMER_NAME)
    _status_of_first(work, rules, ids)
    bare = ids.is_not_null() & (nameless | _null(work, "ordered_on"))
    if bare.any():
        _fill(work, bare, nameless, rules.orders.of(ids.filter(bare)))


def _status_of_first(work: Work, rules: Rules, ids: pl.Series) -> None:
    """Let the status of an order hold for all its rows, where only the first of each names one."""
    status = work.values.get("status")
    if status is None or ids.is_duplicated().sum() == 0:
        return
    first = ids.is_first_distinct() | ids.is_null()
    if (further := work.values.get(FURTHER)) is not None:
        _void_with_first(work, rules, ids, further, first)
        return
    lone = status.is_null() & ~first
    if rules.kind.name == "orders":  # rows without money belong to the first row anyway
        lone &= ~_null(work, "amount")
    if not lone.any() or (status.is_not_null() & ~first).any() or status.filter(first).has_nulls():
        return
    known = pl.DataFrame({"id": ids, "status": status}).filter(status.is_not_null()).unique("id")
    told = pl.DataFrame({"id": ids}).join(known, on="id", how="left", maintain_order="left")
    work.values["status"] = status.fill_null(told["status"])
    heading = rules.heading("status") or "status"
    rules.tally.cells("status-of-first-row", heading, lone, work.lines, told["status"])


def _void_with_first(
    work: Work, rules: Rules, ids: pl.Series, further: pl.Series, first: pl.Series
) -> None:
    """Let a day or a flag of cancelling hold for all rows of an order, where a column has it on
    first rows only and says nothing on any other.
    """
    status = work.values["status"]
    void = pl.DataFrame({"id": ids, "status": status}).filter(further & first)
    for heading in rules.kept:
        if sort_of(heading) != "day":
            continue
        cells = trimmed(as_text(work.raw[heading]))
        if cells.is_null().all() or (cells.is_not_null() & ~first).any():
            continue
        named = void.filter(void["status"] == heading).drop_nulls().unique("id")
        told = pl.DataFrame({"id": ids}).join(named, on="id", how="left", maintain_order="left")
        lone = ~first & ~further & told["status"].is_not_null()
        if lone.any():
            work.values["status"] = told["status"].zip_with(lone, work.values["status"])
            work.values[FURTHER] = further = further | lone
            rules.tally.cells("status-of-first-row", heading, lone, work.lines, told["status"])


def joined_rows(work: Work, rules: Rules) -> pl.Series:
    """Further rows of an order that carry no money of their own: the order's first row has it."""
    ids, amount = work.values.get(_ID), work.values.get("amount")
    if rules.kind.name != "orders" or ids is None or amount is None:
        return work.none()
    written = work.texts.get("amount")
    blank = amount.is_null() if written is None else written.is_null()
    blank &= ids.is_not_null()
    if not blank.any():
        return blank
    orders = rules.orders.of(ids.filter(blank))
    paid = ids.is_in(orders.filter(pl.col("paid"))["id"].unique().implode())
    return (blank & paid).fill_null(value=False)


def _continued(work: Work, rules: Rules, ids: pl.Series) -> pl.Series:
    """The numbers of the orders, also of rows that name a product and nothing of the order."""
    missing = ids.is_null()
    last, numbered = rules.orders.last, ids.drop_nulls()
    if len(numbered):
        rules.orders.last = str(numbered[-1])
    heading = rules.heading(_ID)
    if rules.kind.name != "order_lines" or heading is None or not missing.any():
        return ids
    for name in (_ID, *_CUSTOMER, "ordered_on"):
        if name in work.texts:
            missing &= work.texts[name].is_null()
    named, worth = work.none(), work.none()
    for name in _PRODUCT:
        named |= ~_null(work, name)
    for name in ("amount", "quantity"):
        worth |= ~_null(work, name)
    before = pl.concat([pl.Series(ids.name, [last], dtype=ids.dtype), ids]).forward_fill()[1:]
    continued = missing & named & worth & before.is_not_null()
    rules.tally.cells("order-rows-continued", heading, continued, work.lines, before)
    return before.zip_with(continued | ids.is_not_null(), ids)


def _rows(work: Work, ids: pl.Series) -> pl.DataFrame:
    columns = [ids.alias("id"), (~_null(work, "amount")).alias("paid")]
    for held, before in ((work.values, "value"), (work.texts, "text")):
        columns += [held[name].alias(f"{before} {name}") for name in _OF_ORDER if name in held]
    return pl.DataFrame(columns)


def _fill(work: Work, bare: pl.Series, nameless: pl.Series, rows: pl.DataFrame) -> None:
    """Fill what bare rows lack with the first that any row of the order says."""
    first = rows.group_by("id").agg(pl.all().drop_nulls().first())
    ids = pl.DataFrame({"id": work.values[_ID]})
    told = ids.join(first, on="id", how="left", maintain_order="left")
    whose = pl.Series([False]).new_from_index(0, len(bare))
    for name in _CUSTOMER:
        if f"value {name}" in told.columns:
            of_order = told[f"value {name}"]
            whose |= of_order.is_not_null()
            own = work.values[name]
            bare &= nameless | (own == of_order).fill_null(value=True)
    bare &= whose
    for held, before in ((work.values, "value"), (work.texts, "text")):
        for name in _OF_ORDER:
            if name in held:
                fill = bare & held[name].is_null()
                held[name] = held[name].zip_with(~fill, told[f"{before} {name}"])


def _null(work: Work, column: str) -> pl.Series:
    value = work.values.get(column)
    if value is None:
        return pl.Series([True]).new_from_index(0, work.raw.height)
    return value.is_null()
