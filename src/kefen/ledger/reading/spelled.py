"""Amounts as Chinese receipts spell them: 叁佰元整, 负8, 300.00元整."""

from __future__ import annotations

import re
from decimal import Decimal

_DIGITS = {
    sign: value
    for value, signs in enumerate(
        (
            "零〇",
            "壹一弌",
            "贰二貳两兩",
            "叁三參叄",
            "肆四",
            "伍五",
            "陆六陸",
            "柒七",
            "捌八",
            "玖九",
        )
    )
    for sign in signs
}
_UNITS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000}
_LARGE = {"万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_SIGNS = "".join((*_DIGITS, *_UNITS, *_LARGE))
_WHOLE = re.compile(r"(?<=[元圆圓角分])\s?[整正]$")
_SPELLED = re.compile(
    rf"(?:人民币|RMB)?\s?[:：]?\s?([{_SIGNS}]{{1,40}})[元圆圓块](?:零?([{_SIGNS}])角)?(?:零?([{_SIGNS}])分)?"
)


def plain(text: str) -> str:
    """An amount without 整, 负 as a sign, and one that is spelled out in figures.

    >>> plain("300.00元整"), plain("负8"), plain("人民币叁佰零伍元陆角整"), plain("100")
    ('300.00元', '-8', '305.6元', '100')
    """
    minus, body = "", text.strip()
    if body.startswith(("负", "負")):
        minus, body = "-", body[1:].lstrip()
    body = _WHOLE.sub("", body)
    met = _SPELLED.fullmatch(body)
    if met is None:
        return f"{minus}{body}"
    whole, dimes, cents = met.groups()
    value = Decimal(_number(whole)) + Decimal(10 * _of(dimes) + _of(cents)) / 100
    return f"{minus}{value:f}元"


def _of(sign: str | None) -> int:
    return _DIGITS.get(sign or "", 0)


def _number(text: str) -> int:
    """A whole number that is spelled out: 壹万贰仟叁佰 is 12300."""
    total = section = digit = 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _UNITS:
            section += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            total = (total + section + digit) * _LARGE[sign]
            section = digit = 0
    return total + section + digit
