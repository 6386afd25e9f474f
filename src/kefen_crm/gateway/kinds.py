"""The kinds of fact and their columns by the names people give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kefen.ledger.customer_matching import DERIVED, number_as_given
from kefen.ledger.facts import kind as find
from kefen_crm.gateway import language

if TYPE_CHECKING:
    from collections.abc import Iterable


def labels(kind: str) -> tuple[str, dict[str, str]]:
    """The title of a kind, and the title of each of its columns, in this request's language."""
    lang = language()
    found = find(kind)
    return found.label[lang], {column.name: column.label[lang] for column in found.columns}


@dataclass(frozen=True)
class Column:
    """A column of a kind: its type, and what people call it."""

    name: str
    type: str
    title: str
    required: bool


def columns(kind: str, names: Iterable[str]) -> list[Column]:
    """Columns of a kind in this order, in this request's language."""
    lang, found = language(), find(kind)
    these = (found.column(name) for name in names)
    return [Column(one.name, one.type, one.label[lang], one.required) for one in these]


NUMBERS = frozenset(find(name).key[0] for name in DERIVED)
"""Columns of numbers that facts may come without; Kefen derives them then."""


def as_given(column: str, value: object) -> object:
    """A value as the file gave it: – for a number that was derived, else the number alone."""
    if column not in NUMBERS or not isinstance(value, str):
        return value
    return number_as_given(value) or "–"


def key_of(kind: str) -> str:
    """The column of the number of a kind's facts."""
    return find(kind).key[0]
