"""Dates as people write them, to plain dates in the business time zone.

Year-first dates take a vectorised path; everything else is read once per distinct text. Whether
3/1/25 is March or January is decided for the column (see `day_order`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable

Order = Literal["mdy", "dmy", "ymd"]

EARLIEST = dt.date(1900, 1, 1)
NEVER = ("0000-00-00", "0000-00-00 00:00:00", "0000/00/00", "1900-01-00")
PLACEHOLDERS = frozenset(
    dt.date.fromisoformat(day)
    for day in (
        "0001-01-01", "1753-01-01", "1899-12-30", "1900-01-01", "1970-01-01",
        "2999-12-31", "9999-01-01", "9999-12-31",
    )
)  # fmt: skip
"""Dates that programs write where there is none."""
EXCEL_EPOCH, EPOCH_1904 = dt.date(1899, 12, 30), dt.date(1904, 1, 1)
_FIRST_SERIAL, _FIRST_OF_A_LIFE = 32_874, 10_000
_HALF_SECOND = 0.5 / 86_400
_PIVOT = 69
_MOST_DAYS = 31
_LONGEST = 64
_YEAR_ALONE = r"^(1[0-9]{3}|20[0-9]{2})\s?年?$"
_CLOCK = (
    r"(?:\s?[\sT](?:(?:星期|周)[一二三四五六日天]\s*)?(?:[上下中]午|凌晨|早上|晚上)?\s*"
    r"\d{1,2}(?:[:：时点]\d{1,2}(?:[:：分]\d{1,2}(?:[.,]\d+)?秒?)?分?)?\s*(?:[AaPp][Mm])?"
    r"|\s*(?:星期|周)[一二三四五六日天])?"
)
_YEAR_FIRST = re.compile(
    rf"^(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号]?{_CLOCK}$"
)
_QUICK = r"^([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})[日号]?(?:[ T][0-9]{1,2}:[0-9:.]+)?$"
_COMPACT = re.compile(rf"^((?:19|20)\d{{2}})([01]\d)([0-3]\d)(?:\d{{6}})?{_CLOCK}$")
_ZONED = re.compile(
    r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)",
    re.IGNORECASE,
)
_ZONED_DAY = r"^(\d{4}-\d{2}-\d{2})[ T]\d{2}:\d{2}.{0,16}(?:[zZ]|[+-]\d{2}:?\d{0,2})$"
THREE_PARTS = re.compile(rf"(\d{{1,2}})\s*([-/.])\s*(\d{{1,2}})\s*\2\s*(\d{{4}}|\d{{1,2}}){_CLOCK}")
_SHORT_CHINESE = re.compile(rf"(\d{{2}})年(\d{{1,2}})月(\d{{1,2}})[日号]?{_CLOCK}")
_REPUBLIC = r"(?:(?:(?:中[华華])?民[国國])\s*(\d{1,3})|(\d{3}))"
_OF_REPUBLIC = re.compile(
    rf"{_REPUBLIC}\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*[日号號]?{_CLOCK}"
)
_COMPACT_REPUBLIC = re.compile(r"([01]\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")
_MAYBE_OF_REPUBLIC = r"^(?:\D{0,6}民[国國]|\d{3}\s{0,4}[-/.年]|[01]\d{6}$)"
_BEFORE_REPUBLIC = 1911
_MOMENT = re.compile(r"(1\d{9})(?:\d{3})?(?:\.\d{1,6})?")
_IS_MOMENT = r"^1\d{9}(?:\d{3})?(?:\.\d{1,6})?$"
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
_NAMED_DAY_DASHED = re.compile(rf"([A-Za-z]{{3,9}})-(\d{{1,2}})-(\d{{4}}|\d{{2}}){_CLOCK}")


def full_year(year: int) -> int:
    """Two-digit years by the POSIX rule: 69–99 are 1969–1999, 00–68 are 2000–2068."""
    if year >= 100:
        return year
    return year + (1900 if year >= _PIVOT else 2000)


def ordered(parts: tuple[int, int, int], order: Order, latest: dt.date | None = None) -> dt.date:
    """Three numbers as a date by the order of the column; ValueError when there is no such day.

    A year of two digits is in the century that does not lead beyond `latest`.
    """
    first, second, third = parts
    year, month, day = (
        (first, second, third)
        if order == "ymd"
        else (third, second, first)
        if order == "dmy"
        else (third, first, second)
    )
    return in_century(year, month, day, latest)


def in_century(year: int, month: int, day: int, latest: dt.date | None = None) -> dt.date:
    """The date, a year of two digits completed so that it does not lead beyond `latest`.

    >>> in_century(55, 3, 15, dt.date(2025, 6, 30)).isoformat()
    '1955-03-15'
    """
    date = dt.date(full_year(year), month, day)
    if year < 100 and latest is not None and date > latest:
        return dt.date(date.year - 100, month, day)
    return date


@dataclass(frozen=True)
class Believable:
    """Which dates a column may hold: from `earliest` to `latest`, and none for a placeholder.

    `past` dates are none of the future, `life` ones may lie a hundred years back (birthdays).
    `epoch` is the day before the first of a spreadsheet's numbered days.
    """

    earliest: dt.date
    latest: dt.date
    today: dt.date
    past: bool = False
    life: bool = False
    epoch: dt.date = EXCEL_EPOCH


def read_date(
    text: str,
    order: Order = "mdy",
    timezone: str = "Asia/Shanghai",
    believable: Believable | None = None,
) -> dt.date | None:
    """One text as a date, None when it is not one.

    A bare number is a spreadsheet's only from 1990 to a year from today (birthdays: from 1927).

    >>> read_date("2025年1月3日"), read_date("1/3/25"), read_date("45660")
    (datetime.date(2025, 1, 3), datetime.date(2025, 1, 3), datetime.date(2025, 1, 3))
    """
    if len(text) > _LONGEST:
        return None
    body = " ".join(unicodedata.normalize("NFKC", text).split())
    try:
        return _read(body, order, timezone, believable)
    except (ValueError, OverflowError):
        return None


def _read(body: str, order: Order, timezone: str, believable: Believable | None) -> dt.date | None:
    latest = believable.today if believable and believable.past else None
    if match := (_YEAR_FIRST.match(body) or _COMPACT.match(body)):
        return dt.date(int(match[1]), int(match[2]), int(match[3]))
    if match := _OF_REPUBLIC.fullmatch(body):
        year = int(match[1] or match[2]) + _BEFORE_REPUBLIC
        return dt.date(year, int(match[3]), int(match[4]))
    if match := _COMPACT_REPUBLIC.fullmatch(body):
        return dt.date(int(match[1]) + _BEFORE_REPUBLIC, int(match[2]), int(match[3]))
    if match := _ZONED.fullmatch(body):
        moment = dt.datetime.fromisoformat(f"{match[1]}T{match[2].replace(',', '.')}{match[3]}")
        return moment.astimezone(ZoneInfo(timezone)).date()
    if match := THREE_PARTS.fullmatch(body):
        usual = "mdy" if len(match[4]) == 4 and order == "ymd" else order
        if usual == "ymd" and len(match[1]) == 1:
            return None  # no year has one digit
        if int(match[1]) > _MOST_DAYS and len(match[4]) < 4:
            usual = "ymd"
        if len(match[4]) == 1 and usual != "ymd":
            return None
        return ordered((int(match[1]), int(match[3]), int(match[4])), usual, latest)
    if match := _SHORT_CHINESE.fullmatch(body):
        return in_century(int(match[1]), int(match[2]), int(match[3]), latest)
    if match := _DAY_NAMED.fullmatch(body):
        return _named(match[3], match[2], match[1], latest)
    if match := (_NAMED_DAY.fullmatch(body) or _NAMED_DAY_DASHED.fullmatch(body)):
        return _named(match[3], match[1], match[2], latest)
    return _counted(body, timezone, believable)


def of_moments(text: pl.Series) -> pl.Series:
    """Which texts are moments as programs count them: seconds or thousandths since 1970."""
    return text.str.contains(_IS_MOMENT).fill_null(value=False)


def _counted(body: str, timezone: str, believable: Believable | None) -> dt.date | None:
    """A bare number as the moment or the day that programs count so; None for any other text."""
    if match := _MOMENT.fullmatch(body):
        return dt.datetime.fromtimestamp(int(match[1]), ZoneInfo(timezone)).date()
    return _serial(body, believable) if _SERIAL.fullmatch(body) else None


def _serial(body: str, believable: Believable | None) -> dt.date | None:
    """A spreadsheet's day number; up to half a second before midnight counts as the next day."""
    first = _FIRST_OF_A_LIFE if believable and believable.life else _FIRST_SERIAL
    number = float(body) + (_HALF_SECOND if "." in body else 0)
    today = believable.today if believable else dt.date.today()  # noqa: DTZ011
    epoch = believable.epoch if believable else EXCEL_EPOCH
    shift = (epoch - EXCEL_EPOCH).days
    if not first - shift <= number <= (today - epoch).days + 367:
        return None
    return epoch + dt.timedelta(days=int(number))


