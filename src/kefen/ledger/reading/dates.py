"""Dates as people write them, to plain dates in the business time zone.

Year-first dates take a vectorised path; everything else is read once per distinct text. Whether
3/1/25 is March or January is decided for the column (see `evidence`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

Order = Literal["mdy", "dmy", "ymd"]

EARLIEST = dt.date(1900, 1, 1)
NEVER = ("0000-00-00", "0000-00-00 00:00:00", "0000/00/00", "1900-01-00")
_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SERIALS = (1, 2_958_465)
_PIVOT = 69
_CLOCK = (
    r"(?:[\sT]+(?:(?:星期|周)[一二三四五六日天]\s*)?(?:[上下中]午|凌晨|早上|晚上)?\s*"
    r"\d{1,2}(?:[:：时点]\d{1,2}(?:[:：分]\d{1,2}(?:[.,]\d+)?秒?)?分?)?\s*(?:[AaPp][Mm])?"
    r"|\s*(?:星期|周)[一二三四五六日天])?"
)
_YEAR_FIRST = rf"^(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*日?{_CLOCK}$"
_QUICK = r"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T][0-9]{1,2}:[0-9:.]+)?$"
_COMPACT = rf"^((?:19|20)\d{{2}})([01]\d)([0-3]\d)(?:\d{{6}})?{_CLOCK}$"
_ZONED = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)",
    re.IGNORECASE,
)
THREE_PARTS = re.compile(rf"(\d{{1,2}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{4}}|\d{{1,2}}){_CLOCK}")
_SHORT_CHINESE = re.compile(rf"(\d{{2}})年(\d{{1,2}})月(\d{{1,2}})日?{_CLOCK}")
_SERIAL = re.compile(r"\d{1,7}(?:\.\d+)?")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
_DAY_NAMED = re.compile(
    rf"(\d{{1,2}})[\s\-/]*([A-Za-z]{{3,9}})\.?[\s\-/,]*(\d{{4}}|\d{{2}}){_CLOCK}"
)
_NAMED_DAY = re.compile(
    rf"([A-Za-z]{{3,9}})\.?\s*(\d{{1,2}})(?:st|nd|rd|th)?,?\s*(\d{{4}}){_CLOCK}"
)


def full_year(year: int) -> int:
    """Two-digit years by the POSIX rule: 69–99 are 1969–1999, 00–68 are 2000–2068."""
    if year >= 100:
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def ordered(parts: tuple[int, int, int], order: Order) -> tuple[int, int, int]:
    """Three numbers as (year, month, day) by the order of the column."""
    first, second, third = parts
    if order == "ymd":
        return full_year(first), second, third
    if order == "dmy":
        return full_year(third), second, first
    return full_year(third), first, second


def read_date(text: str, order: Order = "mdy", timezone: str = "Asia/Shanghai") -> dt.date | None:
    """One text as a date, None when it is not one.

    >>> read_date("2025年1月3日"), read_date("1/3/25"), read_date("45660")
    (datetime.date(2025, 1, 3), datetime.date(2025, 1, 3), datetime.date(2025, 1, 3))
    """
    body = unicodedata.normalize("NFKC", text).strip()
    try:
        return _read(body, order, timezone)
    except (ValueError, OverflowError):
        return None


def _read(body: str, order: Order, timezone: str) -> dt.date | None:
    if match := (re.match(_YEAR_FIRST, body) or re.match(_COMPACT, body)):
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    if match := _ZONED.fullmatch(body):
        moment = dt.datetime.fromisoformat(f"{match[1]}T{match[2].replace(',', '.')}{match[3]}")
        return moment.astimezone(ZoneInfo(timezone)).date()
    if match := THREE_PARTS.fullmatch(body):
        usual = "mdy" if len(match[4]) == 4 and order == "ymd" else order
        if len(match[4]) == 1 and usual != "ymd":
            return None
        return dt.date(*ordered((int(match[1]), int(match[3]), int(match[4])), usual))
    if match := _SHORT_CHINESE.fullmatch(body):
        return dt.date(full_year(int(match[1])), int(match[2]), int(match[3]))
    if match := _DAY_NAMED.fullmatch(body):
        return _named(match[3], match[2], match[1])
    if match := _NAMED_DAY.fullmatch(body):
        return _named(match[3], match[1], match[2])
    if _SERIAL.fullmatch(body) and _SERIALS[0] <= float(body) <= _SERIALS[1]:
        return _EXCEL_EPOCH + dt.timedelta(days=int(float(body)))
    return None


def _named(year: str, month: str, day: str) -> dt.date | None:
    number = _MONTHS.get(month[:3].lower())
    return dt.date(full_year(int(year)), number, int(day)) if number else None


def clean_date(
    text: pl.Series, order: Order, timezone: str, bounds: tuple[dt.date, dt.date]
) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: dates, or `bad-date`, or `implausible-date` outside `bounds`."""
    text = text.set(text.is_in(NEVER), None)
    value = text.str.to_date("%Y-%m-%d", strict=False)
    value = value.set(value < dt.date(1000, 1, 1), None)
    if value.null_count() > text.null_count():
        value = value.fill_null(_year_first(text.set(value.is_not_null(), None)))
    odd = text.filter(value.is_null() & text.is_not_null()).unique()
    if len(odd):
        read = pl.Series([read_date(each, order, timezone) for each in odd], dtype=pl.Date)
        value = value.fill_null(text.replace_strict(odd, read, default=None, return_dtype=pl.Date))
    return value, _codes(value, text, bounds)


def clean_typed_date(
    series: pl.Series, timezone: str, bounds: tuple[dt.date, dt.date]
) -> tuple[pl.Series, pl.Series]:
    """`(value, code)` for a column that already holds dates or times."""
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone:
        series = series.dt.convert_time_zone(timezone)
    value = series if series.dtype == pl.Date else series.dt.date()
    return value, _codes(value, value, bounds)


def _year_first(text: pl.Series) -> pl.Series:
    parts = text.str.extract_groups(_QUICK).struct.rename_fields(["y", "m", "d"])
    joined = parts.struct.field("y") + "-" + parts.struct.field("m") + "-" + parts.struct.field("d")
    return joined.str.to_date("%Y-%m-%d", strict=False)


def _codes(value: pl.Series, text: pl.Series, bounds: tuple[dt.date, dt.date]) -> pl.Series:
    codes = pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(value))
    outside = (value < bounds[0]) | (value > bounds[1])
    codes = codes.set(outside.fill_null(value=False), "implausible-date")
    return codes.set(value.is_null() & text.is_not_null(), "bad-date")


def bounds_for(column: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and last believable date of a column: 1900 to a year from today.

    A due date may lie ten years ahead, a company may have been founded from the year 1000.
    """
    earliest = dt.date(1000, 1, 1) if column == "founded_on" else EARLIEST
    years = 10 if column == "due_on" else 1
    return earliest, today + dt.timedelta(days=366 * years)


def three_numbers(texts: Iterable[str]) -> set[tuple[int, int, int, int]]:
    """The distinct `(a, b, c, digits of c)` among texts such as 3/1/25 or 03-01-2025."""
    found = set()
    for text in texts:
        if match := THREE_PARTS.fullmatch(unicodedata.normalize("NFKC", text).strip()):
            found.add((int(match[1]), int(match[3]), int(match[4]), len(match[4])))
    return found
