"""The ways of classifying, one file or package each. A new one is added to the lists of `inner`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter

from kefen.schemes.methods import matrix
from kefen.schemes.methods.inner import INNER, InnerScheme, InnerStandard
from kefen.schemes.methods.matrix import MatrixScheme, MatrixStandard

if TYPE_CHECKING:
    from kefen.schemes.methods.base import Method
    from kefen.schemes.standard import Standard

METHODS: dict[str, Method[Any, Any]] = {**INNER, "matrix": matrix.METHOD}

_SCHEME: TypeAdapter[Any] = TypeAdapter(
    Annotated[InnerScheme | MatrixScheme, Field(discriminator="method")]
)
_STANDARD: TypeAdapter[Any] = TypeAdapter(
    Annotated[InnerStandard | MatrixStandard, Field(discriminator="method")]
)


def scheme_schema() -> dict[str, Any]:
    """JSON Schema of a scheme document, for editors and the API."""
    return _SCHEME.json_schema()


def read_standard(text: str | bytes) -> Standard:
    """A standard from the JSON its `model_dump_json` wrote."""
    found: Standard = _STANDARD.validate_json(text)
    return found
