"""Tables and bars for the terminal."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from rich import box
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from kefen import formats

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLOURS = (
    *("#5570e6", "#1aa9bf", "#5da548", "#d9a800", "#cc6414"),
    *("#ee9aa2", "#b84796", "#986adb", "#857a70", "#6b7f96"),
)
"""The classes' colours of the site, legible on a dark and on a light terminal."""
NONE = "#a9b1bc"
BAR = 10


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> Table:
    """A plain table: numbers to the right, everything else to the left.

    Where the terminal is too narrow, texts are folded; numbers and dates stay whole.
    """
    listed = [list(row) for row in rows]
    made = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        title=escape(title) or None,
        title_justify="left",
        title_style="bold",
    )
    for place, heading in enumerate(headings):
        numeric = any(isinstance(row[place], int | float | Decimal) for row in listed)
        whole = numeric or any(isinstance(row[place], date | Text) for row in listed)
        made.add_column(
            escape(heading),
            justify="right" if numeric else "left",
            overflow="fold",
            min_width=_longest(heading, *(row[place] for row in listed)) if whole else None,
        )
    for row in listed:
        made.add_row(*(cell(value) for value in row))
    return made


def cell(value: Any) -> str | Text:
    """One value as people read it; a moment is told in the zone that it is in."""
    if value is None:
        return ""
    if isinstance(value, Text):
        return value
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, Decimal):
        return formats.number(value, 2)
    if isinstance(value, float):
        return formats.number(value, 2) if isfinite(value) else str(value)
    if isinstance(value, int):
        return formats.number(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return escape(str(value))


def _longest(*values: Any) -> int:
    """The width of the longest word in these cells, as they are shown."""
    words = (word for value in values for word in str(cell(value)).split())
    return max(map(cell_len, words), default=0)


def whole(text: str) -> Text:
    """A text that is not folded where the terminal is too narrow, such as an id to be copied."""
    return Text(text)


def percent(share: Any) -> Text:
    """A share of one as a percentage with two digits."""
    return Text("" if share is None else formats.percent(share, 2), justify="right")


def colour(index: int) -> str:
    """The colour of the `index`-th class (1 is the best, 0 unrated)."""
    return COLOURS[(index - 1) % len(COLOURS)] if index else NONE


def bar(share: Any, index: int) -> Text:
    """A bar as long as the share, in the class's colour, with an eighth of a column's accuracy."""
    eighths = round(max(0.0, min(1.0, float(share or 0))) * BAR * 8)
    full, rest = divmod(eighths, 8)
    drawn = "█" * full + ("" if not rest else " ▏▎▍▌▋▊▉"[rest])
    return Text(drawn or "▏", style=colour(index))
