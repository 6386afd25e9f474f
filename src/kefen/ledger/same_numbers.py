"""One number in a file for several orders: of several shops, customers or days.

Shops number alike, and tills begin again each day. The earliest order keeps the number, so that a
longer export of the same orders finds it again; the others get one of their own.
"""

from __future__ import annotations

import re
from hashlib import md5
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.deferred import _, ibis
from kefen.ledger.facts import SALES
from kefen.ledger.notices import cents_of, money
from kefen.ledger.reading.model import LINE, Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis.expr.types as ir

    from kefen.ledger.facts import Kind
    from kefen.ledger.import_workspace import ImportWorkspace

_BETWEEN: Final = "\x1f"
_MARK: Final = 8
_KEY, _DAY = "order_id", "ordered_on"
_SHOP = re.compile(r"店|門市|分公司|\b(?:shop|store|outlet|branch)", re.IGNORECASE)


def is_shop(heading: str | None) -> bool:
    """Whether a heading of the sales channel names shops, which may number alike.

    >>> is_shop("店铺名称"), is_shop("Store"), is_shop("渠道")
    (True, True, False)
    """
    return bool(heading and _SHOP.search(heading))


def apart(
    bench: ImportWorkspace,
    rows: ir.Table,
    kind: Kind,
    shops: str | None,
    *,
    new: bool,
    some: ir.Table | None = None,
) -> tuple[ir.Table, list[Notice], ir.Table | None]:
    """The rows of sales with a number for each order, and what is told of it.

    Last come the lines that have a number of their own, where all others are as they were.

    Args:
        bench: where it is worked out.
        rows: rows with their customers.
        kind: other kinds than sales stay as they are.
        shops: the heading of the sales channel.
        new: a person says that rows of other customers and days are other orders.
        some: those of the rows that have a number of several customers or days, where known.
    """
    if kind.name not in SALES or _DAY not in rows.columns:  # without days no row is left
        return rows, [], None
    notices: list[Notice] = []
    given, own = rows, None
    if "channel" in rows.columns and is_shop(shops):
        rows, notices = _by_shop(bench, rows, shops or "")
    if kind.name == "order_lines" or new:
        as_given = rows is given
        rows, told, numbers = _by_customer(bench, rows, some if as_given else None, new=new)
        notices += told
        own = numbers if as_given else None
    return rows, notices, own


def by_invoice(bench: ImportWorkspace, rows: ir.Table, kind: Kind) -> tuple[ir.Table, list[Notice]]:
    """The rows of payments with a number for each invoice that one payment pays in part.

    The part of the least invoice keeps the number; the others have their invoice after it.
    """
    key, of = kind.key[0], "invoice_id"
    if kind.name != "payments" or of not in rows.columns:
        return rows, []
    parts = rows.mutate(_of=rows[of].fill_null(""))
    several = parts.group_by(key).having(_differ(_["_of"])).aggregate(_lead=_["_of"].min())
    several = bench.note(several)
    if not (count := bench.count(several)):
        return rows, []
    met = parts.left_join(several.select(key, "_lead"), key)
    other = (met["_lead"].notnull() & (met["_of"] != met["_lead"])).fill_null(False)
    named = met.mutate(**{key: ibis.ifelse(other, met[key] + "-" + met["_of"], met[key])})
    [first] = bench.few(several.order_by(key).limit(1))
    total = bench.one(rows.semi_join(several, key).aggregate(money=_.amount.sum()))["money"]
    data = {"count": count, "number": first[key], "money": money(cents_of(total))}
    return bench.keep(named.select(rows.columns)), [Notice("payments-of-invoices", data)]


def who(customer: ir.Value, day: ir.Value) -> ir.Value:
    """A customer and a day as one text."""
    return customer + _BETWEEN + day.cast("string")


def marked(number: ir.Value, whose: ir.Value) -> ir.Value:
    """A number with a mark made of the customer and the day, the same in every file."""
    return number + "~" + whose.hexdigest("md5").substr(0, _MARK)


def _place(rows: ir.Table) -> ir.Value:
    """What is smallest on the earliest row: its day, then its line."""
    return rows[_DAY].cast("string") + rows[LINE].cast("string").lpad(12, "0")


def _by_shop(bench: ImportWorkspace, rows: ir.Table, heading: str) -> tuple[ir.Table, list[Notice]]:
    clashes = bench.note(
        rows.group_by(_KEY)
        .having(_differ(rows.channel))
        .aggregate(_lead=rows.channel.argmin(_place(rows)), _other=rows.channel.max())
    )
    if not (count := bench.count(clashes)):
        return rows, []
    met = rows.left_join(clashes.select(_KEY, "_lead"), _KEY)
    other = met["_lead"].notnull() & (met.channel != met["_lead"])
    own = met.channel + "-" + met[_KEY]
    named = met.mutate(**{_KEY: ibis.ifelse(other.fill_null(False), own, met[_KEY])})
    [first] = bench.few(clashes.order_by(_KEY).limit(1))
    data = {"count": count, "heading": heading, "number": first[_KEY]}
    return bench.keep(named.select(rows.columns)), [Notice("shops-number-alike", data)]


