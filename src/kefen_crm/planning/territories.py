"""Territories: promised hours balanced among people, as a proposal that opens handovers."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, Literal

from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customers.models import CURRENT
from kefen_crm.customers.queries import changeable_by
from kefen_crm.gateway.planning import Held, Person, balance
from kefen_crm.grading.scopes import divided
from kefen_crm.playbooks.capacity import year_of
from kefen_crm.playbooks.document import in_force
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from kefen_crm.customers.models import Customer
    from kefen_crm.gateway.planning import Territories

EACH: Final = "each"
HOURS: Final = "hours"
SECONDS: Final = 8.0
"""For each of the two programs: a page does not wait longer."""


class TerritoriesForm(forms.Form):
    """What moving customers costs, and how full people may be."""

    cost = forms.ChoiceField(
        label=gettext_lazy("Moving a customer costs"),
        choices=[
            (EACH, gettext_lazy("the same for each")),
            (HOURS, gettext_lazy("as much as it is promised hours")),
        ],
    )
    apart = forms.FloatField(
        label=gettext_lazy("Between departments so many times more"),
        min_value=1,
        max_value=1_000,
        initial=3,
    )
    share = forms.IntegerField(
        label=gettext_lazy("Promised at most, in percent of the hours there"),
        min_value=1,
        max_value=300,
        initial=100,
    )


@dataclass(frozen=True)
class Carrier:
    """Somebody who looks after customers, with the promised hours before and after."""

    user: User
    hours: float
    before: float
    after: float

    @property
    def loads(self) -> tuple[int | None, int | None]:
        """Both in percent of the hours there."""
        first, last = (
            round(100 * one / self.hours) if self.hours else None
            for one in (self.before, self.after)
        )
        return first, last


@dataclass(frozen=True)
class Part:
    """What one person would give another."""

    giver: User
    receiver: User
    customers: tuple[Customer, ...]
    hours: float

    @property
    def sales(self) -> Decimal:
        return sum((one.sales or Decimal(0) for one in self.customers), Decimal(0))

    @property
    def url(self) -> str:
        """The handover of these customers, to look at."""
        asked: list[tuple[str, str | int]] = [
            ("leaver", self.giver.pk),
            ("receivers", self.receiver.pk),
            ("reason", _("Territories balanced by promised hours")),
            *(("only", one.code) for one in self.customers),
        ]
        return f"{reverse('holdings:handover')}?{urlencode(asked)}"


@dataclass(frozen=True)
class Proposal:
    """Who gives whom to whom; `lacking` are the hours missing in all, before and after."""

    people: tuple[Carrier, ...]
    parts: tuple[Part, ...]
    customers: int
    cost: float
    lacking: tuple[float, float]
    proven: bool

    @property
    def moved(self) -> int:
        return sum(len(one.customers) for one in self.parts)


def propose(actor: User, *, cost: Literal["each", "hours"], apart: float, share: int) -> Proposal:
    """Balance what playbooks promise the customers within the reach of `actor`.

    Those who sell bear what is promised, those who left nothing. Of customers that are alike
    those who bought least move first.
    """
    reached = changeable_by(actor).filter(standing__in=CURRENT).exclude(owner=None)
    hours, customers = _promised(reached)
    users = {
        one.pk: one
        for one in User.objects.filter(
            Q(is_active=True, service=False, role=Role.REP)
            | Q(pk__in={one.owner_id for one in customers})
        )
    }
    there = year_of([pk for pk, one in users.items() if one.is_active])
    people = [
        Person(str(pk), there.get(pk, 0.0) * share / 100, str(one.department_id or ""))
        for pk, one in sorted(users.items())
    ]
    held = [
        Held(
            str(one.pk),
            str(one.owner_id),
            hours[one.pk],
            max(hours[one.pk], 1.0) if cost == HOURS else 1.0,
        )
        for one in customers
    ]
    found = balance(held, people, apart=apart, seconds=SECONDS)
    carriers = tuple(
        Carrier(users[int(one.name)], there.get(int(one.name), 0.0), one.before, one.after)
        for one in found.people
        if one.before or one.after
    )
    parts = _parts(found, users, {one.pk: one for one in customers}, hours)
    return Proposal(
        tuple(sorted(carriers, key=lambda one: -one.before)),
        parts,
        len(customers),
        found.cost,
        found.lacking,
        found.proven,
    )


def _promised(reached: Any) -> tuple[dict[int, float], list[Customer]]:
    """The hours a year of each customer that a playbook promises something, the least first."""
    hours: dict[int, float] = {}
    customers: list[Customer] = []
    for rule, of_rule in divided(in_force(), reached):
        for one in of_rule.order_by().only("code", "name", "owner", "sales"):
            hours[one.pk] = float(rule.hours)
            customers.append(one)
    customers.sort(key=lambda one: (one.sales or Decimal(0), one.code))
    return hours, customers


def _parts(
    found: Territories,
    users: dict[int, User],
    customers: dict[int, Customer],
    hours: dict[int, float],
) -> tuple[Part, ...]:
    given: dict[tuple[int, int], list[Customer]] = defaultdict(list)
    for move in found.moves:
        given[int(move.giver), int(move.receiver)].append(customers[int(move.customer)])
    parts = [
        Part(users[giver], users[receiver], tuple(these), sum(hours[one.pk] for one in these))
        for (giver, receiver), these in given.items()
    ]
    return tuple(sorted(parts, key=lambda one: -one.hours))
