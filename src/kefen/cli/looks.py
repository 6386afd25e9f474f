"""Tables and bars for the terminal."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from rich import box
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

COLOURS = (
    *("#5570e6", "#1aa9bf", "#5da548", "#d9a800", "#cc6414"),
    *("#ee9aa2", "#b84796", "#986adb", "#857a70", "#6b7f96"),
)
"""The classes' colours of the site, legible on a dark and on a light terminal."""
NONE = "#a9b1bc"
BAR = 24


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> Table:
    """A plain table: numbers to the right, everything else to the left."""
    listed = [list(row) for row in rows]
    made = Table(
        box=box.SIMPLE_HEAD, title=escape(title) or None, title_justify="left", title_style="bold"
    )
    for place, heading in enumerate(headings):
        numeric = any(isinstance(row[place], int | float | Decimal) for row in listed)
        made.add_column(escape(heading), justify="right" if numeric else "left")
    for row in listed:
        made.add_row(*(cell(value) for value in row))
    return made


def cell(value: Any) -> str | Text:
    """One value as people read it."""
    if value is None:
        return ""
    if isinstance(value, Text):
        return value
    if isinstance(value, bool):
        return "✓" if value else ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, datetime):
        return f"{value.astimezone():%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return escape(str(value))


def percent(share: Any) -> Text:
    """A share of one as a percentage with two digits."""
    return Text("" if share is None else f"{float(share):.2%}", justify="right")


def colour(index: int) -> str:
    """The colour of the `index`-th class (1 is the best, 0 unrated)."""
    return COLOURS[(index - 1) % len(COLOURS)] if index else NONE


def bar(share: Any, index: int) -> Text:
    """A bar as long as the share, in the class's colour, with an eighth of a column's accuracy."""
    eighths = round(max(0.0, min(1.0, float(share or 0))) * BAR * 8)
    full, rest = divmod(eighths, 8)
    drawn = "█" * full + ("" if not rest else " ▏▎▍▌▋▊▉"[rest])
    return Text(drawn or "▏", style=colour(index))
