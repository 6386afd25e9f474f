"""Rows of sales that are not a sale: returns, other documents, and refunds beside an order's money.

Documents of returns, receipts and transfers stand among the sales, told by their type; and what was
given back stands in a column beside the money of the order. See `further_rows` for orders of
several rows.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger import document_types
from kefen.ledger.document_types import is_return
from kefen.ledger.facts import RETURNED, SALES
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.further_statuses import FURTHER
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.texts import as_text, trimmed
from kefen.ledger.statuses import is_no_sale, is_refunded

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.ledger.reading.work import Rules, Work

_ID = "order_id"
TYPED = "_typed"
"""Whether the status of a row is the type of its document."""
_ALONE = "_alone"
"""Whether a row of sales names a refund and no amount."""
_MOST_TYPES = 12
_NEGATED = ("amount", "cost", "discount", "quantity")
_DIRECTION = re.compile(
    r"(?:收款|付款|收付款|回款|业务|交易|单据|款项|资金|收支|收付)?(?:类型|类别|方向|性质)|收支|收付|(?:transaction|entry|doc|document)?type"
    r"|direction|发票(?:类型|性质|种类)|红蓝(?:字|标[识志])?|(?:invoice)?kind|invoicetype"
)
_NET = re.compile(r"净|实收|\bnet\b", re.IGNORECASE)


def turn_returns(work: Work, rules: Rules, facts: pl.Series) -> list[Notice]:
    """Make returns of the rows whose type says so, and subtract refunds from the others.

    `facts` are the rows that are facts at all.
    """
    amount = work.values.get("amount")
    if amount is None:
        return []
    if rules.kind.name == "returns":
        _all_back(work, rules, amount, facts)
    if rules.kind.name in ("payments", "invoices"):
        return _paid_back(work, rules, amount, facts)
    if rules.kind.name not in SALES:
        return []
    notices: list[Notice] = []
    returned = _told(work, "entry_type", lambda word: is_return(word) or word in rules.returns)
    returned |= _to_payers(work) | _among_returns(work, rules) | _given_back(work, amount)
    returned |= _taken_back(work, rules, amount)
    returned &= facts
    refunded = work.values.get("refunded")
    if refunded is not None and (refunded != 0).any():
        refund = refunded.abs().fill_null(0)
        empty = (amount == 0) & (refund > 0) & facts
        said = empty & (returned | _told(work, "status", is_refunded))
        if (alone := work.values.get(_ALONE)) is not None:
            said |= empty & alone
        amount = amount.zip_with(~said.fill_null(value=False), refund)
        returned |= said.fill_null(value=False)
        amount = _less(work, rules, amount, refund, facts & ~returned, notices)
    notices += _note_types(work, rules, facts & ~returned)
    if returned.any():
        work.values["amount"] = amount
        _negate(work, returned)
        back = -work.values["amount"].filter(returned)
        data = {"rows": int(returned.sum()), "cents": _cents(back)}
        notices.append(Notice("returns-among-sales", data))
        if "status" in work.values:
            # The type says what the row is: a finished return counts as one.
            work.values["status"] = work.values["status"].set(
                returned & _told(work, "status", is_refunded), None
            )
    else:
        work.values["amount"] = amount
    return notices


def _among_returns(work: Work, rules: Rules) -> pl.Series:
    """Rows of sheets and blocks that are called returns."""
    found = _none(work.lines) if work.returned is None else work.returned
    for first, last in rules.returned:
        found |= work.lines.is_between(first, last)
    return found


def _to_payers(work: Work) -> pl.Series:
    """Money that went out to customers from whom money came in: it was given back."""
    out = _told(work, "entry_type", document_types.is_outgoing)
    if not out.any():
        return out
    back = _none(work.lines)
    for name in ("customer_id", CUSTOMER_NAME):
        if (customers := work.values.get(name)) is not None:
            paying = customers.filter(~out & customers.is_not_null()).unique()
            back |= customers.is_in(paying.implode()).fill_null(value=False)
    return out & back


def _given_back(work: Work, amount: pl.Series) -> pl.Series:
    """Negative rows whose status says refunded: they are the refund, unless the sale that they take
    back does not count either.
    """
    said = _told(work, "status", is_refunded)
    if (further := work.values.get(FURTHER)) is not None:
        said &= ~further
    back = said & (amount < 0).fill_null(value=False)
    if not back.any():
        return back
    names = [name for name in ("customer_id", CUSTOMER_NAME) if name in work.values]
    rows = pl.DataFrame([work.values[name].alias(name) for name in names]).with_columns(
        amount.abs().alias("amount")
    )
    gone = _told(work, "status", is_no_sale) & (amount > 0).fill_null(value=False)
    undone = rows.filter(gone).unique().with_columns(undone=pl.lit(value=True))
    met = rows.join(
        undone, on=[*names, "amount"], how="left", nulls_equal=True, maintain_order="left"
    )
    return back & ~met["undone"].fill_null(value=False)


def _taken_back(work: Work, rules: Rules, amount: pl.Series) -> pl.Series:
    """Negative rows of orders with the number and the customer of an order of another day."""
    names = [name for name in (_ID, "customer_id", CUSTOMER_NAME) if name in work.values]
    day = work.values.get("ordered_on")
    if rules.kind.name != "orders" or _ID not in names or day is None:
        return _none(work.lines)
    negative = (amount < 0).fill_null(value=False) & work.values[_ID].is_not_null()
    if not negative.any():
        return negative
    rows = pl.DataFrame([*(work.values[name].alias(name) for name in names), day.alias("day")])
    sold = rows.filter((amount > 0).fill_null(value=False))
    first = sold.group_by(names).agg(first=pl.col("day").min())
    met = rows.join(first, on=names, how="left", nulls_equal=True, maintain_order="left")
    return negative & (met["day"] > met["first"]).fill_null(value=False)


def _all_back(work: Work, rules: Rules, amount: pl.Series, facts: pl.Series) -> None:
    """In a file of returns each row takes money away, whatever its sign; the odd ones are told."""
    odd = ((amount < 0) & facts).fill_null(value=False)
    if not odd.any():
        return
    heading = rules.heading("amount") or ""
    written = work.texts.get("amount", amount)
    rules.tally.cells("returns-of-both-signs", heading, odd, work.lines, written)
    for name in ("amount", "cost", "quantity"):
        if (value := work.values.get(name)) is not None:
            work.values[name] = value.zip_with(~odd, value.abs())


def _paid_back(work: Work, rules: Rules, amount: pl.Series, facts: pl.Series) -> list[Notice]:
    """Payments and invoices whose type says that the money went back: they are subtracted."""
    back = _none(work.lines)
    for heading in rules.kept:
        if _DIRECTION.fullmatch(normal(heading)):
            text = trimmed(as_text(work.raw[heading]))
            words = [
                word
                for word in text.drop_nulls().unique()
                if is_return(word) or document_types.is_outgoing(word)
            ]
            back |= text.is_in(words).fill_null(value=False)
    back &= facts & (amount > 0).fill_null(value=False)
    if not back.any():
        return []
    work.values["amount"] = amount.zip_with(~back, (-amount.abs()).cast(amount.dtype))
    data = {"rows": int(back.sum()), "cents": _cents(amount.filter(back))}
    code = "refunds-among-payments" if rules.kind.name == "payments" else "credits-among-invoices"
    return [Notice(code, data)]


def _note_types(work: Work, rules: Rules, among: pl.Series) -> list[Notice]:
    """Let a document's type be its status where it has none, or where the type is no sale.

    Gives a notice of each type that is not known and does not become a status.
    """
    types = work.values.get("entry_type")
    if types is None:
        return []
    status = work.values.get("status")
    if status is None:
        status = pl.Series([None], dtype=pl.String).new_from_index(0, len(types))
    typed = among & types.is_not_null()
    meant = document_types.meanings(types.drop_nulls().unique().to_list())
    said = typed & (status.is_null() | _told(work, "entry_type", document_types.is_no_sale))
    work.values["status"] = types.zip_with(said, status)
    work.values[TYPED] = said
    beside = typed & ~said & _told(work, "entry_type", lambda word: meant[word] == "none")
    if beside.any():  # such as payments beside invoices, whose status says that they are paid
        further = work.values.get(FURTHER, _none(types))
        named = pl.Series([f"{rules.heading('entry_type')}: "]).new_from_index(0, len(types))
        work.values["status"] = (named + types).zip_with(beside & ~further, work.values["status"])
        work.values[FURTHER] = further | beside
    left = typed & ~said & _told(work, "entry_type", lambda word: not document_types.group(word))
    rows = pl.DataFrame({"type": types, "amount": work.values["amount"]}).filter(left)
    told = rows.group_by("type", maintain_order=True).agg(pl.len(), pl.col("amount").sum())
    if len(told) > _MOST_TYPES:
        return []
    return [
        Notice("document-type-unknown", {"type": word, "rows": rows, "cents": int(money * 100)})
        for word, rows, money in told.iter_rows()
    ]


def take_refunds_alone(work: Work, rules: Rules, among: pl.Series) -> None:
    """Note rows of sales that name a refund and no amount: each is a return of its own."""
    amount, refund = work.values.get("amount"), work.values.get("refunded")
    written = work.texts.get("amount")
    if rules.kind.name not in SALES or amount is None or refund is None or written is None:
        return
    alone = written.is_null() & amount.is_null() & (refund != 0).fill_null(value=False) & among
    if alone.any():
        work.values["amount"] = amount.set(alone, 0)
        work.values[_ALONE] = alone


def tell_further_refunds(work: Work, rules: Rules) -> None:
    """Count the money of columns of refunds beside the one that is subtracted."""
    if rules.kind.name not in SALES or not rules.heading("refunded"):
        return
    for heading in rules.kept:
        if any(column == "refunded" for _kind, column in columns_known(heading)):
            cells = trimmed(as_text(work.raw[heading]))
            given = cells.str.contains("[1-9]").fill_null(value=False)
            rules.tally.cells("refund-column-left", heading, given, work.lines, cells)


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
    if (void := work.values.get(FURTHER)) is not None:
        some &= ~void
    some = some.fill_null(value=False)
    if not some.any():
        return amount
    less = (refund > amount).fill_null(value=True)
    # What was given back whole is no longer in an amount that is net of it.
    whole = some & (refund == amount).fill_null(value=False)
    net = bool(_NET.search(heading)) and not whole.any()
    told = (
        ("refunds-subtracted", taken := some & ~less & (not net)),
        ("refunds-left", some & net),
        ("refunds-exceed", some & less & (not net)),
    )
    for code, rows in told:
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
    if day is not None:
        if ids is None:
            ids = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
        own = ids.fill_null("") + RETURNED + day.dt.strftime("%Y%m%d")
        work.values[_ID] = ids.zip_with(~rows, own)


def _told(work: Work, column: str, means: Callable[[str], bool]) -> pl.Series:
    """Rows whose word in `column` means so."""
    text = work.values.get(column)
    if text is None:
        return _none(work.raw[LINE])
    words = [word for word in text.drop_nulls().unique() if means(word)]
    return text.is_in(words).fill_null(value=False)


def _none(like: pl.Series) -> pl.Series:
    return pl.Series([False]).new_from_index(0, len(like))


def _cents(amounts: pl.Series) -> int:
    return int((amounts.sum() or 0) * 100)
