"""The ways of classifying, one file or package each. A new one is added to the lists of `inner`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic_core import from_json

from kefen.schemes.methods import matrix
from kefen.schemes.methods.inner import INNER, InnerScheme
from kefen.schemes.methods.matrix import MatrixScheme
from kefen.schemes.standard import Standard

if TYPE_CHECKING:
    from kefen.schemes.methods.base import Method

METHODS: dict[str, Method[Any, Any]] = {**INNER, "matrix": matrix.METHOD}


def scheme_schema() -> dict[str, Any]:
    """JSON Schema of a scheme document, for editors and the API."""
    scheme = Annotated[InnerScheme | MatrixScheme, Field(discriminator="method")]
    return TypeAdapter(scheme).json_schema()


def read_standard(text: str | bytes) -> Standard:
    """A standard from the JSON its `model_dump_json` wrote."""
    named = from_json(text)
    known = METHODS.get(str(named.get("method"))) if isinstance(named, dict) else None
    # By this method alone: to build the models of all takes a tenth of a second.
    model: type[Standard] = known.standard if known else Standard
    return model.model_validate_json(text)