def _named(year: str, month: str, day: str, latest: dt.date | None) -> dt.date | None:
    number = _MONTHS.get(month[:3].lower())
    return in_century(int(year), number, int(day), latest) if number else None


def clean_date(
    text: pl.Series, order: Order, timezone: str, believable: Believable
) -> tuple[pl.Series, pl.Series]:
    """`(value, code)`: dates, or why there is none.

    Codes: `bad-date`, `year-alone`, `implausible-date` beyond the bounds, `placeholder-date`
    where a program wrote 1900-01-01 or 9999-12-31 for nothing.
    """
    text = text.set(text.is_in(NEVER), None)
    value = text.str.to_date("%Y-%m-%d", strict=False)
    value = value.set((value < dt.date(1000, 1, 1)) & (value != dt.date(1, 1, 1)), None)
    if value.null_count() > text.null_count():
        value = value.fill_null(_year_first(text.set(value.is_not_null(), None)))
    odd = text.filter(value.is_null() & text.is_not_null()).unique()
    if len(odd):
        read = pl.Series(
            [read_date(each, order, timezone, believable) for each in odd], dtype=pl.Date
        )
        value = value.fill_null(text.replace_strict(odd, read, default=None, return_dtype=pl.Date))
    return _judged(value, text, believable)


def years_alone(text: pl.Series) -> pl.Series:
    """Which texts are a year and nothing else: 2025 or 2025年."""
    return text.str.contains(_YEAR_ALONE).fill_null(value=False)


