"""Money and numbers as people write them, exactly: text never passes through a float.

A plain column takes a vectorised path; whatever else is there is read once per distinct text.
Rounding to two decimals is half up (away from zero on a tie), as on an invoice.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Literal

import polars as pl

from kefen.ledger.reading import currencies, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable

Decimals = Literal[".", ",", ".?", ",?"]
"""The decimal sign of a column. With `?` nothing shows whether `1.500` (or `1,500`) has decimals
or thousands."""
_BARE: dict[str, Decimals] = {",": ",", ".": "."}
"""What stands before no decimals: in 1.200,- the comma."""
CENT, ONE = Decimal("0.01"), Decimal(1)
LIMIT = Decimal(10) ** 16
MONEY = pl.Decimal(18, 2)
SCALES = {"": 1, "十": 10, "百": 100, "千": 1_000, "万": 10_000, "萬": 10_000}
SCALES |= {"十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8}
_LONGEST = 64
_TYPED_SCALES = {"w": "万", "k": "千"}
"""As people type them where an amount stands; after a quantity they may be units."""
_TYPED_SCALE = re.compile(r"(?<=\d)\s?([kKwW])(?![A-Za-z])")
_OWN_SCALE = re.compile(r"\d\s*[十百千万萬亿億]")
_MARK = re.compile(currencies.PATTERN, re.IGNORECASE)
_LEAD = re.compile(rf"(?:{currencies.PATTERN}|[-+\s])*", re.IGNORECASE)
_TAIL = re.compile(
    rf"(?P<none>[.,/=]\s?-{{1,2}}(?=\s|\D|$))?\s*(?P<scale>十万|百万|千万|[十百千万萬亿億])?"
    rf"(?:{currencies.PATTERN}|[-\s])*",
    re.IGNORECASE,
)
_DOTTED_MARK = re.compile(r"\b(rs|fr|sfr|kr|rp|руб)\.", re.IGNORECASE)
_BODY = re.compile(
    r"(?P<lead>[^\d.,]*)(?P<core>[.,]?\d(?:[\d.,' ]*\d)?(?:[.,](?!\s?-))?)"
    r"(?P<power>e[+-]?\d{1,2})?(?P<tail>\D*)",
    re.IGNORECASE,
)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "′": "'"})
_GROUPED = re.compile(
    r"(\d{1,3}(?:([' ])\d{3})(?:\2\d{3})*|\d{1,2}(?:([' ])\d{2})(?:\3\d{2})*\3\d{3})([.,]\d*)?"
)
_CERTAIN_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}")
_CERTAIN_POINT = re.compile(
    r"\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}|\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d*)?"
)
_POINT = re.compile(r"\d{1,3}(?:,\d{3})*(?:\.\d*)?|\d+\.?\d*|\.\d+")
_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})*(?:,\d*)?|\d+,?\d*|,\d+")
MYRIADS = r"^[^\d.,]{0,8}[1-9]\d{0,3}(?:,\d{4})+[^\d.,]{0,8}$"
"""Four digits after a comma, as 万 are grouped: 1,2345 may be 12,345."""
_EITHER = re.compile(r"[1-9]\d{0,2}([.,])\d{3}")
PLAIN = r"^[+-]?\d{1,15}(?:\.\d{0,2})?$"
_MARKED = r"^(?:[+-]?[¥￥]?|\([¥￥]?)(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,15})(?:\.\d{0,2})?[元)]?$"
_LONG = r"^[+-]?\d{1,15}\.\d{3,}$"
_PLAIN_COMMA = r"^[+-]?(?:\d{1,15}|\d{1,3}(?:\.\d{3}){1,4})(?:,\d{0,2})?$"


@dataclass(frozen=True)
class Amount:
    """One text read as a number: its value, the currencies its mark may mean, or a fault code."""

    value: Decimal | None
    currencies: frozenset[str] | None = None
    code: str | None = None


def read_number(text: str, decimal: Decimals = ".") -> Amount:
    """One text as an exact number: marks, thousands, brackets, trailing minus, 万 and 亿.

    Faults are `bad-money`, `percent-not-money`, and `decimal-unclear` where the sign that stands
    in the text may be of decimals or of thousands.

    >>> read_number("￥1,234.50").value, read_number("(120.00)").value, read_number("1.2万").value
    (Decimal('1234.50'), Decimal('-120.00'), Decimal('12000.0'))
    >>> read_number("1 234,50 zł").value, read_number("CHF 1'500").value
    (Decimal('1234.50'), Decimal('1500'))
    """
    if len(text) > _LONGEST:
        return Amount(None, code="bad-money")
    body = unicodedata.normalize("NFKC", text).replace("−", "-").replace("–", "-").replace("—", "-")
    body = _DOTTED_MARK.sub(r"\1 ", " ".join(body.translate(_APOSTROPHES).split()))
    body = spelled.plain(body)
    negative = False
    if body.startswith("(") and body.endswith(")"):
        negative, body = True, body[1:-1]
    if body.endswith(("%", "‰")):
        return Amount(None, code="percent-not-money")
    parts = _BODY.fullmatch(body)
    tail = _TAIL.fullmatch(parts["tail"]) if parts else None
    if parts is None or tail is None or not _LEAD.fullmatch(parts["lead"]):
        return Amount(None, code="bad-money")
    signs = parts["lead"].count("-") + parts["tail"].count("-") - (tail["none"] or "").count("-")
    marks = [m.group() for m in _MARK.finditer(f"{parts['lead']}\n{parts['tail']}")]
    if signs + negative > 1 or len(set(map(str.casefold, marks))) > 2:
        return Amount(None, code="bad-money")
    digits = _digits(parts["core"], _BARE.get((tail["none"] or "")[:1], decimal))
    if digits is None:
        unclear = re.fullmatch(r"\d+[.,]\d+|[\d.]+,\d+|[\d,]+\.\d+", parts["core"])
        return Amount(None, code="decimal-unclear" if unclear else "bad-money")
    value = Decimal(digits + (parts["power"] or "")) * SCALES[tail["scale"] or ""]
    return Amount(-value if negative or signs else value, _currencies(marks))


def _digits(core: str, decimal: Decimals) -> str | None:
    """The digits with a point for the decimals; None when they do not fit the decimal sign."""
    if match := _GROUPED.fullmatch(core):
        whole = match[1].replace(match[2] or match[3], "")
        return whole + (match[4] or "").replace(",", ".")
    if _CERTAIN_COMMA.fullmatch(core):
        return core.replace(".", "").replace(",", ".")
    if _CERTAIN_POINT.fullmatch(core):
        return core.replace(",", "")
    if len(decimal) > 1 and (either := _EITHER.fullmatch(core)) and either[1] == decimal[0]:
        return None
    if decimal[0] == "," and (decimal == "," or "," in core):
        return core.replace(".", "").replace(",", ".") if _COMMA.fullmatch(core) else None
    return core.replace(",", "") if _POINT.fullmatch(core) else None


def _currencies(marks: Iterable[str]) -> frozenset[str] | None:
    either: frozenset[str] | None = None
    for mark in marks:
        each = currencies.meant(mark)
        either = each if either is None else either & each
    return either


def half_up(value: Decimal) -> Decimal:
    """To two decimals, ties away from zero: -2.345 → -2.35."""
    return value.quantize(CENT, ROUND_HALF_UP)


def read_money(text: str, base: str, decimal: Decimals = ".", scale: Decimal = ONE) -> Amount:
    """One text as money of the base currency, rounded half up to cents.

    `scale` is the unit of the column, such as 10,000 for 万元; a text with a unit of its own
    keeps to that: 万, 亿, also `1.2w` and `500k`.
    """
    if len(text) > _LONGEST:
        return Amount(None, code="bad-money")
    text = _TYPED_SCALE.sub(lambda typed: _TYPED_SCALES[typed[1].lower()], text)
    amount = read_number(text, decimal)
    if amount.value is None:
        return amount
    value = amount.value if scale == 1 or _OWN_SCALE.search(text) else amount.value * scale
    if amount.currencies is not None and base not in amount.currencies:
        return Amount(value, amount.currencies, "currency-needs-rate")
    if abs(value) >= LIMIT - CENT:
        return Amount(None, code="money-too-large")
    return Amount(half_up(value), amount.currencies)


def clean_money(
    text: pl.Series, base: str, decimal: Decimals = ".", scale: Decimal = ONE
) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: decimal(18,2) money of the base currency, or why it cannot be read."""
    code = pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(text))
    value = _quickly(text, base, decimal)
    if scale != 1:
        value = pl.Series([None], dtype=MONEY).new_from_index(0, len(text))
    if value.null_count() == text.null_count():
        return value, code
    odd = text.filter(value.is_null() & text.is_not_null()).unique().to_list()
    read = [read_money(each, base, decimal, scale) for each in odd]
    values = pl.Series([a.value if a.code is None else None for a in read], dtype=MONEY)
    codes = pl.Series([amount.code for amount in read], dtype=pl.String)
    known = pl.Series(odd, dtype=pl.String)
    value = value.fill_null(text.replace_strict(known, values, default=None, return_dtype=MONEY))
    return value, text.replace_strict(known, codes, default=None, return_dtype=pl.String)


