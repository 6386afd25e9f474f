"""What a cluster scheme says, and what it comes to be."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from kefen.schemes.model import Scheme
from kefen.schemes.parts import ClassPart, Part, Reference
from kefen.schemes.presentation import Presentation
from kefen.schemes.standard import Standard

By = Literal["zscore", "minmax", "log"]


class Feature(Part):
    """One indicator and how it is scaled.

    `zscore`: standard deviations from the mean. `minmax`: 0 at the least value, 1 at the
    greatest. `log`: standard deviations of sign(x) · ln(1 + |x|), for what crowds at the low end.
    """

    indicator: Reference
    scale: By = "zscore"


class ClusterScheme(Scheme):
    """As many clusters of like customers as there are classes, the most valuable first."""

    presentation: ClassVar = Presentation(
        "聚类", "Clusters", ranked=False, described=True, editor="cluster"
    )

    method: Literal["cluster"] = "cluster"
    indicators: list[Feature] = Field(min_length=1, max_length=20)
    classes: list[ClassPart] = Field(min_length=2, max_length=12)

    def references(self) -> list[str]:
        """The indicators that say who is alike."""
        return [feature.indicator for feature in self.indicators]


class Scale(BaseModel):
    """How a column becomes a coordinate: (value - centre) / spread; 0 where spread is None."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    column: str
    by: By
    centre: float | None = None
    spread: float | None = None


class Centre(BaseModel):
    """One cluster.

    Attributes:
        point: its centroid, in 65536ths of a scaled unit.
        customers: how many were nearest to it when it was fitted.
        value: the mean of what the scheme weighs customers by; None when nobody's is known.
        means: of each indicator, in its own unit.
        apart: of each indicator, how far the cluster's mean coordinate is above that of all other
            customers, in standard deviations of all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    point: list[int]
    customers: int
    value: float | None
    means: list[float]
    apart: list[float]


class ClusterStandard(Standard):
    """Scales and centroids, in order of the classes.

    `centres` is None when nobody could be rated, shorter than the classes when fewer customers
    differ. `explained`: the share of the squared distances to the common mean that lies between
    clusters. `silhouette`: its mean on a sample of up to 1,000 different customers (Rousseeuw
    1987). `rounds`: how often the centroids moved over all customers after settling
    on the sample; 0 where the sample was all of them.
    """

    method: Literal["cluster"] = "cluster"
    scales: list[Scale]
    centres: list[Centre] | None
    explained: float | None = None
    silhouette: float | None = None
    rounds: int = 0
