"""Money and numbers as people write them, exactly: text never passes through a float.

A plain column takes a vectorised path; whatever else is there is read once per distinct text.
Rounding to two decimals is half up (away from zero on a tie), as on an invoice.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

CENT = Decimal("0.01")
LIMIT = Decimal(10) ** 16
MONEY = pl.Decimal(18, 2)
SCALES = {"": 1, "十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000}
SCALES |= {"十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8}
_MARKS: dict[str, frozenset[str]] = {
    "¥": frozenset({"CNY", "JPY"}),
    "￥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "TWD", "HKD"}),
    "人民币": frozenset({"CNY"}),
    "rmb": frozenset({"CNY"}),
    "us$": frozenset({"USD"}),
    "hk$": frozenset({"HKD"}),
    "nt$": frozenset({"TWD"}),
    "$": frozenset({"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD"}),
    "美元": frozenset({"USD"}),
    "港币": frozenset({"HKD"}),
    "港元": frozenset({"HKD"}),
    "日元": frozenset({"JPY"}),
    "欧元": frozenset({"EUR"}),
    "英镑": frozenset({"GBP"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
}
_CODES = "CNY|USD|EUR|GBP|JPY|HKD|TWD|SGD|AUD|CAD|NZD|KRW|THB|VND|MYR|INR|CHF|RUB|MOP"
_MARK = re.compile(
    "|".join(sorted(map(re.escape, _MARKS), key=len, reverse=True)) + f"|{_CODES}", re.IGNORECASE
)
_NUMBER = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?|\d+\.?\d*|\.\d+)"
    r"(?P<power>[eE][+-]?\d{1,2})?\s*(?P<scale>十万|百万|千万|[十百千万萬亿億]?)"
)
_PLAIN = r"^[+-]?\d{1,15}(?:\.\d{0,2})?$"
_MARKED = r"^(?:[+-]?[¥￥]?|\([¥￥]?)(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{0,2})?[元)]?$"
_LONG = r"^[+-]?\d{1,15}\.\d{3,}$"
_COMMA = r"^(\D*)(\d{1,3}(?:\.\d{3})+|\d+)((?:,\d*)?)(\D*)$"


@dataclass(frozen=True)
class Amount:
    """One text read as a number: its value, the currencies its mark may mean, or a fault code."""

    value: Decimal | None
    currencies: frozenset[str] | None = None
    code: str | None = None


@lru_cache(8192)
def currency_code(text: str) -> str:
    """The ISO code for what people write: 人民币, RMB and ¥ are CNY.

    >>> currency_code("人民币"), currency_code("US$"), currency_code("eur")
    ('CNY', 'USD', 'EUR')
    """
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    marked = _MARKS.get(plain)
    if plain in ("¥", "元", "人民币元"):
        return "CNY"
    if plain == "$":
        return "USD"
    return next(iter(marked)) if marked and len(marked) == 1 else plain.upper()


def read_number(text: str) -> Amount:
    """One text as an exact number: marks, thousands, brackets, trailing minus, 万 and 亿.

    >>> read_number("￥1,234.50").value, read_number("(120.00)").value, read_number("1.2万").value
    (Decimal('1234.50'), Decimal('-120.00'), Decimal('12000.0'))
    """
    body = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").strip()
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1]
    marks = [mark.group().casefold() for mark in _MARK.finditer(body)]
    body = "".join(_MARK.sub("", body).split())
    if body.endswith("-") or body.startswith("-"):
        if negative:
            return Amount(None, code="bad-money")
        negative, body = True, body.removeprefix("-") if body[0] == "-" else body[:-1]
    match = _NUMBER.fullmatch(body.removeprefix("+"))
    if match is None or len(set(marks)) > 2:
        return Amount(None, code="bad-money")
    value = Decimal(match["digits"].replace(",", "") + (match["power"] or ""))
    value *= SCALES[match["scale"]]
    return Amount(-value if negative else value, _currencies(marks))


def _currencies(marks: Iterable[str]) -> frozenset[str] | None:
    meant: frozenset[str] | None = None
    for mark in marks:
        each = _MARKS.get(mark, frozenset({mark.upper()}))
        meant = each if meant is None else meant & each
    return meant


def half_up(value: Decimal) -> Decimal:
    """To two decimals, ties away from zero: -2.345 → -2.35."""
    return value.quantize(CENT, ROUND_HALF_UP)


def read_money(text: str, base: str) -> Amount:
    """One text as money of the base currency, rounded half up to cents."""
    amount = read_number(text)
    if amount.value is None:
        return amount
    if amount.currencies is not None and base not in amount.currencies:
        return Amount(amount.value, amount.currencies, "currency-needs-rate")
    if abs(amount.value) >= LIMIT - CENT:
        return Amount(None, code="money-too-large")
    return Amount(half_up(amount.value), amount.currencies)


def clean_money(text: pl.Series, base: str) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: decimal(18,2) money of the base currency, or why it cannot be read."""
    plain = text.str.contains(_PLAIN)
    bare = text if plain.all() else text.set(~plain, None)
    value = bare.cast(MONEY, strict=False)
    code = pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(text))
    if plain.all():
        return value, code
    if base == "CNY":
        value = value.fill_null(_marked(text.set(plain, None)))
    long = text.str.contains(_LONG)
    if long.any():
        value = value.fill_null(_rounded(text.set(~long, None)))
    odd = text.filter(value.is_null() & text.is_not_null()).unique().to_list()
    if not odd:
        return value, code
    read = [read_money(each, base) for each in odd]
    values = pl.Series([a.value if a.code is None else None for a in read], dtype=MONEY)
    codes = pl.Series([amount.code for amount in read], dtype=pl.String)
    known = pl.Series(odd, dtype=pl.String)
    value = value.fill_null(text.replace_strict(known, values, default=None, return_dtype=MONEY))
    return value, text.replace_strict(known, codes, default=None, return_dtype=pl.String)


