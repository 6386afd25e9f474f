"""What a weighted scheme says, and what it comes to be."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from kefen.schemes.methods.weighted.ahp import Judged, judge, matrix
from kefen.schemes.model import Scheme
from kefen.schemes.parts import Amount, Better, ClassPart, Part, Reference, Share
from kefen.schemes.presentation import Cut, Presentation
from kefen.schemes.standard import Number, Standard

By = Literal["minmax", "percentile", "zscore", "bands"]
WeighedBy = Literal["hand", "ahp", "entropy", "critic"]
Missing = Literal["unrated", "zero", "skip"]

Points = Annotated[Amount, Field(ge=0, le=100)]


class Band(Part):
    """`points` for values at or above `at_least` (at or under `at_most`)."""

    at_least: Amount | None = None
    at_most: Amount | None = None
    points: Points

    @property
    def bound(self) -> Number:
        """The value at which the band begins."""
        found = self.at_least if self.at_least is not None else self.at_most
        assert found is not None
        return found


class Normalise(Part):
    """How values become points from 0 to 100.

    `minmax`: the least value 0, the greatest 100, ends cut at the `clip` quantiles if given.
    `percentile`: the share of the other customers one beats.
    `zscore`: T-score, 50 + 10 z, held within 0-100.
    `bands`: fixed points, best band first; below the last band, 0.
    """

    by: By = "percentile"
    clip: tuple[Share, Share] | None = None
    bands: list[Band] | None = Field(default=None, min_length=1)


class Item(Part):
    """One indicator with its weight, and what to do where it is missing.

    `weight`: by hand only; the other ways of weighing find it.
    `unrated`: such customers are not rated; `zero`: no points; `skip`: the other weights share
    the rest.
    """

    indicator: Reference
    weight: Annotated[Amount, Field(gt=0)] | None = None
    better: Better = "higher"
    normalise: Normalise = Normalise()
    missing: Missing = "unrated"


class Judgement(Part):
    """`more` is `times` as important as `than`: 1 equally, 3 moderately, 5 strongly, 7 very
    strongly, 9 extremely, and what lies between (Saaty's scale)."""

    more: Reference
    than: Reference
    times: Annotated[Amount, Field(ge=1, le=9)]


class Weights(Part):
    """Where the weights come from.

    `hand`: written beside each indicator. `ahp`: pairwise judgements, one for every pair.
    `entropy`, `critic`: from the points of all customers, as each indicator's `normalise` gives
    them.
    """

    by: WeighedBy = "hand"
    judgements: list[Judgement] | None = None

    def times(self) -> dict[tuple[str, str], float]:
        """The judgements as `{(more, than): times}`."""
        return {(one.more, one.than): float(one.times) for one in self.judgements or []}


class WeightedClass(ClassPart):
    """`at_least`: a score; or `upto`: a cumulative share of customers or value."""

    at_least: Points | None = None
    upto: Share | None = None


class WeightedScheme(Scheme):
    """Classes by a weighted score of 0-100, cut by score, share of customers or share of value."""

    presentation: ClassVar = Presentation(
        "加权评分",
        "Weighted score",
        points=True,
        weights=True,
        pictures=("distribution", "pyramid"),
        editor="weighted",
        cuts={
            "": Cut("at_least", "value"),
            "score": Cut("at_least", "value"),
            "customers": Cut("upto", "customers"),
            "value": Cut("upto", "mass"),
        },
    )

    method: Literal["weighted"] = "weighted"
    indicators: list[Item] = Field(min_length=1)
    weights: Weights = Weights()
    cut: Literal["score", "customers", "value"] = "score"
    classes: list[WeightedClass] = Field(min_length=2)  # type: ignore[assignment]

    def references(self) -> list[str]:
        """The indicators of the score."""
        return [item.indicator for item in self.indicators]

    def judged(self) -> Judged:
        """What the pairwise judgements come to."""
        return judge(matrix(self.references(), self.weights.times()))

    def shares(self) -> list[float] | None:
        """What each indicator weighs, making 1; None when only the data can tell."""
        if self.weights.by == "ahp":
            return [round(weight, 12) for weight in self.judged().weights]
        if self.weights.by != "hand":
            return None
        given = [Fraction(repr(item.weight)) for item in self.indicators]
        return [float(weight / sum(given)) for weight in given]


class Measure(BaseModel):
    """How one column becomes points.

    Attributes:
        weight: its part of the score; all of them make 1.
        knots: (value, points), ascending by value: points run straight between knots and stay
            level beyond the ends. Empty when nobody had a value. Not used by `bands`.
        bands: (bound, points), best first.
        mean, deviation: of the values, for `zscore`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    column: str
    weight: float
    better: Better
    missing: Missing
    by: By
    knots: list[tuple[float, float]] = []
    bands: list[tuple[Number, float]] = []
    mean: float | None = None
    deviation: float | None = None


class Weighting(BaseModel):
    """How weights came about that nobody wrote down; `ratio`: the consistency of judgements."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    by: WeighedBy
    ratio: float | None = None


class WeightedStandard(Standard):
    """Measures, and the least score of each class but the last, best first.

    `weighting` is None where the weights are by hand.
    """

    method: Literal["weighted"] = "weighted"
    weighting: Weighting | None = None
    measures: list[Measure]
    cuts: list[float] | None
