"""Cuts lines into cells in bulk, where all have the same number of cells and no quotation marks."""

from __future__ import annotations

import polars as pl
from polars.exceptions import PolarsError


def cut(text: str, lines: int, delimiter: str, width: int) -> pl.DataFrame | None:
    r"""The cells of `lines` lines, a column each; None where not every line has `width` of them.

    No line may hold a quotation mark that means anything.

    >>> cut("a,b\nc,", 2, ",", 2).rows()
    [('a', 'b'), ('c', '')]
    >>> cut("a,b\nc", 2, ",", 2), cut("a,b,c\nc", 2, ",", 2)
    (None, None)
    """
    if width == 1 or not lines or not delimiter.isascii() or text.startswith("\ufeff"):
        return None
    # With as many as fit all rows and too many in none, there are too few in none either.
    content = text.encode()
    if content.count(delimiter.encode()) != lines * (width - 1):
        return None
    names = [str(place) for place in range(width)]
    try:
        frame = pl.read_csv(
            content,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=delimiter,
            quote_char=None,
            empty_string_is_null=False,
        )
    except PolarsError:
        return None
    # In several pieces beside the lines in one, each look at the frame would put them together.
    return frame.rechunk() if frame.height == lines else None