def _differ(values: ir.Value) -> ir.Value:
    """Whether a group has several values; the least and the greatest tell it at less cost."""
    return (values.min() != values.max()).fill_null(False)


def _by_customer(
    bench: ImportWorkspace, rows: ir.Table, some: ir.Table | None, *, new: bool
) -> tuple[ir.Table, list[Notice], ir.Table | None]:
    some = rows if some is None else some
    differ = _differ(some.customer_id) | _differ(some[_DAY])
    numbers = bench.note(some.group_by(_KEY).having(differ).aggregate(_rows=_.count()))
    if not bench.count(numbers):
        return rows, [], None
    theirs = some.semi_join(numbers, _KEY)
    whose = who(theirs.customer_id, theirs[_DAY])
    clashes = bench.note(
        theirs.group_by(_KEY).aggregate(
            _lead=whose.argmin(_place(theirs)),
            _several=_differ(theirs.customer_id),
            _customer=_.customer_id.min(),
            _another=_.customer_id.max(),
            _day=_[_DAY].min(),
            _later=_[_DAY].max(),
        )
    )
    several, alone = clashes.filter(_["_several"]), clashes.filter(~_["_several"])
    customers, days = bench.count(several), bench.count(alone)
    every = new or customers >= days
    notices = _notices(
        _first(bench, several, customers), customers, _first(bench, alone, days), days, every=every
    )
    split = clashes if every else several
    if not (customers or every):
        return rows, notices, None
    met = theirs.inner_join(split.select(_KEY, "_lead"), _KEY)
    whose = who(met.customer_id, met[_DAY])
    others = met.filter(whose != met["_lead"])
    own = bench.note(others.select(_of=LINE, _own=marked(others[_KEY], whose)))
    named = rows.left_join(own, rows[LINE] == own["_of"])
    named = named.mutate(**{_KEY: ibis.coalesce(named["_own"], named[_KEY])})
    return named.select(rows.columns), notices, own.select(own["_of"].name(LINE), own["_own"])


def apart_frame(some: pl.DataFrame, *, new: bool) -> tuple[list[Notice], pl.DataFrame | None]:
    """What `apart` tells of order lines in memory, and the lines that have a number of their own.

    Args:
        some: the lines that have a number of several customers or days, with customer and day.
        new: a person says that rows of other customers and days are other orders.
    """
    customer, day = pl.col("customer_id"), pl.col(_DAY)
    whose = pl.concat_str(customer, pl.lit(_BETWEEN), day.cast(pl.String))
    theirs = some.select(_KEY, customer, day, LINE, _whose=whose).sort(_DAY, LINE)
    orders = theirs.group_by(_KEY).agg(
        _lead=pl.col("_whose").first(),
        _customer=customer.min(),
        _another=customer.max(),
        _day=day.min(),
        _later=day.max(),
    )
    orders = orders.with_columns(_several=pl.col("_customer") != pl.col("_another")).sort(_KEY)
    clashes = orders.filter(pl.col("_several") | (pl.col("_day") != pl.col("_later")))
    several, alone = clashes.filter("_several"), clashes.filter(~pl.col("_several"))
    every = new or several.height >= alone.height
    leads = (next(each.iter_rows(named=True), {}) for each in (several, alone))
    notices = _notices(next(leads), several.height, next(leads), alone.height, every=every)
    split = clashes if every else several
    met = theirs.join(split.select(_KEY, "_lead"), on=_KEY)
    others = met.filter(pl.col("_whose") != pl.col("_lead"))
    if others.is_empty():
        return notices, None
    marks = [md5(each.encode(), usedforsecurity=False).hexdigest() for each in others["_whose"]]
    mark = pl.Series(marks).str.head(_MARK)
    return notices, others.select(LINE, _own=pl.col(_KEY) + "~" + mark)


def _first(bench: ImportWorkspace, orders: ir.Table, count: int) -> dict[str, Any]:
    """The order of the least number, where there are any."""
    return bench.few(orders.order_by(_KEY).limit(1))[0] if count else {}


def _notices(
    several: Mapping[str, Any],
    customers: int,
    alone: Mapping[str, Any],
    days: int,
    *,
    every: bool,
) -> list[Notice]:
    """What is told of so many numbers of several `customers` and `days`, each with the first."""
    told = [
        ("order-lines-of-customers", customers, several),
        ("order-lines-of-days" + ("-apart" if every else ""), days, alone),
    ]
    return [Notice(code, _told(first, count)) for code, count, first in told if count]


def _told(first: Mapping[str, Any], count: int) -> dict[str, object]:
    return {
        "count": count,
        "number": first[_KEY],
        "customers": [first["_customer"], first["_another"]],
        "days": [str(first["_day"]), str(first["_later"])],
    }
