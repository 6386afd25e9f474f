"""What is about a customer and goes along when it is merged into another.

Every model with a link to a customer is found by itself. Its rows move, but for models that hold
what imports, runs or the database say of this one customer, and for rows that would stand twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from kefen_crm.customers.models import Customer
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Keys = dict[str, list[Any]]
    """The keys of rows, by the model."""

STAYING: Final = frozenset(
    [
        "customers.FieldEdit",  # what imports say instead of a person, of this one customer
        "customers.Customer",  # chains of merges
        "grading.CustomerClass",  # comes of runs
        "holdings.PoolEntry",
        "holdings.Falling",
        "duplicates.Pair",
        "duplicates.Merge",
        "duplicates.MergedCustomer",
    ]
)
"""Models whose rows stay with the merged customer."""
ONE_OF_A_KIND: Final = {"contacts.Contact": "primary"}
"""Models of which one row of a customer is marked: the mark that is given up to move."""


def links() -> list[tuple[type[models.Model], str]]:
    """Every model with a link to a customer, and the name of the link; histories are none."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if not model.__name__.startswith("Historical")
        for field in model._meta.local_fields  # noqa: SLF001  # Django documents it for use
        if isinstance(field, models.ForeignKey) and field.related_model is Customer
    ]


def moving() -> list[tuple[type[models.Model], str]]:
    """The links whose rows move."""
    return [(model, name) for model, name in links() if label(model) not in STAYING]


def label(model: type[models.Model]) -> str:
    """The name of a model, as `personal` declares it."""
    return f"{model._meta.app_label}.{model.__name__}"  # noqa: SLF001


def counts(customer: Customer) -> dict[str, int]:
    """How many rows about a customer would move, by model; those with none left out."""
    found: dict[str, int] = {}
    for model, name in moving():
        rows = model._default_manager.filter(**{name: customer}).count()  # noqa: SLF001
        if rows:
            found[label(model)] = found.get(label(model), 0) + rows
    return found


def ending(loser: Customer, winner: Customer) -> dict[str, list[Any]]:
    """The rows that end when `loser` is merged into `winner`, by model; none left out."""
    found = {rule.model: list(rule.ending(loser, winner)) for rule in declared("merge_rules")}
    return {model: rows for model, rows in found.items() if rows}


def end(loser: Customer, winner: Customer) -> dict[str, list[dict[str, Any]]]:
    """End the rows that do not go along; what makes them again, by model."""
    rows = ending(loser, winner)
    return {
        rule.model: rule.take(rows[rule.model])
        for rule in declared("merge_rules")
        if rule.model in rows
    }


def give_back(ended: Mapping[str, list[dict[str, Any]]]) -> None:
    """Make the rows again that `end` ended."""
    for rule in declared("merge_rules"):
        if rule.model in ended:
            rule.give_back(ended[rule.model])


def unmark(loser: Customer, winner: Customer) -> Keys:
    """Have rows of `loser` give up marks that a row of `winner` has; their keys, by model."""
    found: Keys = {}
    for place, mark in ONE_OF_A_KIND.items():
        rows = apps.get_model(place)._default_manager.filter(**{mark: True})  # noqa: SLF001
        theirs = list(rows.filter(customer=loser).values_list("pk", flat=True))
        if theirs and rows.filter(customer=winner).exists():
            rows.filter(pk__in=theirs).update(**{mark: False})
            found[place] = theirs
    return found


def mark_again(unmarked: Mapping[str, Iterable[Any]], loser: Customer) -> None:
    """Give back the marks that `unmark` took, where no other row of `loser` has them now."""
    for place, keys in unmarked.items():
        mark = ONE_OF_A_KIND[place]
        rows = apps.get_model(place)._default_manager.filter(customer=loser)  # noqa: SLF001
        if not rows.filter(**{mark: True}).exists():
            rows.filter(pk__in=list(keys)).update(**{mark: True})


def move(loser: Customer, winner: Customer) -> Keys:
    """Give what is about `loser` to `winner`; the keys of what moved.

    Rows that a rule of the database lets a customer have but once stay where the winner has one,
    and so do those that link the two.
    """
    moved: Keys = {}
    for model, name in moving():
        rows = model._default_manager.filter(**{name: loser})  # noqa: SLF001
        for other, end in moving():
            if other is model and end != name:  # nobody is linked with themselves
                rows = rows.exclude(**{end: winner})
        for taken in _taken(model, name, winner):
            rows = rows.exclude(taken)
        keys = list(rows.values_list("pk", flat=True))
        model._default_manager.filter(pk__in=keys).update(**{name: winner})  # noqa: SLF001
        if keys:
            moved[f"{label(model)}.{name}"] = [_plain(key) for key in keys]
    return moved


def move_back(moved: Mapping[str, Iterable[Any]], winner: Customer, loser: Customer) -> None:
    """Give back to `loser` what `move` took and is still with `winner`."""
    for place, keys in moved.items():
        name = place.rpartition(".")[2]
        model = apps.get_model(place.rpartition(".")[0])
        rows = model._default_manager.filter(pk__in=list(keys), **{name: winner})  # noqa: SLF001
        rows.update(**{name: loser})


def _taken(model: type[models.Model], name: str, winner: Customer) -> list[Q]:
    """Conditions on rows of which the winner has one already, by each rule of uniqueness."""
    meta = model._meta  # noqa: SLF001
    found = []
    rules = [
        (tuple(one.fields), one.condition)
        for one in meta.constraints
        if isinstance(one, models.UniqueConstraint)
    ]
    rules += [(tuple(fields), None) for fields in meta.unique_together]
    rules += [((field.name,), None) for field in meta.fields if field.unique and field.name == name]
    for fields, condition in rules:
        if name not in fields:
            continue
        others = {field: OuterRef(field) for field in fields if field != name}
        theirs = model._default_manager.filter(**{name: winner}, **others)  # noqa: SLF001
        if condition is not None:
            theirs = theirs.filter(condition)
        taken = Q(Exists(theirs))
        found.append(taken & condition if condition is not None else taken)
    return found


def _plain(key: Any) -> Any:
    return key if isinstance(key, int) else str(key)
