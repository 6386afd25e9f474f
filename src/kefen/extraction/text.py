"""Cells as a person sees them."""

from __future__ import annotations

import datetime as dt
from typing import Any


def cell_text(value: Any) -> str | None:
    """A cell as a person sees it: whole floats without `.0`, dates in ISO form, None for nothing.

    Floats are written with 15 significant digits, as Excel shows them.

    >>> cell_text(1001.0), cell_text(1234.5600000000002), cell_text(dt.datetime(2025, 1, 3))
    ('1001', '1234.56', '2025-01-03')
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return str(value)


def number_text(value: float) -> str | None:
    """A float as text with 15 significant digits and no exponent for whole numbers."""
    if value != value:
        return None
    if value in (float("inf"), float("-inf")):
        return str(value)
    if value.is_integer() and abs(value) < 1e22:
        return str(int(value))
    return format(value, ".15g")
