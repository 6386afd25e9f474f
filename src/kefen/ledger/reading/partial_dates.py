"""Days that a table gives in part: a month or a quarter, or a day whose year the title names.

A sum of a month is taken as a sale on its first day, which is never ahead, and told. Under a
title such as 2025年销售流水 3月1日, 3.15 and a column 月 beside 日 are days of that year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.deferred import deferred_pattern
from kefen.ledger.facts import KINDS
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.model import LINE, Notice, Places
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.reshaping import han, refitted
from kefen.ledger.reading.split_dates import month_number
from kefen.ledger.reading.texts import as_text
from kefen.ledger.reading.totals import is_total

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

_DATES = frozenset(kind.date_column for kind in KINDS.values() if kind.date_column)
YEAR = deferred_pattern(r"(?:年|年份|年度|year|yr|fiscalyear|会计年度)")
_MONTH = deferred_pattern(
    r"(?:月|月份|月度|month|mon|期间|年月|年月份|会计期间|period|yearmonth|统计月份|销售月份)"
)
_QUARTER = deferred_pattern(r"(?:季|季度|年季|年度季度|quarter|qtr)")
_DAY = deferred_pattern(r"(?:日|日期?|号|day|dd|date)")
_IN_TITLE = deferred_pattern(
    r"(?<!\d)((?:19|20)\d{2})\s?(?:年|年度|[-/.]\d{1,2}(?!\d)|\b)(?:\s?(\d{1,2})\s?月)?"
)
_OF_DAY = deferred_pattern(r"(\d{1,2})\s?(?:月|[./-])\s?(\d{1,2})\s?[日号]?")
IS_YEAR = deferred_pattern(r"((?:19|20)\d{2})(?:\.0+)?\s?年?度?")
_IS_MONTH = deferred_pattern(
    r"(?:0?[1-9]|1[0-2])(?:\.0+)?\s?月?份?|[一二三四五六七八九十]{1,2}月份?|[A-Za-z]{3,9}\.?"
)
_IS_WHOLE = deferred_pattern(
    r"((?:19|20)\d{2})\s?[-/.年]?\s?(0?[1-9]|1[0-2])\s?月?份?|([A-Za-z]{3,9})[-\s.,]{0,2}((?:19|20)\d{2}|\d{2})"
)
_PADDED = deferred_pattern(r"(?:19|20)\d{2}\.0[1-9]")
_CUT = deferred_pattern(r"(?:19|20)\d{2}\.1")
_IS_QUARTER = deferred_pattern(
    r"(?:((?:19|20)\d{2})\s?[-/年]?\s?度?)?(?:第?([1-4一二三四])季度?|[Qq]([1-4]))"
    r"|[Qq]([1-4])[-/\s]((?:19|20)\d{2})"
)
_IS_QUARTER_OR_NUMBER = deferred_pattern(rf"{_IS_QUARTER.pattern}|[1-4](?:\.0+)?")
_ORDINALS = {sign: number for number, sign in enumerate("一二三四", 1)}
_IS_DAY = deferred_pattern(r"\d{4}-\d{2}-\d{2}")
_LONGEST, _CENTURY = 30, 100
_MOSTLY = 0.9


@dataclass(frozen=True)
class Stated:
    """The year and the month that a title names; None where it names none, or several."""

    year: int | None = None
    month: int | None = None


@dataclass(frozen=True)
class _Titles:
    """What the title of each sheet states, and which sheet a line is of."""

    sheets: Sequence[Stated] = (Stated(),)
    places: Places = field(default_factory=Places)

    def year(self) -> int | None:
        """The year of the first sheet, where each states one."""
        return self.sheets[0].year if all(one.year for one in self.sheets) else None

    def month(self) -> int | None:
        """The month of the first sheet, where each states one."""
        return self.sheets[0].month if all(one.month for one in self.sheets) else None

    def of(self, line: int) -> Stated:
        """What the title of a line's sheet states."""
        return self.sheets[self.places.sheet(line) if self.places.several else 0]

    def years(self) -> int | str:
        """The years as they are told."""
        found = list(dict.fromkeys(one.year for one in self.sheets if one.year))
        return found[0] if len(found) == 1 else ", ".join(map(str, found))


