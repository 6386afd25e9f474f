"""How results show themselves: in a shell in a few lines, in a notebook as tables."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from kefen import formats
from kefen.frame import Frame, html_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

LINES: Final = 20
"""No result takes more lines of a shell."""
ROWS: Final = 50
"""Rows of a table that a notebook shows."""
_WIDE: Final = 100
_AROUND: Final = 4
"""Lines of a table beside its rows."""


@dataclass(frozen=True)
class Display:
    """What there is to show: a heading, sentences, and tables, the first of which matters most."""

    head: str
    tables: Sequence[pl.DataFrame] = ()
    lines: Sequence[str] = field(default=())


class Shown:
    """Something with a table in it, that shells, notebooks and data libraries can show.

    `to_polars()` and `to_pandas()` give the table whole.
    """

    __slots__ = ()

    @abstractmethod
    def _display(self) -> Display:
        """What is shown of it."""

    def to_polars(self) -> pl.DataFrame:
        """Its table as a Polars frame."""
        return self._display().tables[0]

    def to_pandas(self, money: Literal["exact", "float"] = "exact") -> pd.DataFrame:
        """Its table as a pandas frame; `money="float"` makes floats of exact money."""
        return Frame(self.to_polars()).to_pandas(money)

    def __repr__(self) -> str:
        shown = self._display()
        lines = [shown.head, *(line for text in shown.lines for line in text.splitlines())]
        left = LINES - len(lines) - _AROUND
        if shown.tables and shown.tables[0].height and left > 0:
            lines += table_lines(shown.tables[0], left)
        return shortened(lines)

    def __str__(self) -> str:
        return repr(self)

    def _repr_html_(self) -> str:
        shown = self._display()
        parts = [f"<p><strong>{escape(shown.head)}</strong></p>"]
        parts += [f"<p>{escape(line)}</p>" for text in shown.lines for line in text.splitlines()]
        for table in shown.tables:
            if table.height:
                parts.append(html_table(table.head(ROWS)))
            if table.height > ROWS:
                parts.append(f"<p>… {formats.number(table.height)}</p>")
        return "".join(parts)


def table_lines(rows: pl.DataFrame, most: int) -> list[str]:
    """A table in at most so many lines beside its frame, with what it leaves out."""
    with pl.Config(
        tbl_rows=most,
        tbl_cols=8,
        tbl_width_chars=_WIDE,
        fmt_str_lengths=60,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
    ):
        head = rows if rows.height <= most else rows.head(most - 1)
        lines = str(head).splitlines()
    return [
        *lines,
        *([f"… {formats.number(rows.height - head.height)} more"] if head is not rows else []),
    ]


def shortened(lines: Sequence[str]) -> str:
    """These lines, or as many as fit and how many more there are."""
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"… {formats.number(len(lines) - LINES + 1)} more lines"]
    return "\n".join(lines)
