"""Territories: hours promised to customers balanced within those of people, moving the least.

Customers of the same owner, hours and cost are alike, so the integer program counts them instead
of naming them: as many whole numbers as there are sorts of customers and people, however many
customers there are. First the hours that are missing in all are made as few as can be, then the
cost of moving is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from kefen.errors import KefenError
from kefen.plan.steps import SLACK, PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

SECONDS: Final = 20.0
_PLACES: Final = 6


@dataclass(frozen=True)
class Held:
    """A customer, with who looks after it.

    Attributes:
        hours: what is promised to it; another measure, such as sales, is balanced alike.
        cost: what it costs to give it to another owner.
    """

    customer: str
    owner: str
    hours: float
    cost: float = 1.0


@dataclass(frozen=True)
class Person:
    """Somebody who looks after customers: the hours there are, and in which area."""

    name: str
    hours: float
    area: str = ""


@dataclass(frozen=True)
class Move:
    """A customer that goes from one person to another."""

    customer: str
    giver: str
    receiver: str


@dataclass(frozen=True)
class Load:
    """The hours promised to the customers of a person, before and after."""

    name: str
    hours: float
    before: float
    after: float


@dataclass(frozen=True)
class Territories:
    """Who gives whom to whom.

    Attributes:
        cost: of all moves.
        lacking: the hours that people lack in all, before and after.
        proven: no proposal lacks fewer hours, and none that lacks as few costs less.
    """

    moves: tuple[Move, ...]
    people: tuple[Load, ...]
    cost: float
    lacking: tuple[float, float]
    proven: bool

    def to_dict(self) -> dict[str, Any]:
        """The proposal as JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class _Sort:
    """Customers that are alike: of one owner, of the same hours and cost."""

    owner: int
    hours: float
    cost: float
    customers: list[str]


def balance(
    customers: Iterable[Held],
    people: Sequence[Person],
    *,
    apart: float = 1.0,
    seconds: float = SECONDS,
) -> Territories:
    """Propose whom to give to whom, so that nobody lacks hours where that is possible.

    >>> held = [Held("a", "Li", 6), Held("b", "Li", 5, cost=3), Held("c", "Wu", 2)]
    >>> made = balance(held, [Person("Li", 8), Person("Wu", 9)])
    >>> [(one.customer, one.receiver) for one in made.moves], made.lacking, made.proven
    ([('a', 'Wu')], (3.0, 0.0), True)

    Args:
        customers: of those that are alike the first ones move first.
        people: who has customers, and who may get some.
        apart: how many times dearer a move between areas is; infinite for never.
        seconds: after which the best found so far is taken, twice at most.

    Raises:
        PlanError: `plan-person` for an owner who is nobody of `people`, or one named twice;
            `plan-customer` for hours or a cost below 0.
        KefenError: `extra-missing` without scipy.
    """
    if not apart >= 0:
        raise PlanError("plan-person", name="apart")
    sorts = _sorted(customers, people)
    before = _loads(sorts, people)
    there = np.array([one.hours for one in people], dtype=float)
    moved, proven = _solved(sorts, people, there, apart, seconds)
    after = before.copy()
    moves = []
    cost = 0.0
    for number, sort in enumerate(sorts):
        rest = iter(sort.customers)
        for receiver, count in enumerate(moved[number]):
            ends = people[sort.owner].name, people[receiver].name
            moves += [Move(customer, *ends) for customer in islice(rest, count)]
            after[sort.owner] -= count * sort.hours
            after[receiver] += count * sort.hours
            cost += count * sort.cost * _dearer(people, sort.owner, receiver, apart) if count else 0
    return Territories(
        tuple(moves),
        tuple(
            Load(one.name, one.hours, round(float(was), _PLACES), round(float(now), _PLACES))
            for one, was, now in zip(people, before, after, strict=True)
        ),
        round(cost, _PLACES),
        (_lacking(before, there), _lacking(after, there)),
        proven,
    )


