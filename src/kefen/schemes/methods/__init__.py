"""The ways of classifying, one file each. A new one is added to the lists below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from kefen.schemes.methods import quantile, rfm, rules, share, threshold, weighted
from kefen.schemes.methods.quantile import QuantileScheme, QuantileStandard
from kefen.schemes.methods.rfm import RfmScheme, RfmStandard
from kefen.schemes.methods.rules import RulesScheme, RulesStandard
from kefen.schemes.methods.share import ShareScheme, ShareStandard
from kefen.schemes.methods.threshold import ThresholdScheme, ThresholdStandard
from kefen.schemes.methods.weighted import WeightedScheme, WeightedStandard

if TYPE_CHECKING:
    from kefen.schemes.methods.base import Method
    from kefen.schemes.standard import Standard

METHODS: dict[str, Method[Any, Any]] = {
    "threshold": threshold.METHOD,
    "share": share.METHOD,
    "quantile": quantile.METHOD,
    "rfm": rfm.METHOD,
    "weighted": weighted.METHOD,
    "rules": rules.METHOD,
}

_SCHEME: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        ThresholdScheme | ShareScheme | QuantileScheme | RfmScheme | WeightedScheme | RulesScheme,
        Field(discriminator="method"),
    ]
)
_STANDARD: TypeAdapter[Any] = TypeAdapter(
    Annotated[
        ThresholdStandard
        | ShareStandard
        | QuantileStandard
        | RfmStandard
        | WeightedStandard
        | RulesStandard,
        Field(discriminator="method"),
    ]
)


def scheme_schema() -> dict[str, Any]:
    """JSON Schema of a scheme document, for editors and the API."""
    return _SCHEME.json_schema()


def read_standard(text: str | bytes) -> Standard:
    """A standard from the JSON its `model_dump_json` wrote."""
    found: Standard = _STANDARD.validate_json(text)
    return found
