"""As-of dates and half-open windows. `as_of` is exclusive: facts of that day do not count."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from kefen.errors import KefenError

Unit = Literal["d", "w", "m", "y"]
_TEXT = re.compile(r"^([1-9]\d{0,3})\s*([dwmy])$")


class PeriodError(KefenError):
    """A window or a date that means nothing."""


@dataclass(frozen=True, order=True)
class Window:
    """A span of time before an as-of date: `[as_of - W, as_of)`; `all` has no start.

    >>> Window.parse("12m").start(date(2026, 1, 1))
    datetime.date(2025, 1, 1)
    >>> str(Window.parse(" 90 D "))
    '90d'
    """

    length: int | None
    unit: Unit = "m"

    @classmethod
    def parse(cls, text: str | Window) -> Window:
        """Read `12m`, `90d`, `4w`, `2y` or `all`.

        Raises:
            PeriodError: code `bad-window` when the text is none of these.
        """
        if isinstance(text, Window):
            return text
        folded = str(text).strip().lower()
        if folded == "all":
            return cls(None)
        match = _TEXT.match(folded)
        if match is None:
            raise PeriodError("bad-window", value=str(text))
        unit: Unit = match.group(2)  # type: ignore[assignment]  # the pattern admits only these
        return cls(int(match.group(1)), unit)

    def start(self, as_of: date) -> date | None:
        """First day inside the window, or None when it reaches back for ever."""
        return None if self.length is None else self._back(as_of)

    def previous(self, as_of: date) -> tuple[date, date] | None:
        """The window of the same length just before: `[start, end)`; None for `all`."""
        end = self.start(as_of)
        return None if end is None else (self._back(end), end)

    def _back(self, day: date) -> date:
        length = self.length or 0
        try:
            if self.unit == "d":
                return day - timedelta(days=length)
            if self.unit == "w":
                return day - timedelta(weeks=length)
            return months_before(day, length * (12 if self.unit == "y" else 1))
        except (OverflowError, ValueError):
            raise PeriodError("bad-window", value=str(self)) from None

    def __str__(self) -> str:
        return "all" if self.length is None else f"{self.length}{self.unit}"


def months_before(day: date, months: int) -> date:
    """The same day of the month `months` earlier, or that month's last day.

    >>> months_before(date(2025, 3, 31), 1)
    datetime.date(2025, 2, 28)
    """
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
