"""Numbers as people read them: grouped, in their unit, with no more digits than they need."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from kefen import formats
from kefen.ledger.settings import base_currency

if TYPE_CHECKING:
    from kefen.schemes.standard import Number

_DIGITS = {"money": 2, "days": 1, "count": 1, "quantity": 2, "ratio": 1, "points": 2}
_MOST = 9
_MONEY = {
    "CNY": "元",
    "USD": "美元",
    "EUR": "欧元",
    "GBP": "英镑",
    "JPY": "日元",
    "HKD": "港元",
    "TWD": "新台币",
}
"""What Chinese calls the money of a base currency; others by their ISO code."""


def amount(value: Number, unit: str, lang: str, digits: int | None = None) -> str:
    """A number in its unit; money is of the base currency.

    >>> amount(128400, "money", "zh"), amount(0.125, "ratio", "en"), amount(1, "days", "en")
    ('128,400 元', '12.5%', '1 day')
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return _unit(_rounded(exact, unit, digits, ROUND_HALF_UP), unit, lang)


def gap(value: Number, unit: str, lang: str) -> str:
    """A number that must be made up, rounded up so that it is enough."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return _unit(_rounded(exact, unit, None, ROUND_CEILING), unit, lang)


def apart(one: Number, other: Number, unit: str, lang: str) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart.

    >>> apart(39.6401, 39.6404, "points", "en")
    ('39.6401', '39.6404')
    """
    for digits in range(_DIGITS.get(unit, 2), _MOST + 1):
        texts = amount(one, unit, lang, digits), amount(other, unit, lang, digits)
        if texts[0] != texts[1] or one == other:
            break
    return texts


def points(value: float) -> str:
    """Points and scores, two digits.

    >>> points(72.5), points(3)
    ('72.5', '3')
    """
    return amount(value, "points", "en")


def percent(value: float) -> str:
    """A share of 1 as a percentage."""
    return formats.percent(value, trimmed=True)


def _rounded(exact: Decimal, unit: str, digits: int | None, rounding: str) -> str:
    scaled = exact * 100 if unit == "ratio" else exact
    kept = _DIGITS.get(unit, 2) if digits is None else digits
    if scaled.adjusted() + kept < 27:
        scaled = scaled.quantize(Decimal(1).scaleb(-kept), rounding=rounding)
    digits = max(-int(scaled.normalize().as_tuple().exponent), 0)
    if unit == "money" and digits:
        digits = max(digits, _DIGITS["money"])
    return formats.number(scaled, digits)


def _unit(text: str, unit: str, lang: str) -> str:
    chinese = lang.startswith("zh")
    if unit == "ratio":
        return f"{text}%"
    if unit == "money":
        return f"{text} {_money()}" if chinese else text
    if unit == "days":
        return f"{text} 天" if chinese else f"{text} day{'' if text == '1' else 's'}"
    return text


def _money() -> str:
    code = base_currency()
    return _MONEY.get(code, code)
