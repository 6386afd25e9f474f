"""The form in which headings are compared: without case, accents, punctuation and units."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from kefen.ledger.reading.units import without_unit

_LONGEST = 200
"""Characters of a heading that are looked at; a longer cell is a text, not a heading."""
_OPENED = re.compile(r"[(\[【<〔]")
_CLOSED = re.compile(r"[)\]】>〕]")
_NOT_WORD = re.compile(r"[\W_]+")
_MONEY_UNIT = re.compile(r"(?<=.)(?:人民币|rmb|cny|元)$")
MOST_CACHED = 1 << 16
"""Headings whose comparison is remembered: more than any table has columns, so that a wide one
does not push its own out."""
_HAN = re.compile(r"[\u4e00-\u9fff]+")


def normal(heading: str) -> str:
    """A heading without case, spaces, punctuation, accents, and units in brackets.

    Traditional Chinese is compared as simplified.

    >>> normal("金额（元）"), normal("Order_Date *"), normal("Customer #"), normal("訂單日期")
    ('金额', 'orderdate', 'customerno', '订单日期')
    >>> normal("amount_usd"), normal("金额_万元"), normal("Sales in thousands")
    ('amount', '金额', 'sales')
    """
    return _normal(heading[:_LONGEST])


def whole(heading: str) -> str:
    """As `normal`, with the words that stand in brackets.

    >>> whole("Amount (net of tax)"), whole("实付款(元)")
    ('amountnetoftax', '实付款')
    """
    return _whole(heading[:_LONGEST])


@lru_cache(MOST_CACHED)
def _whole(heading: str) -> str:
    return _MONEY_UNIT.sub("", _NOT_WORD.sub("", _folded(heading)))


@lru_cache(MOST_CACHED)
def _normal(heading: str) -> str:
    text = _folded(without_unit(heading))
    bare = _NOT_WORD.sub("", without_brackets(text)) or _NOT_WORD.sub("", text)
    return _MONEY_UNIT.sub("", bare)


@lru_cache(MOST_CACHED)
def _folded(heading: str) -> str:
    """Without case and accents, and simplified."""
    folded = unicodedata.normalize("NFKC", heading).casefold().replace("#", "no")
    parts = unicodedata.normalize("NFKD", folded)
    text = "".join(sign for sign in parts if unicodedata.category(sign) != "Mn")
    return _HAN.sub(lambda found: _simplified(found[0]), text)


@lru_cache(MOST_CACHED)
def _simplified(text: str) -> str:
    return str(_simplifier().convert(text))


def without_brackets(text: str) -> str:
    """The text without what stands in brackets; a bracket that is never closed stays.

    >>> without_brackets("金额(元) net ((x")
    '金额 net ((x'
    """
    kept, place = [], 0
    while opened := _OPENED.search(text, place):
        closed = _CLOSED.search(text, opened.end())
        if closed is None:
            break
        kept.append(text[place : opened.start()])
        place = closed.end()
    return "".join((*kept, text[place:]))


@cache
def _simplifier() -> Any:
    """The converter from traditional to simplified characters; its table takes 50 ms to read."""
    from opencc import OpenCC  # few commands compare headings

    return OpenCC("t2s")