def _sorted(customers: Iterable[Held], people: Sequence[Person]) -> list[_Sort]:
    places = {one.name: number for number, one in enumerate(people)}
    if len(places) < len(people):
        names = [one.name for one in people]
        raise PlanError("plan-person", name=next(n for n in names if names.count(n) > 1))
    for one in people:
        if not (isfinite(one.hours) and one.hours >= 0):
            raise PlanError("plan-person", name=one.name)
    alike: dict[tuple[int, float, float], list[str]] = defaultdict(list)
    for held in customers:
        if held.owner not in places:
            raise PlanError("plan-person", name=held.owner)
        if not (isfinite(held.hours) and isfinite(held.cost) and min(held.hours, held.cost) >= 0):
            raise PlanError("plan-customer", name=held.customer)
        alike[places[held.owner], held.hours, held.cost].append(held.customer)
    return [_Sort(*key, names) for key, names in alike.items()]


def _loads(sorts: Sequence[_Sort], people: Sequence[Person]) -> NDArray[np.float64]:
    found = np.zeros(len(people))
    for one in sorts:
        found[one.owner] += one.hours * len(one.customers)
    return found


def _lacking(loads: NDArray[np.float64], there: NDArray[np.float64]) -> float:
    return round(float(np.maximum(loads - there, 0).sum()), _PLACES)


def _dearer(people: Sequence[Person], giver: int, receiver: int, apart: float) -> float:
    return 1.0 if people[giver].area == people[receiver].area else apart


def _solved(
    sorts: Sequence[_Sort],
    people: Sequence[Person],
    there: NDArray[np.float64],
    apart: float,
    seconds: float,
) -> tuple[list[list[int]], bool]:
    """How many of each sort go to each person, and whether that is proven to be the best."""
    pairs = [
        (number, receiver)
        for number, sort in enumerate(sorts)
        for receiver in range(len(people))
        if receiver != sort.owner
        and sort.hours > 0
        and isfinite(_dearer(people, sort.owner, receiver, apart))
    ]
    moved = [[0] * len(people) for _sort in sorts]
    before = _loads(sorts, people)
    if not pairs or not (before > there + SLACK).any():
        return moved, True
    costs = np.array([sorts[n].cost * _dearer(people, sorts[n].owner, r, apart) for n, r in pairs])
    found, proven = _program(sorts, pairs, costs, there - before, seconds)
    for (number, receiver), count in zip(pairs, found, strict=True):
        moved[number][receiver] = count
    return moved, proven


def _program(
    sorts: Sequence[_Sort],
    pairs: Sequence[tuple[int, int]],
    costs: NDArray[np.float64],
    room: NDArray[np.float64],
    seconds: float,
) -> tuple[list[int], bool]:
    """The two integer programs: the fewest hours missing, then the least cost with so few."""
    try:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array
    except ModuleNotFoundError:
        raise KefenError("extra-missing", package="scipy", extra="ml") from None
    size, persons = len(pairs), len(room)
    rows, columns, values = [], [], []
    for column, (number, receiver) in enumerate(pairs):
        rows += [number, len(sorts) + sorts[number].owner, len(sorts) + receiver]
        columns += [column] * 3
        values += [1.0, -sorts[number].hours, sorts[number].hours]
    rows += [len(sorts) + one for one in range(persons)]
    columns += [size + one for one in range(persons)]
    values += [-1.0] * persons
    table = csr_array((values, (rows, columns)), shape=(len(sorts) + persons, size + persons))
    most = np.array([len(one.customers) for one in sorts], dtype=float)
    limits = [LinearConstraint(table, -np.inf, np.concatenate([most, room]))]
    kinds = np.concatenate([np.ones(size), np.zeros(persons)])
    upper = np.concatenate(
        [[most[number] for number, _receiver in pairs], np.full(persons, np.inf)]
    )
    lacking = np.concatenate([np.zeros(size), np.ones(persons)])
    least = np.concatenate([costs, np.zeros(persons)])
    options = {"time_limit": seconds, "mip_rel_gap": 0.0}

    def solved(aim: NDArray[np.float64]) -> Any:
        return milp(
            aim, constraints=limits, integrality=kinds, bounds=Bounds(0, upper), options=options
        )

    first = solved(lacking)
    if first.x is None:
        return [0] * size, False
    fewest = max(float(lacking @ first.x), 0.0)
    limits.append(LinearConstraint(lacking[None, :], -np.inf, fewest + 1e-6 * (1 + fewest)))
    second = solved(least)
    best = first if second.x is None else second
    counts = [round(float(one)) for one in best.x[:size]]
    return counts, bool(first.status == 0 and second.status == 0)
