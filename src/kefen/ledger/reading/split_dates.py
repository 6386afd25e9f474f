"""Dates whose year, month and day stand in columns of their own, read as one column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kefen.deferred import deferred_pattern
from kefen.ledger.facts import KINDS
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.joined_columns import JoinedColumns
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.reshaping import han

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen.ledger.reading.reshaping import Row

_OF = (
    r"(?:订单|下单|销售|单据|交易|开票|会计|财务|业务|成交|购买|消费|出库"
    r"|order|sales?|invoice|transaction|fiscal|doc)?"
)
_YEAR = deferred_pattern(rf"{_OF}(?:年|年份|年度|year|yr|yyyy)")
_MONTH = deferred_pattern(rf"{_OF}(?:月|月份|月度|month|mon|mm)")
_DAY = deferred_pattern(rf"{_OF}(?:日|日期?|号|day|dd|date|dayofmonth)")
_PERIOD = deferred_pattern(rf"{_OF}(?:期间|年月|年月份|账期|月|月份|月度|period|yearmonth|month)")
_IS_YEAR = deferred_pattern(r"(?:19|20)?\d{2}(?:\.0+)?\s?年?度?")
_IS_MONTH = deferred_pattern(
    r"(?:0?[1-9]|1[0-2])(?:\.0+)?\s?月?份?|(?:十[一二]?|[一二三四五六七八九])月份?|[a-zA-Z]{3,9}\.?"
)
_IS_DAY = deferred_pattern(r"(?:0?[1-9]|[12]\d|3[01])(?:\.0+)?\s?[日号]?")
_IS_PERIOD = deferred_pattern(
    r"(?:19|20)\d{2}\s?[-/.年]?\s?(?:0?[1-9]|1[0-2])(?:\.0+)?\s?[期月]?份?"
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan 一月", "feb 二月", "mar 三月", "apr 四月", "may 五月", "jun 六月", "jul 七月",
            "aug 八月", "sep 九月", "oct 十月", "nov 十一月", "dec 十二月",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_CENTURY = 100
_LONGEST = 40
_DATES = frozenset(kind.date_column for kind in KINDS.values())


class SplitDate(JoinedColumns):
    """A date in parts: year, month and day, or year and month together and the day."""

    def __init__(self, headings: Sequence[str], parts: Sequence[str]) -> None:
        name = "日期" if han(headings) else "Date"
        super().__init__(headings, parts, name, "date-in-parts")

    def whole(self, cells: Sequence[str | None]) -> str | None:
        """A date as one text; what is no date as its parts, to be rejected by name."""
        told = [(cell or "").strip()[:_LONGEST] for cell in cells]
        filled = [text for text in told if text]
        if len(filled) <= 1:  # a word such as 合计, or nothing
            return filled[0] if filled else None
        if len(told) == len(("period", "day")):
            digits = re.findall(r"\d+", told[0])
            if _IS_PERIOD.fullmatch(told[0]):
                year = digits[0][:4]
                told = [year, "".join(digits)[4:6] if len(digits) == 1 else digits[1], told[1]]
        if len(told) != len("ymd") or not all(
            pattern.fullmatch(text)
            for pattern, text in zip((_IS_YEAR, _IS_MONTH, _IS_DAY), told, strict=True)
        ):
            return " ".join(filled)
        year, day = (int(re.findall(r"\d+", told[place])[0]) for place in (0, 2))
        month = month_number(told[1])
        year += 2000 if year < _CENTURY else 0
        return f"{year}-{month:02d}-{day:02d}" if month else " ".join(filled)


def month_number(month: str) -> int | None:
    """The number of a month that is written as one, in Chinese or in English; None for others."""
    digits = re.match(r"\d+", month)
    if digits:
        return int(digits[0])
    named = month.rstrip("份").lower()
    return _MONTHS.get(named) or _MONTHS.get(named[:3])


def split_date(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> SplitDate | None:
    """How to read the date of a table in parts; None where it stands in one column, or nowhere.

    `given` are headings of which a person said what they are.

    >>> rows = [{"年": "2025", "月": "3", "日": "1"}]
    >>> split_date(["年", "月", "日"], rows).sample(rows)
    [{'日期': '2025-03-01'}]
    """
    free = [heading for heading in headings if heading not in set(given)]
    cells = {
        heading: [c.strip() for row in rows if (c := row.get(heading)) and c.strip()]
        for heading in free
    }

    def find(
        called: re.Pattern[str], holds: re.Pattern[str], but: Iterable[str] = ()
    ) -> str | None:
        return next(
            (
                heading
                for heading in free
                if heading not in but
                and called.fullmatch(normal(heading))
                and _mostly(cells[heading], holds)
            ),
            None,
        )

    year = find(_YEAR, _IS_YEAR)
    month = find(_MONTH, _IS_MONTH) if year else find(_PERIOD, _IS_PERIOD)
    day = find(_DAY, _IS_DAY, {year or month, month}) if month else None
    parts = [part for part in (year, month, day) if part]
    if not month or not day or _has_date(headings, parts):
        return None
    return SplitDate(headings, parts)


def _has_date(headings: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether another heading says when something happened."""
    others = (heading for heading in headings if heading not in parts)
    return any(column in _DATES for heading in others for _, column in columns_known(heading))


def _mostly(cells: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Whether the cells are so, but for the word of a total."""
    held = sum(bool(pattern.fullmatch(cell[:_LONGEST])) for cell in cells)
    return held > 0 and len(cells) - held <= max(1, held // 4)