def first_days(text: pl.Series) -> pl.Series:
    """1 January of texts that are years alone, else null."""
    return (text.str.extract(_YEAR_ALONE) + "-01-01").str.to_date("%Y-%m-%d", strict=False)


def moved_by_zone(text: pl.Series, value: pl.Series) -> pl.Series:
    """Which moments with a time zone fall on another day in the business time zone."""
    written = text.str.extract(_ZONED_DAY).str.to_date("%Y-%m-%d", strict=False)
    return (written != value).fill_null(value=False)


def clean_typed_date(
    series: pl.Series, timezone: str, believable: Believable
) -> tuple[pl.Series, pl.Series]:
    """`(value, code)` for a column that already holds dates or times."""
    if isinstance(series.dtype, pl.Datetime) and series.dtype.time_zone:
        series = series.dt.convert_time_zone(timezone)
    value = series if series.dtype == pl.Date else series.dt.date()
    return _judged(value, value, believable)


def _year_first(text: pl.Series) -> pl.Series:
    parts = text.str.extract_groups(_QUICK).struct.rename_fields(["y", "m", "d"])
    joined = parts.struct.field("y") + "-" + parts.struct.field("m") + "-" + parts.struct.field("d")
    return joined.str.to_date("%Y-%m-%d", strict=False)


def _judged(
    value: pl.Series, text: pl.Series, believable: Believable
) -> tuple[pl.Series, pl.Series]:
    """The dates that can be taken, and the codes of the others."""
    codes = pl.Series("code", [None], dtype=pl.String).new_from_index(0, len(value))
    if value.null_count() > text.null_count():
        codes = codes.set(value.is_null() & text.is_not_null(), "bad-date")
        if text.dtype == pl.String:
            codes = codes.set(value.is_null() & years_alone(text), "year-alone")
    for mask, code in (
        ((value < believable.earliest) | (value > believable.latest), "implausible-date"),
        (value.is_in(list(PLACEHOLDERS)), "placeholder-date"),
    ):
        if mask.any():
            codes = codes.set(mask.fill_null(value=False), code)
    return value, codes


def of_republic(text: pl.Series) -> pl.Series:
    """Which texts are dates by the year of the Republic of China: 114/03/05, 民國114年3月5日."""
    return text.str.contains(_MAYBE_OF_REPUBLIC).fill_null(value=False)


def believable(column: str, today: dt.date, epoch: dt.date = EXCEL_EPOCH) -> Believable:
    """What a date of this column may be: 1900 to a year from today.

    A due date may lie ten years ahead, a company may have been founded from the year 1000, and
    neither it nor a person was born in the future.
    """
    born = column in ("birthday", "founded_on")
    earliest = dt.date(1000, 1, 1) if column == "founded_on" else EARLIEST
    years = 10 if column == "due_on" else 1
    latest = today if born else today + dt.timedelta(days=366 * years)
    past = born or column == "registered_on"
    return Believable(earliest, latest, today, past=past, life=born, epoch=epoch)


def three_numbers(texts: Iterable[str]) -> set[tuple[int, int, int, int]]:
    """The distinct `(a, b, c, digits of c)` among texts such as 3/1/25 or 03-01-2025."""
    found = set()
    for text in texts:
        body = " ".join(unicodedata.normalize("NFKC", text[:_LONGEST]).split())
        if match := THREE_PARTS.fullmatch(body):
            found.add((int(match[1]), int(match[3]), int(match[4]), len(match[4])))
    return found