def _marked(text: pl.Series) -> pl.Series:
    """Amounts with thousands, a yuan mark or in brackets, of two decimals at most."""
    fits = text.str.contains(_MARKED) & ~(text.str.starts_with("(") ^ text.str.ends_with(")"))
    bare = text.set(~fits, None).str.replace_all(r"[¥￥,元)]", "")
    return bare.str.replace("(", "-", literal=True).cast(MONEY, strict=False)


def _rounded(text: pl.Series) -> pl.Series:
    """Plain numbers of three or more decimals to two, half up, in whole cents."""
    groups = text.str.extract_groups(r"^([+-]?)([0-9]+)\.([0-9]{2})([0-9])")
    parts = groups.struct.unnest().select(
        (pl.nth(0) == "-").alias("minus"),
        pl.nth(1).cast(pl.Int64).alias("units"),
        pl.nth(2).cast(pl.Int64).alias("cents"),
        (pl.nth(3) >= "5").cast(pl.Int64).alias("up"),
    )
    cents = pl.col("units") * 100 + pl.col("cents") + pl.col("up")
    signed = pl.when("minus").then(-cents).otherwise(cents)
    exact = signed.cast(pl.Decimal(38, 2)) * pl.lit(CENT, dtype=pl.Decimal(3, 2))
    return parts.select(exact.cast(MONEY).alias("value")).to_series()


def clean_number(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: float64 numbers, or the code `bad-number`."""
    value = text.set(~text.str.contains(r"^[+-]?\d*\.?\d+(?:[eE][+-]?\d{1,2})?$"), None)
    value = value.cast(pl.Float64, strict=False)
    odd = text.filter(value.is_null() & text.is_not_null()).unique().to_list()
    read = [read_number(each) for each in odd]
    found = [None if a.value is None or a.currencies else float(a.value) for a in read]
    known = pl.Series(odd, dtype=pl.String)
    if odd:
        extra = pl.Series(found, dtype=pl.Float64)
        value = value.fill_null(text.replace_strict(known, extra, default=None))
    return value, faults(value, text, "bad-number")


def clean_integer(text: pl.Series, unit: str = "") -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: whole numbers (`30`, `30.0`, and of days 月结30天), or `bad-integer`."""
    bare = text
    if unit == "days":
        bare = text.str.replace(r"^(?:月结|net)?\s*(\d+)\s*(?:天|日|days?)?$", "${1}")
    number, _ = clean_number(bare)
    whole = number.set((number != number.floor()) | (number.abs() > 2**53), None)
    value = whole.cast(pl.Int64, strict=False)
    return value, faults(value, text, "bad-integer")


def faults(value: pl.Series, text: pl.Series, code: str) -> pl.Series:
    """`code` where there is text but no value, else null."""
    codes = pl.Series("code", [code]).new_from_index(0, len(text))
    return codes.set(value.is_not_null() | text.is_null(), None)


def dotted(text: pl.Series) -> pl.Series:
    """A decimal-comma column with decimal points: `1.234,56` → `1234.56`; misfits stay wrong.

    >>> dotted(pl.Series(["1.234,56", "12,5", "1.23"])).to_list()
    ['1234.56', '12.5', '1.23?']
    """
    fits = text.str.contains(_COMMA)
    turned = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    return turned.zip_with(fits, text + "?")
