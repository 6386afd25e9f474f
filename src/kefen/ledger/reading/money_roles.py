"""What a heading over money says of it: sold, given back, received, or a side of an account."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

_SOLD = re.compile(
    r"(?:本[期月日])?(?:销售|销货|出货|发货|售出)(?:金?额|收入|款)?|sales?(?:amount|value|total)?"
)
_OWED = re.compile(
    r"(?:本[期月日]|新增|增加)?应收(?:金?额|账款|款)?|(?:开票|发票)(?:金?额)?|收入(?:金?额)?"
    r"|invoiced?(?:amount|total|value)?|charges?|billed(?:amount)?|moneyin|paidin"
)
_BACK = re.compile(
    r"(?:本[期月日])?(?:销售?)?(?:退货|退回|销退|退款)(?:金?额|款|支出)?|(?:sales)?returns?(?:amount|value)?"
    r"|refunds?(?:amount)?|credit(?:note|memo)s?(?:amount)?"
)
_GOODS_BACK = re.compile(r"退货|退回|销退|return")
_PAID = re.compile(
    r"(?:本[期月日]|现金|银行|微信|支付宝|减少|冲减|累计)?"
    r"(?:(?:已|实)?(?:收款|回款)|已收|到账|来款|收回|减少应收|实收)(?:金?额|款|账款)?"
    r"|receipts?|(?:cash|amount)?(?:received|receipts)|payments?(?:received|amount)?"
    r"|amountpaid|paid(?:amount)?|collect(?:ed|ions?)(?:amount)?"
)
_OUT = re.compile(r"支出(?:金?额)?|moneyout|paidout")
_DEBIT = re.compile(r"(?:本[期月日])?借[方项](?:发生)?(?:金?额)?|debits?(?:amount)?")
_CREDIT = re.compile(r"(?:本[期月日])?贷[方项](?:发生)?(?:金?额)?|credits?(?:amount)?")


def is_paid(heading: str) -> bool:
    """Whether a heading over money names what was received of customers.

    >>> is_paid("收款额"), is_paid("Receipts"), is_paid("销售额")
    (True, True, False)
    """
    return bool(_PAID.fullmatch(normal(heading)))


def is_back(heading: str) -> bool:
    """Whether a heading over money names what was given back to customers."""
    return bool(_BACK.fullmatch(normal(heading)))


def is_goods_back(heading: str) -> bool:
    """Whether a heading speaks of goods that came back, and not of money only."""
    return bool(_GOODS_BACK.search(normal(heading)))


def is_out(heading: str) -> bool:
    """Whether a heading over money names what went out."""
    return bool(_OUT.fullmatch(normal(heading)))


def is_sales(heading: str) -> bool:
    """Whether a heading over money says that it is sales."""
    return bool(_SOLD.fullmatch(normal(heading)))


def is_owed(heading: str) -> bool:
    """Whether a heading over money names what was charged to customers."""
    return bool(_OWED.fullmatch(normal(heading)))


def is_sold(heading: str) -> bool:
    """Whether a heading over money names what was sold, and nothing of the others."""
    return not (is_paid(heading) or is_back(heading)) and (
        is_sales(heading) or ("orders", "amount") in columns_known(heading)
    )


def sides(headings: Iterable[str]) -> tuple[list[str], list[str]]:
    """The headings of the debit and of the credit side of an account.

    >>> sides(["Date", "Debit", "Credit"])
    (['Debit'], ['Credit'])
    """
    names = list(headings)
    debit, credit = ([h for h in names if of.fullmatch(normal(h))] for of in (_DEBIT, _CREDIT))
    return debit, credit
