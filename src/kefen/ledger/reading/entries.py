"""Rows of sales that are not one sale each: further rows of an order, returns, refunds.

Exports of shops write what belongs to the whole order on its first row only; documents of returns
stand among the sales, told by their type; and what was given back stands in a column beside the
money of the order.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.ledger.facts import SALES
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice
from kefen.ledger.statuses import is_no_sale, is_return

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.ledger.reading.work import Rules, Work

_ID = "order_id"
_OF_ORDER = (
    "customer_id", CUSTOMER_NAME, "ordered_on", "status", "channel", "salesperson", "currency",
    "rate", "entry_type",
)  # fmt: skip
"""What the first row of an order says for all of them."""
_NEGATED = ("amount", "cost", "discount", "quantity")
_NET = re.compile(r"净|实收|\bnet\b", re.IGNORECASE)


def fill_orders(work: Work, rules: Rules) -> None:
    """Give further rows of an order, which name no customer, what its first row says.

    `rules.carried` keeps the last order from one chunk to the next.
    """
    ids = work.values.get(_ID)
    if rules.kind.name not in SALES or ids is None or not len(ids):
        return
    bare = _null(work, "customer_id") & _null(work, CUSTOMER_NAME) & ids.is_not_null()
    carried = rules.carried
    if bare.any():
        again = (ids == carried["id"]).fill_null(value=False) if carried else _none(ids)
        bare &= (ids.is_in(ids.filter(~bare).implode()) | again).fill_null(value=False)
        for held, before in ((work.values, "values"), (work.texts, "texts")):
            for name in _OF_ORDER:
                if name in held:
                    told = _first(held[name], ids)
                    if (known := carried.get(before, {}).get(name)) is not None:
                        told = told.zip_with(~(again & told.is_null()), _all(told, known))
                    held[name] = held[name].zip_with(~(bare & held[name].is_null()), told)
    carried["id"] = ids[-1]
    carried["values"] = {name: work.values[name][-1] for name in _OF_ORDER if name in work.values}
    carried["texts"] = {name: work.texts[name][-1] for name in _OF_ORDER if name in work.texts}


def _first(series: pl.Series, ids: pl.Series) -> pl.Series:
    """The first value of each id, on all its rows."""
    held = pl.DataFrame({"id": ids, "value": series})
    return held.select(pl.col("value").drop_nulls().first().over("id")).to_series()


def _all(like: pl.Series, value: Any) -> pl.Series:
    return pl.Series(like.name, [value], dtype=like.dtype).new_from_index(0, len(like))


def joined_rows(work: Work, rules: Rules) -> pl.Series:
    """Further rows of an order that carry no money of their own: the order's first row has it."""
    none = _none(work.raw[LINE])
    ids, amount = work.values.get(_ID), work.values.get("amount")
    if rules.kind.name != "orders" or ids is None or amount is None:
        return none
    written = work.texts.get("amount")
    blank = amount.is_null() if written is None else written.is_null()
    blank &= ids.is_not_null()
    if not blank.any():
        return none
    paid = ids.is_in(ids.filter(amount.is_not_null()).implode())
    return (blank & paid).fill_null(value=False)


def turn_returns(work: Work, rules: Rules, facts: pl.Series) -> list[Notice]:
    """Make returns of the rows whose type says so, and subtract refunds from the others.

    `facts` are the rows that are facts at all.
    """
    amount = work.values.get("amount")
    if rules.kind.name not in SALES or amount is None:
        return []
    notices: list[Notice] = []
    returned = _told(work, "entry_type", is_return) & facts
    refunded = work.values.get("refunded")
    if refunded is not None and (refunded != 0).any():
        refund = refunded.abs().fill_null(0)
        empty = (amount == 0) & (refund > 0) & facts
        said = empty & (returned | _told(work, "status", is_return))
        amount = amount.zip_with(~said.fill_null(value=False), refund)
        returned |= said.fill_null(value=False)
        amount = _less(work, rules, amount, refund, facts & ~returned, notices)
    if returned.any():
        work.values["amount"] = amount
        _negate(work, returned)
        back = -work.values["amount"].filter(returned)
        data = {"rows": int(returned.sum()), "cents": _cents(back)}
        notices.append(Notice("returns-among-sales", data))
        if "status" in work.values:
            # The type says what the row is: a finished return counts as one.
            work.values["status"] = work.values["status"].set(
                returned & _told(work, "status", is_return), None
            )
    else:
        work.values["amount"] = amount
    return notices


def _less(
    work: Work,
    rules: Rules,
    amount: pl.Series,
    refund: pl.Series,
    among: pl.Series,
    notices: list[Notice],
) -> pl.Series:
    """The amounts less their refunds, where the amount is not less already and counts at all."""
    heading, beside = rules.heading("amount") or "", rules.heading("refunded") or ""
    some = (refund > 0) & among & ~_told(work, "status", is_no_sale)
    some = some.fill_null(value=False)
    if not some.any():
        return amount
    taken = some & (refund <= amount).fill_null(value=False)
    if _NET.search(heading):
        taken &= False
    left = some & ~taken
    for code, rows in (("refunds-subtracted", taken), ("refunds-left", left)):
        if rows.any():
            data = {"heading": beside, "amount": heading, "rows": int(rows.sum())}
            notices.append(Notice(code, data | {"cents": _cents(refund.filter(rows))}))
    return (amount - refund.set(~taken, 0)).cast(amount.dtype)


def _negate(work: Work, rows: pl.Series) -> None:
    """Turn the signs of these rows, and give them numbers apart from the sale they take back."""
    for name in _NEGATED:
        if name in work.values:
            value = work.values[name]
            work.values[name] = value.zip_with(~rows, (-value.abs()).cast(value.dtype))
    ids, day = work.values.get(_ID), work.values.get("ordered_on")
    if ids is not None and day is not None:
        own = ids + "~R" + day.dt.strftime("%Y%m%d")
        work.values[_ID] = ids.zip_with(~rows, own)


def _told(work: Work, column: str, means: Callable[[str], bool]) -> pl.Series:
    """Rows whose word in `column` means so."""
    text = work.values.get(column)
    if text is None:
        return _none(work.raw[LINE])
    words = [word for word in text.drop_nulls().unique() if means(word)]
    return text.is_in(words).fill_null(value=False)


def _null(work: Work, column: str) -> pl.Series:
    value = work.values.get(column)
    if value is None:
        return pl.Series([True]).new_from_index(0, work.raw.height)
    return value.is_null()


def _none(like: pl.Series) -> pl.Series:
    return pl.Series([False]).new_from_index(0, len(like))


def _cents(amounts: pl.Series) -> int:
    return int((amounts.sum() or 0) * 100)
