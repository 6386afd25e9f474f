"""The ready-made documents, and documents that name one of them inside."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

STARTERS = (
    "abc",
    "abc-profit",
    "value-tiers",
    "pyramid",
    "rfm",
    "rfm-segments",
    "weighted",
    "single-sales",
)
"""What a new company begins with: they need nothing but orders."""

READY = (
    *STARTERS,
    "all-round",
    "purchase-stage",
    "lead-stage",
    "lead-grade",
    "demand-type",
    "payment-risk",
    "key-account",
    "lifecycle",
    "value-potential",
    "clusters",
    "region",
)
"""All ready-made schemes, in the order people meet them."""

INSIDE = ("rows", "columns")
"""Fields that hold another scheme."""


@cache
def _text(name: str) -> str:
    return files("kefen.schemes").joinpath("ready", f"{name}.yaml").read_text(encoding="utf-8")


def raw(name: str) -> Any:
    """The document of a ready-made scheme as it is written."""
    return yaml.safe_load(_text(name))


def expanded(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the ready-made schemes that it names inside written out."""
    found = dict(document)
    for field in INSIDE:
        if found.get("method") == "matrix" and found.get(field) in READY:
            found[field] = raw(str(found[field]))
    return found
