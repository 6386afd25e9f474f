"""As-of dates and half-open windows. `as_of` is exclusive: facts of that day do not count."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Callable

Unit = Literal["d", "w", "m", "y", "f"]
"""Days, weeks, months, years; `f` is a fiscal year, whose length is the month it begins with."""
_FISCAL = re.compile(r"^fy(1[0-2]|[1-9])?$")
_TEXT = re.compile(r"^([1-9]\d{0,3})\s*([dwmy])$")


class PeriodError(KefenError):
    """A window or a date that means nothing."""


@dataclass(frozen=True, order=True)
class Window:
    """A span of time before an as-of date: `[as_of - W, as_of)`; `all` has no start.

    `fy4` is the fiscal year to date where fiscal years begin in April: from the first day of the
    fiscal year of the last day that counts. As of a first day of a fiscal year it is the whole
    year that ended. What was before it is the same part of the year before.

    >>> Window.parse("12m").start(date(2026, 1, 1))
    datetime.date(2025, 1, 1)
    >>> str(Window.parse(" 90 D "))
    '90d'
    >>> Window.parse("fy4").start(date(2026, 2, 1)), Window.parse("fy4").start(date(2026, 4, 1))
    (datetime.date(2025, 4, 1), datetime.date(2025, 4, 1))
    >>> Window.parse("fy4").previous(date(2026, 2, 1))
    (datetime.date(2024, 4, 1), datetime.date(2025, 2, 1))
    """

    length: int | None
    unit: Unit = "m"

    @classmethod
    def parse(cls, text: str | Window) -> Window:
        """Read `12m`, `90d`, `4w`, `2y`, `fy4` or `all`; `fy` is the company's fiscal year.

        Raises:
            PeriodError: code `bad-window` when the text is none of these.
        """
        if isinstance(text, Window):
            return text
        folded = str(text).strip().lower()
        if folded == "all":
            return cls(None)
        if fiscal := _FISCAL.match(folded):
            return cls(int(fiscal[1]) if fiscal[1] else _begins[-1](), "f")
        match = _TEXT.match(folded)
        if match is None:
            raise PeriodError("bad-window", value=str(text))
        unit: Unit = match.group(2)  # type: ignore[assignment]  # the pattern admits only these
        return cls(int(match.group(1)), unit)

    @classmethod
    def ahead(cls, text: str | Window) -> Window:
        """Read a span one can look ahead by, which a fiscal year to date is not.

        Raises:
            PeriodError: code `bad-horizon`.
        """
        window = cls.parse(text)
        if window.unit == "f":
            raise PeriodError("bad-horizon", value=str(text))
        return window

    def start(self, as_of: date) -> date | None:
        """First day inside the window, or None when it reaches back for ever."""
        return None if self.length is None else self._back(as_of)

    def previous(self, as_of: date) -> tuple[date, date] | None:
        """The window of the same length just before: `[start, end)`; None for `all`."""
        end = self.start(as_of)
        if self.unit == "f" and end is not None:
            return months_before(end, 12), months_before(as_of, 12)
        return None if end is None else (self._back(end, as_of), end)

    def _back(self, day: date, as_of: date | None = None) -> date:
        length = self.length or 0
        try:
            if self.unit == "f":
                last = day - timedelta(days=1)
                return date(last.year - (last.month < length), length, 1)
            if self.unit == "d":
                return day - timedelta(days=length)
            if self.unit == "w":
                return day - timedelta(weeks=length)
            return months_before(day, length * (12 if self.unit == "y" else 1))
        except (OverflowError, ValueError):
            raise PeriodError("window-too-far", value=str(self), as_of=str(as_of or day)) from None

    def __str__(self) -> str:
        if self.unit == "f":
            return f"fy{self.length}"
        return "all" if self.length is None else f"{self.length}{self.unit}"


_begins: list[Callable[[], int]] = [lambda: 1]


def fiscal_years_begin(month: Callable[[], int]) -> None:
    """Let `fy` mean the fiscal year that begins in the month this tells, 1 to 12."""
    _begins[:] = [month]


def months_before(day: date, months: int) -> date:
    """The same day of the month `months` earlier, or that month's last day.

    >>> months_before(date(2025, 3, 31), 1)
    datetime.date(2025, 2, 28)
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
