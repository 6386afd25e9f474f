"""Invented persons. Phone numbers are in segments no operator was given, so nobody answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from kefen.demo.trade.vocabulary import words

if TYPE_CHECKING:
    import numpy as np

_SEGMENTS = ("142", "143", "154", "160", "163", "169")
_BORN = date(1962, 1, 1)


def person(rng: np.random.Generator) -> str:
    """A Chinese name of two or three characters."""
    vocabulary = words("names")
    surnames, firsts, seconds = (
        vocabulary[part] for part in ("surnames", "given_first", "given_second")
    )
    first = firsts[int(rng.integers(len(firsts)))] if rng.random() < 0.7 else ""
    surname = surnames[int(len(surnames) * rng.random() ** 2)]
    return f"{surname}{first}{seconds[int(rng.integers(len(seconds)))]}"


def phone(rng: np.random.Generator) -> str:
    """Eleven digits that look like a mobile number."""
    return f"{_SEGMENTS[int(rng.integers(len(_SEGMENTS)))]}{rng.integers(100_000_000):08d}"


def birthday(rng: np.random.Generator) -> date:
    """A day between 1962 and 2000."""
    return _BORN + timedelta(days=int(rng.integers(0, 14_000)))
