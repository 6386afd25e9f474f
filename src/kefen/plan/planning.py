"""A plan: what each group is given, what that brings, and what one more hour would bring."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kefen.plan.allocation import allocate
from kefen.plan.steps import PlanError, Source, Step, checked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kefen.plan.allocation import Floats


@dataclass(frozen=True)
class GroupPlan:
    """What a group is given.

    Attributes:
        hours, money, value: of all that is taken of its steps, the promised with them.
        promised_hours: of the steps that are taken whatever they bring.
        interval: what it brings at least and at most.
        next_hour: what one more hour for this group would bring; None where it has no more steps
            that take hours.
        sources: where its values are known from.
    """

    group: str
    hours: float
    money: float
    value: float
    promised_hours: float
    interval: tuple[float, float]
    next_hour: float | None
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Plan:
    """Where hours and money go.

    Attributes:
        hours, money, value, interval: of all groups; the interval is the sum of theirs, as if all
            of them were wrong in the same direction.
        hour_price, money_price: what one more hour, and one more of the money, brings when it
            goes where it brings most; 0 where some is left.
        mixed: some values are stated and others measured.
    """

    groups: tuple[GroupPlan, ...]
    hours: float
    money: float
    value: float
    interval: tuple[float, float]
    hour_price: float
    money_price: float
    mixed: bool

    def to_dict(self) -> dict[str, Any]:
        """The plan as JSON has it."""
        return asdict(self)


def plan(
    steps: Iterable[Step],
    *,
    hours: float = np.inf,
    money: float = np.inf,
    mixed: bool = False,
) -> Plan:
    """Give hours and money to what brings most, after what is promised.

    >>> steps = [Step("A", 10, 500), Step("A", 10, 100), Step("B", 10, 300)]
    >>> made = plan(steps, hours=25)
    >>> [(one.group, one.hours) for one in made.groups], made.value, made.hour_price
    ([('A', 15.0), ('B', 10.0)], 850.0, 10.0)

    Args:
        steps: of each group in the order in which they are taken.
        hours, money: what there is.
        mixed: take stated and measured values together; the plan says so.

    Raises:
        PlanError: as `steps.checked`; `plan-unaffordable` when what is promised alone takes more
            than there is.
    """
    found = checked(steps, mixed=mixed)
    value, used, cost = (
        np.array([getattr(one, name) for one in found], dtype=float)
        for name in ("value", "hours", "money")
    )
    floor = np.array([float(one.promised) for one in found])
    for resource, there, taken in (
        ("hours", hours, float(used @ floor)),
        ("money", money, float(cost @ floor)),
    ):
        if taken > there:
            raise PlanError("plan-unaffordable", resource=resource, promised=taken, there=there)
    made = allocate(value, used, cost, most_hours=hours, most_money=money, floor=floor)
    places: dict[str, list[int]] = {}
    for number, one in enumerate(found):
        places.setdefault(one.group, []).append(number)
    groups = tuple(_group(name, found, rows, made.taken) for name, rows in places.items())
    return Plan(
        groups,
        made.hours,
        made.money,
        made.value,
        (sum(one.interval[0] for one in groups), sum(one.interval[1] for one in groups)),
        made.hour_price,
        made.money_price,
        len({one.source for one in found}) > 1,
    )


def _group(name: str, steps: list[Step], rows: list[int], taken: Floats) -> GroupPlan:
    own = [(steps[row], float(taken[row])) for row in rows]
    following = next((one for one, share in own if share < 1 - 1e-9 and one.hours > 0), None)
    return GroupPlan(
        name,
        sum(one.hours * share for one, share in own),
        sum(one.money * share for one, share in own),
        sum(one.value * share for one, share in own),
        sum(one.hours for one, _share in own if one.promised),
        (
            sum(one.interval[0] * share for one, share in own),
            sum(one.interval[1] * share for one, share in own),
        ),
        following.value / following.hours if following else None,
        tuple(dict.fromkeys(one.source for one, _share in own)),
    )
