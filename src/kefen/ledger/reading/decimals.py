"""Decides which sign stands before decimals: what 1.500 is, in the light of the whole file.

A column shows it by `12.5`, `1.234,56` or `1500,50`; whole numbers of four digits show that a point
is none of thousands. Where a column shows nothing, the file's other columns do, or quantity times
price; then its custom (semicolons, dotted dates, the base currency). Else it is unclear, and cells
that could be either are not taken.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kefen.ledger.reading import money

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from kefen.ledger.reading.money import Decimals

COMMA_CURRENCIES = frozenset(
    [
        "EUR",
        "PLN",
        "CZK",
        "HUF",
        "RON",
        "BGN",
        "SEK",
        "NOK",
        "DKK",
        "ISK",
        "RUB",
        "UAH",
        "KZT",
        "TRY",
        "BRL",
        "ARS",
        "CLP",
        "COP",
        "IDR",
        "VND",
    ]
)
"""Where the comma stands before decimals (CLDR); Switzerland, Mexico and Israel write a point."""
_LEAD, _TAIL = r"^[^\d.,]{0,12}", r"[^\d.,]{0,12}$"
_SURE_COMMA = (
    rf"{_LEAD}(?:\d{{1,3}}(?:\.\d{{3}})+,\d+|\d{{4,15}},\d{{1,2}}|\d{{1,3}}(?:\.\d{{3}}){{2,}}|"
    rf"\d{{1,3}}(?:[ '’\x{{a0}}\x{{202f}}]\d{{3}})+,\d{{1,2}}){_TAIL}"
)
_COMMA = rf"{_LEAD}\d{{1,15}},(?:\d{{1,2}}|\d{{4,15}}){_TAIL}"
_POINT = (
    rf"{_LEAD}(?:\d{{0,15}}\.(?:\d{{1,2}}|\d{{4,15}})|0?\.\d+|\d{{4,15}}\.\d+|"
    rf"\d{{1,3}}(?:,\d{{3}})+\.\d*|\d{{1,3}}(?:,\d{{3}}){{2,}}){_TAIL}"
)
_EITHER_POINT = rf"{_LEAD}[1-9]\d{{0,2}}\.\d{{3}}{_TAIL}"
_EITHER_COMMA = rf"{_LEAD}[1-9]\d{{0,2}},\d{{3}}{_TAIL}"
_WHOLE = rf"{_LEAD}\d{{4,15}}{_TAIL}"
_SHARE = r"^(?:0?\.\d{1,4}|[01](?:\.0{1,4})?|.{1,8}[%％折])$"
_FEW = 2
_LOOKED_AT = 2000


@dataclass
class NumberEvidence:
    """What a column of numbers has shown so far.

    A `rate` is never in thousands; `typed` numbers were no texts, so their point is decimal.
    """

    rate: bool = False
    sure_comma: bool = False
    commas: int = 0
    point: bool = False
    whole: bool = False
    either_point: bool = False
    either_comma: bool = False
    example: str = ""
    parts: bool = False
    typed: bool = False
    _wholly: bool = True
    _marked: bool = False
    _seen: bool = field(default=False, repr=False)

    def look(self, series: pl.Series) -> None:
        """Take in some cells of the column: text without its blanks, or numbers."""
        if series.dtype.is_numeric():
            self._look_at_numbers(series.drop_nulls())
            return
        text = series.drop_nulls()
        self._seen |= len(text) > 0
        if self._wholly and len(text):
            self._wholly = bool(text.str.contains(_SHARE).all())
            self.parts |= bool(text.str.contains(r"\.\d*[1-9]").any())
            self._marked |= bool(text.str.contains("[%％折]$").any())
        self.whole |= bool(text.str.contains(_WHOLE).any())
        odd = text.filter(text.str.contains("[.,]"))
        if not len(odd):
            return
        odd = odd.unique()
        self.sure_comma |= bool(odd.str.contains(_SURE_COMMA).any())
        self.commas += int(odd.str.contains(_COMMA).sum())
        self.point |= bool(odd.str.contains(_POINT).any())
        points = odd.filter(odd.str.contains(_EITHER_POINT))
        commas = odd.filter(odd.str.contains(_EITHER_COMMA))
        self.either_point |= len(points) > 0
        self.either_comma |= len(commas) > 0
        short = odd.filter(odd.str.contains(_COMMA))
        found = (*points.sort(), *commas.sort(), *short.sort())
        self.example = self.example or next(iter(found), "")

    def _look_at_numbers(self, numbers: pl.Series) -> None:
        self.typed = True
        self._seen |= len(numbers) > 0
        self._wholly = self._wholly and bool(((numbers >= 0) & (numbers <= 1)).all())
        if numbers.dtype.is_float():
            self.parts |= bool((numbers != numbers.floor()).any())

    @property
    def share(self) -> bool:
        """Whether all numbers are parts of one, such as 0.1 for a tenth."""
        return self._seen and self._wholly and self.parts

    @property
    def settled(self) -> bool:
        """Whether more cells cannot change the reading."""
        if self._wholly and (self.parts or self._marked):
            return False
        if self.typed:
            return True
        unclear = self.either_point or self.either_comma or self.commas > 0
        return self.point or self.sure_comma or not unclear

    def decide(self, sign: Decimals | None, *, custom: bool) -> Decimals:
        """The column's sign, `sign` being that of the other columns."""
        if self.typed:
            return "."
        comma = self.sure_comma or self.commas >= _FEW or (self.commas > 0 and custom)
        if self.point != comma:
            return "." if self.point else ","
        if self.point:
            return "."
        if self.rate:
            return sign or "."
        if self.either_point and self.whole:
            return "."
        if sign is not None:
            return sign
        if self.either_point:
            return "," if custom else ".?"
        if self.either_comma and custom:
            return ",?"
        return "." if self.whole or self.commas else ".?"

    def assumed(self, decimal: Decimals, *, custom: bool) -> bool:
        """Whether the column itself does not show this sign, though a cell depends on it."""
        commas = self.commas >= _FEW and custom
        if self.typed or self.point or self.sure_comma or commas or self.rate:
            return False
        comma = decimal == "," and (self.either_comma or self.commas > 0)
        return comma or (self.either_point and not self.commas >= _FEW)


def file_sign(columns: Iterable[NumberEvidence], *, custom: bool) -> Decimals | None:
    """The sign that the columns of a file agree on; None where they show none or both."""
    columns = list(columns)
    short = sum(column.commas for column in columns)
    comma = any(column.sure_comma for column in columns) or short >= _FEW or (short > 0 and custom)
    point = any(column.point for column in columns)
    if comma == point:
        return None
    return "," if comma else "."


def product_sign(quantity: pl.Series, price: pl.Series, amount: pl.Series) -> Decimals | None:
    """The sign under which quantity times price is the amount; None when either or none is."""
    fits = {".": 0, ",": 0}
    rows = zip(*(column.head(_LOOKED_AT) for column in (quantity, price, amount)), strict=True)
    for row in rows:
        if None in row:
            continue
        true = [sign for sign in (".", ",") if _multiplies(row, sign)]
        if len(true) == 1:
            fits[true[0]] += 1
    if (fits["."] > 0) == (fits[","] > 0):
        return None
    return "." if fits["."] else ","


def _multiplies(row: tuple[str, str, str], sign: Decimals) -> bool:
    quantity, price, amount = (money.read_number(text, sign).value for text in row)
    if quantity is None or price is None or amount is None:
        return False
    return abs(quantity * price - amount) <= money.CENT
