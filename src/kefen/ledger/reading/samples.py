"""What the first rows show about a column: dates, money, counts or neither."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from kefen.ledger.document_types import group
from kefen.ledger.reading.currencies import is_currency
from kefen.ledger.statuses import SIDE, TICK, is_status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Sample = Sequence[Mapping[str, str | None]]

_LONGEST = 40
_MOST_SMALL = 1000
_MOST_CODES, _FEW = 99, 5
_MOSTLY = 0.9
_MOST_LOOKED_AT = 1_000
"""Columns; no export has its dates or money beyond them."""
_HALF, _OFTEN = 0.5, 0.6
_DATE = re.compile(
    r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    r"|(?:19|20)\d{2}[01]\d[0-3]\d|\d{1,2}[- ][A-Za-z]{3,9}[- ,]{1,2}\d{2,4}"
    r"|(?:\D{0,4}民[国國]\d{1,3}|\d{3})[-/.年]\d{1,2}[-/.月]\d{1,2}"
    r"|[A-Za-z]{3,9} \d{1,2}, ?\d{4}|[A-Za-z]{3,9}-\d{1,2}-\d{2,4})(?:日|[T ].*)?"
)
_NUMBER = re.compile(
    r"[-+(]?(?P<before>[^\d\s.,'()+-]{0,4}) ?-?(?P<digits>\d[\d.,' ]*)"
    r"(?P<after>[^\d\s.,'()]{0,4})[)-]?"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_ALSO_UNITS = frozenset(
    ("元", "圆", "块", "ft", "tl", "fr", "rm", "rs", "lei", "kr", "pound", "pounds")
)
_CENTS = re.compile(r"[.,](\d{1,2}|0{3,})$")


@dataclass(frozen=True)
class Look:
    """One column of the sample: the shares of dates and of numbers, and the numbers themselves.

    `cents` tells whether any number has a decimal part or a currency, `codes` whether they look
    like numbers of things (0012, 6901234567890). `mails` and `statuses` are the shares of e-mail
    addresses, of statuses that orders have, of types of documents and of sides of accounts.
    `unsold` tells whether types are mixed: of sales, and of what is none or a return; `returned`
    whether a return is among them.
    `currencies` is the share of currencies, `units` of those that may be units of goods (ft, 块).
    """

    filled: int
    dates: float
    numbers: float
    values: tuple[float, ...]
    cents: bool
    codes: bool
    mails: float = 0.0
    statuses: float = 0.0
    types: float = 0.0
    sides: float = 0.0
    currencies: float = 0.0
    units: float = 0.0
    unsold: bool = False
    returned: bool = False

    @property
    def is_currency(self) -> bool:
        """Whether nearly every cell is a currency, and any can be nothing else."""
        return self.filled > 0 and self.currencies >= _MOSTLY and self.units < self.currencies

    @property
    def is_often_currency(self) -> bool:
        """Whether at least half of the cells are currencies, or units that have their names."""
        return self.filled > 0 and self.currencies >= _HALF

    @property
    def is_side(self) -> bool:
        """Whether nearly every cell is a side of an account, such as Dr and Cr."""
        return self.filled > 0 and self.sides >= _MOSTLY

    @property
    def is_type(self) -> bool:
        """Whether nearly every cell is a known type of document, such as sale and return."""
        return self.filled > 0 and self.types >= _MOSTLY

    @property
    def is_often_type(self) -> bool:
        """Whether nearly every cell is a known type of document, or most of several types are."""
        return self.is_type or (self.filled > 0 and self.unsold and self.types >= _OFTEN)

    @property
    def is_status(self) -> bool:
        """Whether at least half of the cells are known statuses of orders."""
        return self.filled > 0 and self.statuses >= _HALF

    @property
    def is_date(self) -> bool:
        """Whether nearly every cell is a date."""
        return self.filled > 0 and self.dates >= _MOSTLY

    @property
    def is_mail(self) -> bool:
        """Whether nearly every cell is an e-mail address."""
        return self.filled > 0 and self.mails >= _MOSTLY

    @property
    def is_number(self) -> bool:
        """Whether nearly every cell is a quantity or an amount, no code and no date."""
        return (
            self.filled > 0
            and self.numbers >= _MOSTLY
            and not self.codes
            and self.dates < _MOSTLY
            and any(self.values)
        )

    @property
    def is_often_number(self) -> bool:
        """Whether at least half of the cells are quantities or amounts: a column kept by hand."""
        return (
            self.filled > 0
            and self.numbers >= _HALF
            and not self.codes
            and self.dates < _HALF
            and any(self.values)
        )

    @property
    def is_code(self) -> bool:
        """Whether these can be codes of a few states: small whole numbers, some more than once."""
        return (
            self.is_count
            and max(self.values) <= _MOST_CODES
            and (len(set(self.values)) < self.filled or self.filled <= _FEW)
        )

    @property
    def is_count(self) -> bool:
        """Whether these can be numbers of pieces: small, whole, and none is negative."""
        return (
            self.is_number
            and not self.cents
            and 0 <= min(self.values) <= max(self.values) <= _MOST_SMALL
            and all(value.is_integer() for value in self.values)
        )


def look(cells: Sequence[str | None]) -> Look:
    """What some cells of one column show.

    >>> seen = look(["2", "12", None]); seen.is_number, seen.is_count, seen.is_date
    (True, True, False)
    >>> look(["11/14/2024"]).is_date, look(["0012"]).is_number, look(["¥1,200.50"]).values
    (True, False, (1200.5,))
    """
    texts = [_plain(cell) for cell in cells if cell and cell.strip()]
    dates = mails = statuses = types = sides = coins = units = 0
    numbers: list[float] = []
    cents = codes = False
    groups: set[str | None] = set()
    for text in texts:
        dates += bool(_DATE.fullmatch(text))
        mails += bool(_MAIL.fullmatch(text))
        match = _NUMBER.fullmatch(text)
        if match is None:
            statuses += is_status(text) or bool(TICK.fullmatch(text))
            groups.add(said := group(text))
            types += said is not None
            sides += bool(SIDE.fullmatch(text))
            coins += is_currency(text)
            units += is_currency(text) and text.casefold() in _ALSO_UNITS
            continue
        digits = match["digits"].strip()
        codes |= digits.isdigit() and (len(digits) > 9 or (digits[0] == "0" and len(digits) > 1))
        marked = is_currency(match["before"].strip()) or match["after"] == "元"
        cents |= bool(_CENTS.search(digits) or marked)
        value = _value(digits)
        numbers.append(-value if text[0] in "-(" or text[-1] == "-" else value)
    count = len(texts) or 1
    shares = dates / count, len(numbers) / count
    return Look(
        len(texts),
        *shares,
        tuple(numbers),
        cents,
        codes,
        mails / count,
        statuses / count,
        types / count,
        sides / count,
        coins / count,
        units / count,
        "sale" in groups and bool(groups & {"return", "none"}),
        {"sale", "return"} <= groups,
    )


def looks(headings: Sequence[str], sample: Sample) -> dict[str, Look]:
    """What the sample shows about each heading; of a very wide table, about the first filled."""
    cells = {heading: [row.get(heading) for row in sample] for heading in headings}
    if len(cells) > _MOST_LOOKED_AT:
        filled = (heading for heading, column in cells.items() if any(column))
        cells = {heading: cells[heading] for heading in islice(filled, _MOST_LOOKED_AT)}
    return {heading: look(column) for heading, column in cells.items()}


def _plain(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell[:_LONGEST]).strip(" \t\n`'\"")


def _value(digits: str) -> float:
    cents = _CENTS.search(digits)
    whole = digits[: cents.start()] if cents else digits
    part = cents[1] if cents else "0"
    return float("".join(filter(str.isdigit, whole)) or "0") + float(f"0.{part}")
