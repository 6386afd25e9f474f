"""Telephone numbers that stand for customers, written alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_SIGNS = r"[\s\-().]+"
_MOBILE = r"^(?:\+|00)?(?:86)?(1[3-9]\d{9})$"
"""A mobile number of China, with or without the country's prefix."""
_ABROAD = r"^(?:\+|00)[1-9]\d{7,14}$"


def written_alike(ids: pl.Series) -> pl.Series:
    """Mobile numbers without prefix, blanks and hyphens; others with a country's prefix likewise.

    >>> import polars as pl
    >>> written_alike(pl.Series(["+86 138 0000 0001", "+49 170-1234567", "C-1"])).to_list()
    ['13800000001', '+491701234567', 'C-1']
    """
    likely = ids.str.contains(r"^[+\d(][\d\s\-().]{8,30}$").fill_null(value=False)
    if not likely.any():
        return ids
    bare = ids.str.replace_all(_SIGNS, "")
    mobile = bare.str.extract(_MOBILE)
    abroad = bare.set(~bare.str.contains(_ABROAD).fill_null(value=False), None)
    abroad = abroad.str.replace("^00", "+")
    found = mobile.fill_null(abroad).set(~likely, None)
    return found.fill_null(ids)
