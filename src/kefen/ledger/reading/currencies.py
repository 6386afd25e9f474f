"""Currencies as people write them: signs, names and ISO codes, and which currency each may mean."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

_DOLLARS = frozenset(
    {"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "MXN", "ARS", "CLP", "COP", "MOP"}
)
_KRONER = frozenset({"SEK", "NOK", "DKK", "ISK"})
_RUPEES = frozenset({"INR", "PKR", "LKR", "NPR", "MUR"})
CODES = (
    "CNY", "USD", "EUR", "GBP", "JPY", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD",
    "KRW", "THB", "VND", "MYR", "INR", "CHF", "RUB", "MOP", "PLN", "SEK", "NOK",
    "DKK", "ISK", "CZK", "HUF", "RON", "BGN", "TRY", "ILS", "AED", "SAR", "ZAR",
    "BRL", "MXN", "IDR", "PHP", "PKR", "LKR", "NPR", "MUR", "EGP", "UAH", "KZT",
    "ARS", "CLP", "COP", "NGN", "KES", "QAR", "KWD",
)  # fmt: skip
MARKS: dict[str, frozenset[str]] = {
    "¥": frozenset({"CNY", "JPY"}),
    "￥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "TWD", "HKD", "MOP"}),
    "圆": frozenset({"CNY"}),
    "円": frozenset({"JPY"}),
    "원": frozenset({"KRW"}),
    "$": _DOLLARS,
    "kr": _KRONER,
    "kr.": _KRONER,
    "rs": _RUPEES,
    "rs.": _RUPEES,
    "₨": _RUPEES,
}
MARKS |= {
    mark: frozenset({code})
    for code, marks in {
        "CNY": "人民币 人民币元 rmb cnh 块 cn¥ rmb¥",
        "USD": "us$ usd$ 美元 美金 dollar dollars",
        "HKD": "hk$ 港币 港元",
        "TWD": "nt$ ntd 新台币 新臺幣 台币",
        "JPY": "日元 日圆 jp¥",
        "EUR": "€ 欧元 euro euros",
        "GBP": "£ 英镑 pound pounds",
        "INR": "₹ rupee rupees",
        "CHF": "sfr. sfr fr. fr 瑞士法郎",
        "PLN": "zł zl złoty złotych",
        "CZK": "kč",
        "HUF": "ft",
        "RUB": "₽ руб. руб",
        "UAH": "₴",
        "KRW": "₩ 韩元",
        "THB": "฿ 泰铢",
        "VND": "₫ đ 越南盾",
        "ILS": "₪",
        "TRY": "₺ tl",
        "BRL": "r$",
        "MYR": "rm",
        "SGD": "s$ 新元 新加坡元",
        "AUD": "a$ au$ 澳元",
        "CAD": "c$ ca$ 加元",
        "NZD": "nz$",
        "NGN": "₦",
        "IDR": "rp rp.",
        "PHP": "₱",
        "RON": "lei",
        "MOP": "澳门元 mop$",
    }.items()
    for mark in marks.split()
}
PATTERN = "|".join(
    re.escape(mark) for mark in sorted({*MARKS, *(c.lower() for c in CODES)}, key=len, reverse=True)
)
"""Every sign, name and code, the longest first; to be used without regard to case."""


_A_DOLLAR = {
    "USD": "1", "CNY": "7.1", "EUR": "0.9", "GBP": "0.78", "JPY": "150", "HKD": "7.8", "TWD": "32",
    "SGD": "1.33", "AUD": "1.5", "CAD": "1.37", "NZD": "1.65", "KRW": "1380", "THB": "35",
    "VND": "25000", "MYR": "4.5", "INR": "85", "CHF": "0.87", "PLN": "3.9", "SEK": "10.3",
    "NOK": "10.7", "DKK": "6.8", "CZK": "23", "HUF": "370", "MOP": "8", "AED": "3.67",
    "SAR": "3.75", "BRL": "5.5", "MXN": "18.5", "IDR": "16000", "PHP": "57", "ZAR": "18.2",
    "ILS": "3.6",
}  # fmt: skip
"""About how much of a currency a US dollar bought in 2025, to find what is ten times off."""


def usual_rate(currency: str, base: str) -> Decimal | None:
    """About how much of the base currency one unit of a currency is worth; None if not known.

    >>> round(usual_rate("USD", "CNY"), 1), usual_rate("XAU", "CNY")
    (Decimal('7.1'), None)
    """
    if currency not in _A_DOLLAR or base not in _A_DOLLAR:
        return None
    return Decimal(_A_DOLLAR[base]) / Decimal(_A_DOLLAR[currency])


def meant(mark: str) -> frozenset[str]:
    """The currencies that a sign, a name or a code may mean.

    >>> sorted(meant("zł")), sorted(meant("usd"))
    (['PLN'], ['USD'])
    """
    known = MARKS.get(mark.casefold())
    return known if known is not None else frozenset({mark.upper()})


def is_currency(mark: str) -> bool:
    """Whether a sign, a name or a code is that of a currency.

    >>> is_currency("US$"), is_currency("eur"), is_currency("PCS")
    (True, True, False)
    """
    return mark.casefold() in MARKS or mark.upper() in CODES


@lru_cache(8192)
def currency_code(text: str) -> str:
    """The ISO code for what people write: 人民币, RMB and ¥ are CNY.

    >>> currency_code("人民币"), currency_code("US$"), currency_code("eur")
    ('CNY', 'USD', 'EUR')
    """
    plain = unicodedata.normalize("NFKC", text[:40]).strip().casefold()
    marked = MARKS.get(plain)
    if plain in ("¥", "元", "人民币元"):
        return "CNY"
    if plain == "$":
        return "USD"
    return next(iter(marked)) if marked and len(marked) == 1 else plain.upper()
