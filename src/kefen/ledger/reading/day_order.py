"""Decides what 3/1/25 is: the order of day, month and year of each date column, by the whole file.

A column shows its order where only one gives real, believable dates. What it leaves open, the
file's other date columns show, also those that are not read; then fewer dates in the future, fewer
different years, an order in which the dates rise or fall steadily; then custom. Dotted dates such
as 03.01.2025 are day first.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import polars as pl

from kefen.ledger.reading import texts
from kefen.ledger.reading.columns import where
from kefen.ledger.reading.dates import EARLIEST, Order, ordered, three_numbers
from kefen.ledger.reading.model import Notice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ORDERS: tuple[Order, ...] = ("mdy", "dmy", "ymd")
MONTH_FIRST = frozenset(["CNY", "USD", "JPY", "KRW", "TWD", "PHP"])
"""Base currencies of countries whose programs write the month before the day."""
_MOST = 100_000
_SEQUENCE = 3_000
_LONG_YEAR = 4
_TWELVE = 12
_SHORT = 40
_TRIED = 100
_ODD = r"^\D{0,12}\d{1,2}\s{0,4}[-/.／．－]\s{0,4}\d{1,2}\s{0,4}[-/.／．－]\s{0,4}\d"
_ISO = r"^(\d{4})-(\d{1,2})-(\d{1,2})(?:\D|$)"
Parts = tuple[int, int, int, int]


def _all_odd(text: pl.Series) -> bool:
    return len(text) > 0 and bool(text.str.contains(_ODD).all())


@dataclass
class DateEvidence:
    """What a date column has shown so far. A `past` date with two digits of the year is past."""

    today: dt.date
    past: bool = False
    seen: set[Parts] = field(default_factory=set)
    dotted: bool = False
    example: str = ""
    whole: str = ""
    whole_low: bool = True
    _sequence: list[Parts] = field(default_factory=list)
    _shows_day: bool = False

    @staticmethod
    def fitting(frame: pl.DataFrame) -> list[str]:
        """The columns of text, which are not read, that hold dates of this shape."""
        first = frame.head(_SEQUENCE)
        some = where(first, pl.all().str.contains(_ODD))
        return [name for name in some if _all_odd(texts.trimmed(first[name]).drop_nulls())]

    def look(self, text: pl.Series) -> None:
        """Take in some cells of the column."""
        text = text.drop_nulls()
        text = text.filter(text.str.len_bytes() <= _SHORT)
        plain = text.str.extract_groups(_ISO).struct.unnest().drop_nulls()
        if plain.height:
            self.whole = self.whole or text.filter(text.str.contains(_ISO))[0]
            days = plain.to_series(2).cast(int)
            self.whole_low &= bool((days <= _TWELVE).all())
        odd = text.filter(text.str.contains(_ODD))
        if not len(odd):
            return
        if len(self._sequence) < _SEQUENCE:
            shown = (three_numbers([each]) for each in odd.head(_SEQUENCE))
            self._sequence += [next(iter(parts)) for parts in shown if parts]
        distinct = odd.unique()
        self.seen |= three_numbers(distinct)
        self.dotted |= bool(distinct.str.contains(r"^\D*\d{1,2}\.\d{1,2}\.\d{4}").any())
        self._show(distinct.sort().head(_TRIED))

    def _show(self, texts: pl.Series) -> None:
        """Take the first text that is a day in any order as the example, else the first."""
        if not self._shows_day:
            days = (text for text in texts if any(map(self._is_day, three_numbers([text]))))
            found = next(days, None)
            self._shows_day = found is not None
            self.example = found or self.example or texts[0]

    def _is_day(self, parts: Parts) -> bool:
        return any(self._date(parts, order) for order in ORDERS)

    @property
    def days(self) -> list[Parts]:
        """The values seen that are a day in any order: 3/4/2025 is, 31/31/2025 is not."""
        return [parts for parts in self.seen if self._is_day(parts)]

    def both(self) -> tuple[str, str] | None:
        """A date that is one only month first and one that is one only day first, if both occur."""
        written = [(parts, "/".join(map(str, parts[:3]))) for parts in sorted(self.seen)]
        mdy = [text for parts, text in written if self._only(parts, "mdy", "dmy")]
        dmy = [text for parts, text in written if self._only(parts, "dmy", "mdy")]
        return (mdy[0], dmy[0]) if mdy and dmy else None

    def _only(self, parts: Parts, order: Order, other: Order) -> bool:
        return self._date(parts, order) is not None and self._date(parts, other) is None

    @property
    def settled(self) -> bool:
        """Whether more cells cannot change the order, or none of this shape was seen."""
        return not self.seen or self.sure is not None or len(self.seen) > _MOST

    @property
    def sure(self) -> Order | None:
        """The order that gives more real dates than any other, or that dots tell."""
        if not self.seen:
            return None
        best, second = sorted((self.merit(order)[0] for order in ORDERS), reverse=True)[:2]
        if best > second:
            return max(ORDERS, key=lambda order: self.merit(order)[0])
        if self.dotted and all(parts[3] == _LONG_YEAR for parts in self.seen):
            return "dmy"
        return None

    def merit(self, order: Order) -> tuple[int, int, int]:
        """How many values are believable, how many not in the future, in how few years (−)."""
        good, gone, years = 0, 0, set()
        for date in filter(None, (self._date(parts, order) for parts in self.seen)):
            if EARLIEST <= date <= self.today + dt.timedelta(days=366):
                good += 1
                gone += date <= self.today
                years.add(date.year)
        return good, gone, -len(years)

    def steady(self, order: Order) -> bool:
        """Whether the dates only rise, or only fall, from row to row."""
        dates = [self._date(parts, order) for parts in self._sequence]
        if None in dates or len(set(dates)) <= _FEW_DATES:
            return False
        pairs = list(pairwise(dates))
        return all(a <= b for a, b in pairs) or all(a >= b for a, b in pairs)  # type: ignore[operator]

    def _date(self, parts: Parts, order: Order) -> dt.date | None:
        if parts[3] == (_LONG_YEAR if order == "ymd" else 1):
            return None
        try:
            return ordered(parts[:3], order, self.today if self.past else None)
        except ValueError:
            return None


_FEW_DATES = 2


@dataclass(frozen=True)
class Earlier:
    """The order that `source`, a file of the same headings, showed before."""

    order: Literal["mdy", "dmy"]
    source: str


def by_all(
    columns: Mapping[str, DateEvidence],
    mapping: Mapping[str, str],
    *,
    day_first: bool,
    base: str,
    earlier: Earlier | None = None,
) -> tuple[dict[str, Order], list[Notice]]:
    """The order of each column by its heading, and one notice about those that are assumed."""
    found: dict[str, Order] = {}
    shown = {evidence.sure for evidence in columns.values()} - {None}
    open_ = {heading: each for heading, each in columns.items() if each.seen and not each.sure}
    for heading, evidence in columns.items():
        if evidence.sure:
            found[heading] = evidence.sure
    if not open_:
        return found, []
    custom: Order = "dmy" if day_first or base not in MONTH_FIRST else "mdy"
    order, assumed = _likeliest(list(open_.values()), shown, custom)
    if earlier and assumed and _as_many(open_.values(), earlier.order, order):
        order = earlier.order
    else:
        earlier = None
    found |= dict.fromkeys(open_, order)
    headings = [heading for heading, each in open_.items() if heading in mapping and each.days]
    if not assumed or not headings:
        return found, []
    first = open_[headings[0]]
    if both := first.both():
        month, day = both
        data = {"heading": ", ".join(headings), "order": order, "month": month, "day": day}
        return found, [Notice("date-orders-mixed", data)]
    date = next(iter(three_numbers([first.example])), None)
    read = first._date(date, order) if date else None  # noqa: SLF001
    data = {
        "heading": ", ".join(headings),
        "order": order,
        "value": first.example,
        "read": read.isoformat() if read else "",
    }
    if earlier:
        other = "mdy" if order == "dmy" else "dmy"
        data |= {"source": earlier.source, "shape": "/".join(order.upper()), "other": other}
        return found, [Notice("date-order-assumed-as-before", data)]
    return found, [Notice(f"date-order-assumed-{order}", data)]


def _as_many(columns: Iterable[DateEvidence], order: Order, other: Order) -> bool:
    """Whether as many dates are real in one order as in the other."""
    merits = [(column.merit(order)[0], column.merit(other)[0]) for column in columns]
    return sum(one for one, _ in merits) >= sum(one for _, one in merits)


def _likeliest(
    columns: list[DateEvidence], shown: set[Order | None], custom: Order
) -> tuple[Order, bool]:
    """The order of columns that do not show it, and whether it is but an assumption."""
    merits = {order: [column.merit(order) for column in columns] for order in ORDERS}
    sums = {order: tuple(map(sum, zip(*each, strict=True))) for order, each in merits.items()}
    most = max(each[0] for each in sums.values())
    real = [order for order in ORDERS if sums[order][0] == most]
    agreed = [order for order in real if order in shown]
    if len(agreed) == 1:
        return agreed[0], False
    steady = [order for order in real if any(column.steady(order) for column in columns)]
    best = [order for order in real if sums[order] == max(sums[each] for each in real)]
    for few in (steady, best):
        if len(few) == 1:
            return few[0], True
    return (custom if custom in best else best[0]), True


def half_swapped(
    columns: Mapping[str, DateEvidence], mapping: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """`(heading, date, text)` of columns that a spreadsheet may have turned half-way.

    Where it could take 05/01/2025 for a date it made one of it, month first; 13/01/2025 it left
    as a text. So the real dates all have a day up to 12, and the texts none.
    """
    for heading, column in columns.items():
        if (
            heading not in mapping
            or not column.whole
            or "T" in column.whole
            or not column.seen
            or not column.whole_low
        ):
            continue
        days = column.days
        if days and all(parts[0] > _TWELVE or parts[1] > _TWELVE for parts in days):
            yield heading, column.whole, column.example
