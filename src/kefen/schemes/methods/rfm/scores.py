"""R, F and M: documents, standards and the scores both of them speak of."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate, product
from math import ceil, floor
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from kefen.schemes import rows
from kefen.schemes.model import Scheme
from kefen.schemes.parts import Amount, Better, ClassPart, Part, Reference
from kefen.schemes.presentation import Presentation
from kefen.schemes.standard import Number, Standard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Name = Literal["r", "f", "m"]
LETTERS: tuple[Name, ...] = ("r", "f", "m")
BETTER: dict[Name, Better] = {"r": "lower", "f": "higher", "m": "higher"}
BEST = 5
"""Scores go from 1 to this."""

Four = tuple[Amount, Amount, Amount, Amount]


class Box(Part):
    """A range of scores for each letter, both ends included; a letter left out may be any."""

    r: tuple[int, int] = (1, BEST)
    f: tuple[int, int] = (1, BEST)
    m: tuple[int, int] = (1, BEST)

    @field_validator("r", "f", "m", mode="before")
    @classmethod
    def _range(cls, value: object) -> object:
        return range_of(value)

    def holds(self, scores: Mapping[Name, int]) -> bool:
        """Whether these scores lie in the box."""
        return all(self.range(name)[0] <= scores[name] <= self.range(name)[1] for name in LETTERS)

    def range(self, name: Name) -> tuple[int, int]:
        """The range of one letter."""
        return {"r": self.r, "f": self.f, "m": self.m}[name]


def range_of(value: object) -> tuple[int, int]:
    """`4` is 4 to 4, `[4, 5]` is 4 to 5.

    Raises:
        ValueError: `bad-scores` for anything outside 1-5 or running backwards.
    """
    pair = [value, value] if isinstance(value, int) else value
    if isinstance(pair, list | tuple) and len(pair) == 2:
        low, high = pair
        whole = type(low) is int and type(high) is int
        if whole and 1 <= low <= high <= BEST:
            return low, high
    raise ValueError("bad-scores")


class RfmClass(ClassPart):
    """`high`: the letters at or above their middle; or `scores`: boxes of scores."""

    high: list[Name] | None = None
    scores: list[Box] | None = None


class Bands(Part):
    """Four rising bounds each: days for recency, at or under; the others at or above."""

    recency: Four
    frequency: Four
    monetary: Four

    def of(self, name: Name) -> tuple[Number, ...]:
        """The bounds of one letter, best first."""
        if name == "r":
            return self.recency
        return tuple(reversed(self.frequency if name == "f" else self.monetary))


class Split(Part):
    """What makes a letter high: the mean or median, of the scores or of the values."""

    by: Literal["mean", "median"] = "mean"
    of: Literal["score", "value"] = "score"


class RfmScheme(Scheme):
    """Classes by recency, frequency and money."""

    presentation: ClassVar = Presentation(
        "RFM 评分",
        "RFM scores",
        grid=("r", "f"),
        letters="rfm",
        pictures=("heatmap", "pyramid"),
        editor="rfm",
    )

    method: Literal["rfm"] = "rfm"
    recency: Reference = "recency"
    frequency: Reference = "frequency"
    monetary: Reference = "sales"
    bands: Bands | None = None
    split: Split = Split()
    classes: list[RfmClass] = Field(min_length=2)  # type: ignore[assignment]

    def references(self) -> list[str]:
        """R, F and M."""
        return [self.recency, self.frequency, self.monetary]

    @property
    def by_high(self) -> bool:
        """Whether classes say which letters are high, rather than ranges of scores."""
        return self.classes[0].high is not None


class Letter(BaseModel):
    """What one letter came to be.

    Attributes:
        cuts: bounds of the scores 5, 4, 3, 2.
        middle: the mean or median, of scores or values; None where classes do not need it.
        limit: the value or score that is high, exactly.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    column: str
    better: Better
    cuts: list[Number]
    middle: float | None = None
    limit: Number | None = None

    def score(self, value: Number) -> int:
        """The score of a value."""
        return BEST - rows.step_of(value, self.cuts, self.better)

    def levels(self) -> list[int]:
        """The scores a value can have; bounds that coincide leave some out."""
        return [
            score
            for score in range(1, BEST + 1)
            if score in (1, BEST) or self.cuts[BEST - score] != self.cuts[BEST - score - 1]
        ]


class RfmStandard(Standard):
    """The three letters; None when nobody could be rated."""

    method: Literal["rfm"] = "rfm"
    split: Split
    letters: dict[Name, Letter] | None


def middle_of_scores(at_or_above: Sequence[int], customers: int, by: str) -> Fraction:
    """Mean or median score, from how many customers reach 5, 4, 3 and 2."""
    reached = [*at_or_above, customers]
    if by == "mean":
        return Fraction(sum(reached), customers)
    running = list(accumulate(_each(reached)))
    places = ((customers - 1) // 2, customers // 2)
    found = [next(BEST - at for at, upto in enumerate(running) if upto > p) for p in places]
    return Fraction(sum(found), 2)


def _each(reached: Sequence[int]) -> Iterator[int]:
    before = 0
    for upto in reached:
        yield upto - before
        before = upto


def limit(middle: Fraction, kind: Any, better: Better) -> Number:
    """The least value (the greatest, where lower is better) of this type not past `middle`."""
    if kind.is_floating():
        return float(middle)
    scale = (kind.scale or 0) if kind.is_decimal() else 0
    units = middle * 10**scale
    whole = Fraction(ceil(units) if better == "higher" else floor(units), 10**scale)
    return rows.exact(whole, kind)


def class_place(scheme: RfmScheme, told: Mapping[Name, Any]) -> int | None:
    """The place of the class of these highs (booleans) or scores; the first that fits."""
    for place, part in enumerate(scheme.classes):
        if scheme.by_high:
            if {name for name in LETTERS if told[name]} == set(part.high or []):
                return place
        elif any(box.holds(told) for box in part.scores or []):
            return place
    return None


def combinations() -> Iterator[dict[Name, int]]:
    """Every combination of scores."""
    for r, f, m in product(range(BEST, 0, -1), repeat=3):
        yield {"r": r, "f": f, "m": m}
