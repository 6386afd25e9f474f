"""Days that figures are counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.period import months_before

if TYPE_CHECKING:
    from datetime import date


def year_before(day: date) -> date:
    """The first day of the twelve months that end before `day`."""
    return months_before(day, 12)