class PartialDates:
    """A table with a column of days in place of its parts; `day_of` makes the one of the other,
    and of what the title of the sheet states.
    """

    def __init__(
        self,
        headings: Sequence[str],
        parts: Sequence[str],
        day_of: Callable[[Sequence[str], Stated], str | None],
        notice: Notice,
        titles: _Titles,
        below: str | None = None,
    ) -> None:
        self._raw, self._parts, self._day_of, self._below = (
            list(headings),
            list(parts),
            day_of,
            below,
        )
        self._titles = titles
        others = [heading for heading in headings if heading not in parts]
        self.name = parts[-1] if len(parts) == 1 else "日期" if han(headings) else "Date"
        others.insert(min(headings.index(part) for part in parts), self.name)
        self.headings = others
        self.parts: Mapping[str, Sequence[str]] = {self.name: self._parts}
        self.notices = [notice]
        self._last: str | None = None

    def begin(self) -> None:
        """The rows come once more from the beginning."""
        self._last = None

    def at_end(self) -> list[Notice]:
        """Nothing is left to tell."""
        return []

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows with their days."""
        self.begin()
        first = self._titles.sheets[0]
        return [
            {
                name: self._whole([row.get(part) for part in self._parts], first)
                if name == self.name
                else row.get(name)
                for name in self.headings
            }
            for row in rows
        ]

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows with their days."""
        texts = pl.DataFrame([as_text(batch.frame[part]).alias(part) for part in self._parts])
        stated = map(self._titles.of, batch.frame[LINE])
        whole = [
            self._whole(row, said) for row, said in zip(texts.iter_rows(), stated, strict=True)
        ]
        days = pl.Series(self.name, whole, dtype=pl.String)
        frame = batch.frame.drop(self._parts).with_columns(days)
        rest = [name for name in frame.columns if name not in self.headings]
        marked = [mark for mark in batch.marked if mark.heading not in self._parts]
        faulty = [refitted(row, self._raw, self._refit(row.cells)) for row in batch.faulty]
        return replace(
            batch, frame=frame.select([*self.headings, *rest]), faulty=faulty, marked=marked
        )

    def _refit(self, cells: Sequence[str]) -> list[str]:
        row = dict(zip(self._raw, cells, strict=False))
        return [
            " ".join(filter(None, (row.get(part) for part in self._parts)))
            if name == self.name
            else row.get(name, "")
            for name in self.headings
        ]

    def _whole(self, cells: Sequence[str | None], stated: Stated) -> str | None:
        """A day as one text; what is none as it stands, to be rejected by name."""
        told = [(cell or "").strip()[:_LONGEST] for cell in cells]
        if self._below is not None:
            place = self._parts.index(self._below)
            if told[place]:
                self._last = told[place]
            elif any(told):
                told[place] = self._last or ""
        return self._day_of(told, stated) or " ".join(filter(None, told)) or None


def partial_dates(
    headings: Sequence[str],
    rows: Sequence[Row],
    given: Mapping[str, str | None] | None = None,
    *,
    titles: Sequence[Sequence[str]] = ((),),
    places: Places | None = None,
) -> PartialDates | None:
    """How to read days that a table gives in part; None where it has days, or no part of any.

    `given` is what a person said of headings, `titles` what stands above those of each sheet.
    """
    said = {heading for heading, column in (given or {}).items() if column not in _DATES}
    free = [heading for heading in headings if heading not in said]
    facts = [row for row in rows if not is_total([row.get(name) for name in headings])]
    cells = {h: [c.strip() for row in facts if (c := row.get(h)) and c.strip()] for h in free}
    stated = _Titles([_stated(each) for each in titles], places or Places())
    year = stated.year()
    days = [h for h in free if any(column in _DATES for _, column in columns_known(h))]
    named = [h for h in days if _all(cells[h], _OF_DAY)]
    if named and year and len(days) == 1:
        notice = Notice("year-from-title", {"heading": named[0], "year": stated.years()})
        return PartialDates(
            headings, named, lambda told, said: _day_in(said.year, told[0]), notice, stated
        )
    found = {
        part: next((h for h in free if called.fullmatch(normal(h)) and _all(cells[h], holds)), None)
        for part, called, holds in (
            ("year", YEAR, IS_YEAR),
            ("month", _MONTH, _IS_MONTH),
            ("whole", re.compile(f"{_MONTH.pattern}|date|日期|时间"), _IS_WHOLE),
            ("quarter", _QUARTER, _IS_QUARTER_OR_NUMBER),
            ("day", _DAY, re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:\.0+)?\s?[日号]?")),
        )
    }
    if any(h not in found.values() for h in days) or not any(found.values()):
        return None
    if not any(pair == ("orders", "amount") for h in headings for pair in columns_known(h)):
        return None
    return _by_parts(headings, found, facts, cells, stated)


