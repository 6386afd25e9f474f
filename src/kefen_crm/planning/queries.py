"""What plans are made of: classes with their promises, and people with their spans."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT
from kefen_crm.grading.models import CustomerClass
from kefen_crm.playbooks.capacity import Outlook, outlook
from kefen_crm.playbooks.document import in_force
from kefen_crm.playbooks.models import Commitment


def titles() -> dict[str, str]:
    """What the classes of the leading scheme are called, by their keys, to whoever asks."""
    scheme = leading_scheme()
    return {one.key: str(one.title) for one in scheme.classes} if scheme else {}


def classes() -> list[dict[str, Any]]:
    """The classes of the leading scheme with their customers, and hours and budget promised."""
    scheme = leading_scheme()
    if scheme is None:
        return []
    rows = CustomerClass.objects.filter(scheme=scheme, customer__standing__in=CURRENT)
    counts = dict(rows.order_by().values_list("class_key").annotate(n=Count("pk")))
    promised: dict[str, tuple[int, int]] = {}
    for one in scheme.classes:
        held = Commitment.objects.filter(
            until=None, customer__in=rows.filter(class_key=one.key).values("customer")
        )
        sums = held.order_by().aggregate(hours=Sum("hours"), budget=Sum("budget"))
        promised[one.key] = (sums["hours"] or 0, sums["budget"] or 0)
    return [
        {
            "key": one.key,
            "title": str(one.title),
            "customers": counts.get(one.key, 0),
            "hours": float(promised[one.key][0]),
            "budget": float(promised[one.key][1]),
        }
        for one in scheme.classes
    ]


@dataclass(frozen=True)
class Span:
    """People of a role: how many customers each has, and could have by the hours promised.

    Attributes:
        room: customers that one person's hours suffice for; None where nothing is promised.
    """

    role: str
    people: int
    customers: int
    hours: float
    capacity: float

    @property
    def each(self) -> float:
        return self.customers / self.people

    @property
    def load(self) -> int | None:
        """What is promised, in percent of what there is."""
        return round(100 * self.hours / self.capacity) if self.capacity else None

    @property
    def room(self) -> int | None:
        if not self.hours or not self.customers:
            return None
        return int(self.capacity / self.people / (self.hours / self.customers))


def seen() -> Outlook:
    """What playbooks promise over the next twelve months, by person."""
    return outlook(in_force())


def spans(found: Outlook) -> list[Span]:
    """The spans by role, the most people first."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0, 0.0])
    for one in found.people:
        own = sums[str(one.user.get_role_display())]
        own[0] += 1
        own[1] += one.customers
        own[2] += one.hours
        own[3] += sum(month.capacity for month in one.months)
    made = [Span(role, int(n), int(c), h, k) for role, (n, c, h, k) in sums.items()]
    return sorted(made, key=lambda one: -one.people)


def capacity(found: Outlook) -> int:
    """The hours for customers that all have in the next twelve months."""
    return round(sum(month.capacity for one in found.people for month in one.months))
