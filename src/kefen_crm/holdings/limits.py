"""How many customers a person holds, weighted by class, and how many they may claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils.translation import gettext_noop
from pydantic import Field

from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.scopes import divided
from kefen_crm.platform import rules
from kefen_crm.platform.scoped_rules import Preview, ScopedRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

HOLDING_WEIGHT = "holding_weight"


class HoldingWeight(ScopedRule):
    """Customers of the scope count so many times among those a person holds."""

    weight: int = Field(
        default=1,
        ge=0,
        le=100,
        title=gettext_noop("Counts as"),
        description=gettext_noop("Of how many customers one of the scope takes the place."),
    )


def weight_of(customers: QuerySet[Customer]) -> int:
    """What customers weigh together; one that no rule fits counts once."""
    found = rules.in_force(HOLDING_WEIGHT)
    total = customers.count()
    for rule, of_rule in divided(found, customers):
        total += (rule.weight - 1) * of_rule.order_by().count()
    return total


def weights_of(customers: QuerySet[Customer]) -> dict[int, int]:
    """How much each customer counts where that is not once."""
    found: dict[int, int] = {}
    for rule, of_rule in divided(rules.in_force(HOLDING_WEIGHT), customers):
        found |= dict.fromkeys(of_rule.order_by().values_list("pk", flat=True), rule.weight)
    return found


def loads(users: Iterable[int]) -> dict[int, int]:
    """What the current customers of each of these people weigh."""
    people = list(users)
    theirs = held().filter(owner__in=people)
    total = dict.fromkeys(people, 0) | _counts(theirs)
    for rule, of_rule in divided(rules.in_force(HOLDING_WEIGHT), theirs):
        for pk, count in _counts(of_rule).items():
            total[pk] += (rule.weight - 1) * count
    return total


def _counts(customers: QuerySet[Customer]) -> dict[int, int]:
    """How many customers each owner has of these."""
    return dict(customers.order_by().values_list("owner").annotate(Count("pk")))


def held() -> QuerySet[Customer]:
    """The current customers that somebody holds."""
    return Customer.objects.filter(standing__in=CURRENT, owner__isnull=False)


def held_by(user: int) -> QuerySet[Customer]:
    """The current customers of a person."""
    return held().filter(owner_id=user)


def preview_weights(found: Sequence[HoldingWeight]) -> Preview:
    """What each rule holds for; nothing is touched by a weight alone."""
    every = held()
    counts = tuple(
        (rule.name, of_rule.order_by().count(), 0) for rule, of_rule in divided(found, every)
    )
    return Preview(affected=0, population=every.count(), rules=counts)