def _by_parts(
    headings: Sequence[str],
    found: Mapping[str, str | None],
    rows: Sequence[Row],
    cells: Mapping[str, Sequence[str]],
    titles: _Titles,
) -> PartialDates | None:
    """The table by the parts that it has."""
    year = titles.year()
    if found["day"]:
        if not year or not (found["month"] or titles.month()) or found["year"]:
            return None
        parts = [part for part in (found["month"], found["day"]) if part]
        notice = Notice("year-from-title", {"heading": parts[0], "year": titles.years()})
        below = found["month"]

        def of_day(told: Sequence[str], said: Stated) -> str | None:
            named = month_number(told[0]) if below else said.month
            return _iso(said.year, named, re.sub(r"\D.*", "", told[-1]))

        return PartialDates(headings, parts, of_day, notice, titles, below)
    period = found["whole"] or found["quarter"] or found["month"]
    if period is None:
        return None
    own = None if found["whole"] else found["year"]
    if own is None and not year and not all(_period(c, None) for c in cells[period]):
        return None
    parts = [part for part in (own, period) if part]
    data = {"heading": period, "example": cells[period][0], "headings": parts}

    def of_period(told: Sequence[str], said: Stated) -> str | None:
        met = IS_YEAR.fullmatch(told[0]) if own else None
        text = told[-1]
        if padded and _CUT.fullmatch(text):
            text += "0"  # 2025.1 beside 2025.01 is 2025.10, which a spreadsheet has cut
        if period == found["quarter"] and (alone := re.fullmatch(r"([1-4])(?:\.0+)?", text)):
            text = f"Q{alone[1]}"
        return _period(text, int(met[1]) if met else None if own else said.year)

    padded = any(_PADDED.fullmatch(cell) for cell in cells[period])
    shape = PartialDates(headings, parts, of_period, Notice("days-of-periods", data), titles)
    whole = (row[shape.name] for row in shape.sample(rows))
    data["day"] = next((day for day in whole if day and _IS_DAY.fullmatch(day)), "")
    return shape


def _stated(titles: Sequence[str]) -> Stated:
    """The one year, and month, that titles name; none where they name several years."""
    met = [match for title in titles for match in _IN_TITLE.finditer(title[:300])]
    years = {int(match[1]) for match in met}
    if len(years) != 1:
        return Stated()
    months = {int(match[2]) for match in met if match[2]}
    return Stated(years.pop(), months.pop() if len(months) == 1 else None)


def _all(cells: Sequence[str], pattern: re.Pattern[str]) -> bool:
    """Whether nearly all cells are so."""
    held = sum(bool(pattern.fullmatch(cell[:_LONGEST])) for cell in cells)
    return held > 0 and held >= _MOSTLY * len(cells)


def _day_in(year: int | None, text: str) -> str | None:
    met = _OF_DAY.fullmatch(text)
    return _iso(year, int(met[1]), met[2]) if met else None


def _iso(year: int | None, month: int | None, day: str) -> str | None:
    return f"{year}-{month:02d}-{int(day):02d}" if year and month and day else None


def _period(text: str, year: int | None) -> str | None:
    """The first day of a month or a quarter, as text."""
    if met := _IS_WHOLE.fullmatch(text):
        named = int(met[2]) if met[2] else month_number(met[3])
        year = int(met[1] or met[4])
        return _first_day(year if year > _CENTURY else 2000 + year, named)
    if met := _IS_QUARTER.fullmatch(text):
        sign = met[2] or met[3] or met[4]
        own = met[1] or met[5]
        return _first_day(int(own) if own else year, 3 * (_ORDINALS.get(sign) or int(sign)) - 2)
    return _first_day(year, month_number(text)) if _IS_MONTH.fullmatch(text) else None


def _first_day(year: int | None, month: int | None) -> str | None:
    if not year or not month:
        return None
    return f"{year}-{month:02d}-01"
