"""Scheme documents as they come in: sound or not, before anything is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kefen import schemes
from kefen.errors import SchemeError
from kefen.explain.changes import word
from kefen.schemes.definitions import ATTRIBUTE
from kefen_crm.gateway import language

if TYPE_CHECKING:
    from kefen.errors import Fault


@dataclass(frozen=True)
class Change:
    """One step from one wording to another, with its words."""

    code: str
    data: dict[str, Any]
    text: str


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


def from_yaml(text: str) -> Any:
    """The raw document of a YAML text.

    Raises:
        SchemeError: `scheme-unreadable` with `line` and `reason`; `scheme-faulty` where it is
            larger than a document may be.
    """
    return schemes.read(text)


def attributes_of(document: Any) -> set[str]:
    """The fields of customers, or of facts, that a document's conditions and definitions name."""
    if isinstance(document, list):
        return set().union(*map(attributes_of, document))
    if not isinstance(document, dict):
        return set()
    named = {name for name in (document.get("attribute"), document.get("column")) if name}
    own = {str(name).removeprefix(ATTRIBUTE) for name in named}
    return own.union(*map(attributes_of, document.values()))


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """What one wording says otherwise than another, in this request's language."""
    old, new = schemes.load(before), schemes.load(after)
    return [
        Change(step.code, step.data, word(step, old, new, language()))
        for step in schemes.differences(old, new)
    ]
