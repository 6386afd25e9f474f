"""Referral indicators (转介绍): what the customers bring whom a customer has referred to us.

Who referred a customer stands among the other attributes of its file, by code or by a name that
one customer alone has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen.deferred import ibis
from kefen.indicators.base import Provider
from kefen.indicators.facts import Facts
from kefen.indicators.profile import noted
from kefen.indicators.provider_indicators import MONEY, WIDE, given

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.period import Window

_KEY: Final = "customer_id"
REFERRED_BY: Final = (
    *("referred_by", "推荐人", "转介绍人", "介绍人", "推荐客户", "转介绍客户"),
    *("Referred by", "referrer", "Referrer"),
)
"""What a file may call who referred a customer; the first is what the site writes."""


def referred(ledger: Ledger) -> ir.Table:
    """Each customer whom another referred: `customer_id` and `referrer`, the other's id."""
    customers = ledger.table("customers")
    told = customers.select(_KEY, told=noted(customers, *REFERRED_BY)).filter(
        lambda one: one.told.notnull()
    )
    by_id = customers.select(id_told=customers[_KEY], referrer_by_id=customers[_KEY])
    named = customers.filter(customers.name.notnull())
    names = named.group_by("name").aggregate(bearer=named[_KEY].max(), bearers=named.count())
    alone = names.filter(names.bearers == 1).select(name_told="name", referrer_by_name="bearer")
    known = told.left_join(by_id, told.told == by_id.id_told).drop("id_told")
    known = known.left_join(alone, known.told == alone.name_told).drop("name_told")
    found = known.select(_KEY, referrer=ibis.coalesce(known.referrer_by_id, known.referrer_by_name))
    return found.filter(found.referrer.notnull() & (found.referrer != found[_KEY]))


def _referrals(ledger: Ledger, _as_of: date, _window: Window) -> ir.Table:
    told = referred(ledger)
    return told.group_by(customer_id=told.referrer).aggregate(referrals=told.count())


def _referred_sales(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """What they bought in the window, less what they gave back in it."""
    facts, start = Facts(ledger), window.start(as_of)
    parts = [facts.sales((), start, as_of).select(_KEY, amount=ibis._.amount.cast(WIDE))]
    if facts.has_returns:
        back = facts.returns((), start, as_of)
        parts.append(back.select(_KEY, amount=-back.amount.cast(WIDE)))
    sold = parts[0] if len(parts) == 1 else ibis.union(*parts)
    told = referred(ledger)
    bought = told.left_join(sold, _KEY).select("referrer", "amount")
    return bought.group_by(customer_id=bought.referrer).aggregate(
        referred_sales=bought.amount.sum().fill_null(0).cast(MONEY)
    )


INDICATORS: Final = (
    given(
        Provider("referral.count", _referrals),
        "referrals",
        ("转介绍客户数", "Referrals"),
        "count",
        (
            "由该客户介绍来的客户数",
            "customers whom the customer referred to us",
        ),
        {"customers": ("attributes",)},
        higher=True,
        windowed=False,
        absent=0,
    ),
    given(
        Provider("referral.sales", _referred_sales),
        "referred_sales",
        ("转介绍销售额", "Referred sales"),
        "money",
        (
            "由该客户介绍来的客户在窗口内的销售额",
            "sales of the window to the customers whom the customer referred",
        ),
        {"customers": ("attributes",), "orders": (), "order_lines": ()},
        higher=True,
        absent=0,
    ),
)
