"""Customers side by side, field by field, as they are merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps

from kefen_crm.customers import fields
from kefen_crm.customers.fields import EDITABLE, OWNER
from kefen_crm.customers.models import Customer
from kefen_crm.duplicates import moving

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True)
class Cell:
    """The value of a field of one customer."""

    code: str
    text: str
    chosen: bool


@dataclass(frozen=True)
class Line:
    """A field of all of them; `choice` where they say different things."""

    name: str
    title: str
    cells: list[Cell]
    choice: bool


@dataclass(frozen=True)
class Moved:
    """How many rows of one sort go along."""

    title: str
    count: int


def lines(customers: Sequence[Customer], choices: Mapping[str, str]) -> list[Line]:
    """The fields that any of them has, the first of them being the one that remains."""
    found = []
    for name in EDITABLE:
        texts = [fields.current_text(one, name) for one in customers]
        if not any(texts):
            continue
        default = next(one.code for one, text in zip(customers, texts, strict=True) if text)
        chosen = choices.get(name, default)
        cells = [
            Cell(one.code, _shown(one, name, text), chosen=one.code == chosen)
            for one, text in zip(customers, texts, strict=True)
        ]
        found.append(Line(name, _title(name), cells, len({text for text in texts if text}) > 1))
    return found


def moved(customers: Iterable[Customer]) -> list[Moved]:
    """What of these customers would go along, the most first."""
    counted: dict[str, int] = {}
    for one in customers:
        for model, rows in moving.counts(one).items():
            counted[model] = counted.get(model, 0) + rows
    return _told(counted)


def ended(customers: Sequence[Customer]) -> list[Moved]:
    """What of these customers would end when they are merged into the first, the most first."""
    counted: dict[str, set[Any]] = {}
    winner, *losers = customers
    for one in losers:
        for model, rows in moving.ending(one, winner).items():
            counted.setdefault(model, set()).update(row.pk for row in rows)
    return _told({model: len(keys) for model, keys in counted.items()})


def _told(counted: Mapping[str, int]) -> list[Moved]:
    told = [
        Moved(str(apps.get_model(model)._meta.verbose_name_plural), rows)  # noqa: SLF001
        for model, rows in counted.items()
    ]
    return sorted(told, key=lambda one: (-one.count, one.title))


def _title(name: str) -> str:
    field: Any = Customer._meta.get_field(name)  # noqa: SLF001  # Django documents it for use
    return str(field.verbose_name)


def _shown(customer: Customer, name: str, text: str) -> str:
    return customer.owner_title if name == OWNER else text
