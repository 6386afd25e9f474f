"""Cells of CSV files that spreadsheets open: none runs as a formula, all come back unchanged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKED = r"^'('*[=+\-@\t\r\n＝＋－＠])"
"""A cell that `safe` marked, as a regular expression for Python and Polars; group 1 is the cell."""
FORMULA_OR_MARK = r"^'*[=+\-@\t\r\n＝＋－＠]"
"""A cell that `safe` looks at, as a regular expression for Polars."""
NEGATIVE = r"^-\d[\d,]*(?:\.\d*)?%?$"
"""A negative number, which `safe` leaves alone."""
_LOOKED_AT = frozenset("=+-@\t\r\n＝＋－＠'")
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_MARKED = re.compile(MARKED)
_NEGATIVE = re.compile(r"-\d[\d,]*(?:\.\d*)?%?")


def safe(value: object) -> object:
    """A cell as CSV files hold it: a text that a spreadsheet would run is marked with `'`.

    A text that looks marked is marked once more. Numbers stay numbers, negative ones too; a
    telephone number such as +86 138… is a text.
    Reading takes the mark off again. https://owasp.org/www-community/attacks/CSV_Injection

    >>> safe("=1+1"), safe("+8613800138000"), safe("-12.50"), safe("明达")
    ("'=1+1", "'+8613800138000", '-12.50', '明达')
    """
    if not isinstance(value, str) or value[:1] not in _LOOKED_AT or _NEGATIVE.fullmatch(value):
        return value
    return f"'{value}" if _FORMULA.match(value) or _MARKED.match(value) else value


def safe_row(cells: Iterable[object]) -> list[object]:
    """The cells as `safe` gives them; those that begin with nothing of the sort are not looked at.

    >>> safe_row(["=1+1", -2, "明达"])
    ["'=1+1", -2, '明达']
    """
    return [safe(one) if isinstance(one, str) and one[:1] in _LOOKED_AT else one for one in cells]


def restored(text: str) -> str:
    """The text that `safe` marked.

    >>> restored("'=1+1"), restored("'明达'")
    ('=1+1', "'明达'")
    """
    return _MARKED.sub(r"\1", text)
