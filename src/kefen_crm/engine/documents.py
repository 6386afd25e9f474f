"""Scheme documents as they come in: sound or not, before anything is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import schemes
from kefen.errors import SchemeError

if TYPE_CHECKING:
    from kefen.errors import Fault


def faults(document: dict[str, Any]) -> list[Fault]:
    """Everything wrong with a document; empty when it can be published."""
    found = schemes.check(document)
    if found:
        return found
    try:
        schemes.load(document)
    except SchemeError as error:
        return error.faults
    return []
