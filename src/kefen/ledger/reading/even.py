"""Cuts lines into cells in bulk, where all have the same number of cells."""

from __future__ import annotations

import polars as pl
from polars.exceptions import PolarsError


def cut(
    text: str, lines: int, delimiter: str, width: int, quoted: int | None = None
) -> pl.DataFrame | None:
    r"""The cells of `lines` lines, a column each; None where not every line has `width` of them.

    `quoted` counts the delimiters in quoted cells, as `quoted_delimiters` does; where it is None,
    no line may hold a quotation mark that means anything.

    >>> cut("a,b\nc,", 2, ",", 2).rows()
    [('a', 'b'), ('c', '')]
    >>> cut("a,b\nc", 2, ",", 2), cut("a,b,c\nc", 2, ",", 2)
    (None, None)
    >>> cut('"a, b",c', 1, ",", 2, quoted=1).rows()
    [('a, b', 'c')]
    """
    if width == 1 or not lines or not delimiter.isascii() or text.startswith("\ufeff"):
        return None
    # With as many as fit all rows and too many in none, there are too few in none either.
    content = text.encode()
    if content.count(delimiter.encode()) - (quoted or 0) != lines * (width - 1):
        return None
    names = [str(place) for place in range(width)]
    try:
        frame = pl.read_csv(
            content,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=delimiter,
            quote_char=None if quoted is None else '"',
            empty_string_is_null=False,
        )
    except PolarsError:
        return None
    # In several pieces beside the lines in one, each look at the frame would put them together.
    return frame.rechunk() if frame.height == lines else None


def quoted_delimiters(text: str, delimiter: str) -> int | None:
    r"""How many delimiters stand in quoted cells; None where a quotation mark means another thing.

    Each has to begin or end a cell of one line, or to stand twice within such a cell.

    >>> quoted_delimiters('"a, b",c\n"the ""best"" one",', ",")
    1
    >>> quoted_delimiters('3" pipe,c', ","), quoted_delimiters('"a\nb",c', ",")
    (None, None)
    """
    parts = text.split('"')
    outside, within = parts[::2], parts[1::2]
    # Between the marks of one that stands twice there is nothing.
    edges = {"", delimiter, "\n"}
    ends, begins = {part[-1:] for part in outside[:-1]}, {part[:1] for part in outside[1:]}
    if len(outside) == len(within) or not ends | begins <= edges:
        return None
    cells = "".join(within)
    return None if "\n" in cells else cells.count(delimiter)
