"""What a demo company is: its story, its people and where its facts come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    import polars as pl

    Frames = dict[str, pl.DataFrame]


@dataclass(frozen=True)
class Person:
    """Somebody who works there: a name as the facts write it, and the team (sales region)."""

    name: str
    team: str


@dataclass(frozen=True)
class Company:
    """A company to try Kefen with.

    `as_of` is the first day after its last facts, `currency` that of its money. `frames(seed,
    customers)` makes its facts: one Polars frame for each of `kinds`. An `invented` company can
    be had in any size and up to any day, `frames(seed, customers, as_of)`; a real one is what it
    is.
    """

    name: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    as_of: date
    currency: str
    invented: bool
    kinds: tuple[str, ...]
    frames: Callable[..., Frames]
    staff: tuple[Person, ...] = ()
    source: str = ""
