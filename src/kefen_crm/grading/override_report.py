"""Classes set by hand, by person: how many, which way, what of, and whether time agreed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kefen_crm.customers.queries import visible_to
from kefen_crm.grading.models import CustomerClass, Override

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from kefen_crm.grading.models import Scheme
    from kefen_crm.team.models import User

STATES = {
    "active": gettext_noop("Holds"),
    "expired": gettext_noop("Expired"),
    "lifted": gettext_noop("Lifted"),
}
WAYS = {
    "up": gettext_noop("Up"),
    "down": gettext_noop("Down"),
    "same": gettext_noop("Held"),
    "rated": gettext_noop("From unrated"),
}
LATER = {
    "agrees": gettext_noop("The computed class came to agree"),
    "differs": gettext_noop("The computed class still differs"),
    "open": gettext_noop("No run since"),
}


@dataclass(frozen=True)
class Decision:
    """A class set by hand, and what became of it."""

    override: Override
    way: str
    later: str
    now: str | None

    @property
    def state(self) -> str:
        return self.override.state

    @property
    def state_title(self) -> str:
        return _(STATES[self.state])

    @property
    def later_title(self) -> str:
        return _(LATER[self.later])


@dataclass
class Person:
    """What one person decided."""

    key: str
    name: str
    decisions: list[Decision] = field(default_factory=list)

    def _count(self, name: str, value: str) -> int:
        return sum(getattr(one, name) == value for one in self.decisions)

    @property
    def total(self) -> int:
        return len(self.decisions)

    @property
    def states(self) -> list[tuple[str, int]]:
        return [(state, self._count("state", state)) for state in STATES]

    @property
    def ways(self) -> list[tuple[str, int]]:
        return [(way, self._count("way", way)) for way in WAYS]

    @property
    def agreed(self) -> int:
        return self._count("later", "agrees")

    @property
    def judged(self) -> int:
        """How many were followed by a run."""
        return self.total - self._count("later", "open")

    @property
    def agreement(self) -> float | None:
        return self.agreed / self.judged if self.judged else None

    @property
    def money(self) -> Decimal:
        """Sales of twelve months of the customers concerned, each once."""
        sales = {one.override.customer_id: one.override.customer.sales for one in self.decisions}
        return sum((value or Decimal(0) for value in sales.values()), Decimal(0))


def visible(user: User) -> QuerySet[Override]:
    """The decisions about customers whom `user` may see, newest first."""
    found = Override.objects.select_related("customer", "scheme__current", "by", "lifted_by")
    return found.filter(customer__in=visible_to(user))


def read(overrides: Iterable[Override]) -> list[Decision]:
    """What became of decisions."""
    listed = list(overrides)
    graded = CustomerClass.objects.filter(
        customer__in={one.customer_id for one in listed}, scheme__in={o.scheme_id for o in listed}
    ).select_related("scheme__run_in_force__run")
    now = {(one.customer_id, one.scheme_id): one for one in graded}
    ranks: dict[int, dict[str, int]] = {}
    for one in listed:
        ranks.setdefault(one.scheme_id, _ranks(one.scheme))
    return [
        _decision(one, ranks[one.scheme_id], now.get((one.customer_id, one.scheme_id)))
        for one in listed
    ]


def _ranks(scheme: Scheme) -> dict[str, int]:
    return {one.key: one.number for one in scheme.classes}


def _decision(
    override: Override, ranks: Mapping[str, int], graded: CustomerClass | None
) -> Decision:
    wanted, found = ranks.get(override.class_key), ranks.get(override.computed_key or "")
    if override.computed_key is None:
        way = "rated"
    elif wanted is None or found is None or wanted == found:
        way = "same"
    else:
        way = "up" if wanted < found else "down"
    finished = graded.run.finished if graded else None
    later = "open"
    if graded and finished and finished > override.since:
        later = "agrees" if graded.computed_key == override.class_key else "differs"
    return Decision(override, way, later, graded.computed_key if graded else None)


def by_person(decisions: Iterable[Decision]) -> list[Person]:
    """Decisions gathered by who made them, those with most first."""
    gathered: dict[str, list[Decision]] = defaultdict(list)
    names: dict[str, str] = {}
    for one in decisions:
        by = one.override.by
        key = str(by.pk) if by else "none"
        names[key] = by.display_name if by else _("Somebody who is gone")
        gathered[key].append(one)
    people = [Person(key, names[key], found) for key, found in gathered.items()]
    return sorted(people, key=lambda one: (-one.total, one.name))


FILTERS: dict[str, Any] = {
    "by": lambda one: str(one.override.by_id) if one.override.by_id else "none",
    "state": lambda one: one.state,
    "way": lambda one: one.way,
    "later": lambda one: one.later,
    "scheme": lambda one: one.override.scheme.name,
    "class": lambda one: one.override.class_key,
}
"""What a list of decisions is narrowed by."""


def narrowed(decisions: Iterable[Decision], params: Mapping[str, str]) -> list[Decision]:
    """The decisions that fit every filter that is set."""
    wanted = {name: params[name] for name in FILTERS if params.get(name)}
    return [
        one
        for one in decisions
        if all(FILTERS[name](one) == value for name, value in wanted.items())
    ]
