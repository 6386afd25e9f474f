"""The methods a matrix can cross: all but the matrix itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kefen.schemes.methods import cluster, quantile, rfm, rules, share, threshold, weighted
from kefen.schemes.methods.cluster import ClusterScheme, ClusterStandard
from kefen.schemes.methods.quantile import QuantileScheme, QuantileStandard
from kefen.schemes.methods.rfm import RfmScheme, RfmStandard
from kefen.schemes.methods.rules import RulesScheme, RulesStandard
from kefen.schemes.methods.share import ShareScheme, ShareStandard
from kefen.schemes.methods.threshold import ThresholdScheme, ThresholdStandard
from kefen.schemes.methods.weighted import WeightedScheme, WeightedStandard

if TYPE_CHECKING:
    from kefen.schemes.methods.base import Method

INNER: dict[str, Method[Any, Any]] = {
    "threshold": threshold.METHOD,
    "share": share.METHOD,
    "quantile": quantile.METHOD,
    "rfm": rfm.METHOD,
    "weighted": weighted.METHOD,
    "rules": rules.METHOD,
    "cluster": cluster.METHOD,
}

InnerScheme = Annotated[
    ThresholdScheme
    | ShareScheme
    | QuantileScheme
    | RfmScheme
    | WeightedScheme
    | RulesScheme
    | ClusterScheme,
    Field(discriminator="method"),
]
InnerStandard = Annotated[
    ThresholdStandard
    | ShareStandard
    | QuantileStandard
    | RfmStandard
    | WeightedStandard
    | RulesStandard
    | ClusterStandard,
    Field(discriminator="method"),
]