def _quickly(text: pl.Series, base: str, decimal: Decimals) -> pl.Series:
    """The amounts that are written plainly, whole columns at a time; others are null."""
    if decimal == ",":
        plain = text.str.contains(_PLAIN_COMMA)
        turned = text.set(~plain, None).str.replace_all(".", "", literal=True)
        return turned.str.replace(",", ".", literal=True).cast(MONEY, strict=False)
    plain = text.str.contains(PLAIN)
    if plain.all():
        return text.cast(MONEY, strict=False)
    value = text.set(~plain, None).cast(MONEY, strict=False)
    if len(decimal) > 1:
        return value
    if base == "CNY":
        value = value.fill_null(_marked(text.set(plain, None)))
    long = text.str.contains(_LONG)
    if long.any():
        value = value.fill_null(_rounded(text.set(~long, None)))
    return value


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


def clean_number(text: pl.Series, decimal: Decimals = ".") -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: float64 numbers, or the code `bad-number` or `decimal-unclear`."""
    quick = (
        r"^[+-]?\d{1,30}(?:\.\d{0,30}(?:[eE][+-]?\d{1,2})?)?$"
        if decimal == "."
        else r"^[+-]?\d{1,30}$"
    )
    value = text.set(~text.str.contains(quick), None).cast(pl.Float64, strict=False)
    odd = text.filter(value.is_null() & text.is_not_null()).unique().to_list()
    codes = faults(value, text, "bad-number")
    if not odd:
        return value, codes
    read = [read_number(each, decimal) for each in odd]
    found = [None if a.value is None or a.currencies else float(a.value) for a in read]
    unclear = [text for text, a in zip(odd, read, strict=True) if a.code == "decimal-unclear"]
    known = pl.Series(odd, dtype=pl.String)
    extra = pl.Series(found, dtype=pl.Float64)
    value = value.fill_null(text.replace_strict(known, extra, default=None))
    codes = faults(value, text, "bad-number")
    return value, codes.set(text.is_in(unclear).fill_null(value=False), "decimal-unclear")


def clean_integer(
    text: pl.Series, unit: str = "", decimal: Decimals = "."
) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: whole numbers (`30`, `30.0`, and of days 月结30天), or `bad-integer`."""
    bare = text
    if unit == "days":
        bare = text.str.replace(r"^(?:月结|net)?\s{0,9}(\d{1,9})\s{0,9}(?:天|日|days?)?$", "${1}")
    number, _ = clean_number(bare, decimal)
    whole = number.set((number != number.floor()) | (number.abs() > 2**53), None)
    value = whole.cast(pl.Int64, strict=False)
    return value, faults(value, text, "bad-integer")


def faults(value: pl.Series, text: pl.Series, code: str) -> pl.Series:
    """`code` where there is text but no value, else null."""
    codes = pl.Series("code", [code]).new_from_index(0, len(text))
    return codes.set(value.is_not_null() | text.is_null(), None)
