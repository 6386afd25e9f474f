"""What a measure is for, whatever the date: the measure, and the span of which window."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kefen.period import Window

if TYPE_CHECKING:
    from datetime import date

    from kefen.indicators.base import Span
    from kefen.indicators.measures import Days

_EVER = Window(None)


class Role(NamedTuple):
    """A measure over a span; of an as-of date it covers certain days.

    >>> from datetime import date
    >>> Role.of("gross", "previous", Window.parse("12m")).days(date(2026, 1, 1))
    (datetime.date(2024, 1, 1), datetime.date(2025, 1, 1))
    """

    measure: str
    span: Span
    window: Window

    @classmethod
    def of(cls, measure: str, span: Span, window: Window) -> Role:
        """The role; all history is the same whatever the window."""
        return cls(measure, span, _EVER if span == "ever" else window)

    @classmethod
    def parse(cls, name: str) -> Role:
        """The role of a name.

        >>> Role.parse("cost_missing_window_90d").name
        'cost_missing_window_90d'
        """
        measure, span, window = name.rsplit("_", 2)
        return cls(measure, span, Window.parse(window))  # type: ignore[arg-type]  # as written

    @property
    def name(self) -> str:
        """The column it is kept in: `<measure>_<span>_<window>`."""
        return f"{self.measure}_{self.span}_{self.window}"

    def days(self, as_of: date) -> Days | None:
        """The days it covers; None where there are none, as before all of history."""
        if self.span == "ever":
            return (None, as_of)
        if self.span == "window":
            return (self.window.start(as_of), as_of)
        return self.window.previous(as_of)
