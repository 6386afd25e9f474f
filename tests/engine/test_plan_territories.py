"""Territories: never worse than trying every assignment, nobody moved who need not be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefen.plan import Held, Person, PlanError, balance

amounts = st.integers(0, 6).map(float)


@st.composite
def companies(draw):
    """Two or three people in two areas, and up to six customers."""
    count = draw(st.integers(2, 3))
    areas = draw(st.lists(st.sampled_from(["N", "S"]), min_size=count, max_size=count))
    people = [Person(f"p{n}", draw(st.integers(0, 10).map(float)), areas[n]) for n in range(count)]
    held = [
        Held(f"c{n}", f"p{draw(st.integers(0, count - 1))}", draw(amounts), draw(amounts))
        for n in range(draw(st.integers(0, 6)))
    ]
    return held, people


def lacking(held, people, owners):
    loads = {one.name: 0.0 for one in people}
    for one, owner in zip(held, owners, strict=True):
        loads[owner] += one.hours
    return sum(max(loads[one.name] - one.hours, 0) for one in people)


@settings(max_examples=120, deadline=None)
@given(companies(), st.sampled_from([1.0, 3.0, float("inf")]))
def test_no_assignment_lacks_fewer_hours_or_costs_less(company, apart):
    held, people = company
    made = balance(held, people, apart=apart)
    area = {one.name: one.area for one in people}

    def cost(owners):
        return sum(
            one.cost * (1 if area[one.owner] == area[owner] else apart)
            for one, owner in zip(held, owners, strict=True)
            if owner != one.owner
        )

    tried = [
        (lacking(held, people, owners), cost(owners))
        for owners in product([one.name for one in people], repeat=len(held))
        if apart < float("inf")
        or all(area[one.owner] == area[owner] for one, owner in zip(held, owners, strict=True))
    ]
    best = min(tried)
    to = {one.customer: one.receiver for one in made.moves}
    owners = [to.get(one.customer, one.owner) for one in held]
    assert made.lacking[1] == pytest.approx(lacking(held, people, owners))
    assert made.lacking == pytest.approx((lacking(held, people, [h.owner for h in held]), best[0]))
    assert made.cost == pytest.approx(cost(owners))
    assert made.cost == pytest.approx(best[1], abs=1e-5)
    assert made.proven
    assert all(one.giver != one.receiver for one in made.moves)
    loads = {one.name: one.after for one in made.people}
    for person in people:
        own = sum(h.hours for h, owner in zip(held, owners, strict=True) if owner == person.name)
        assert loads[person.name] == pytest.approx(own)


def test_a_team_of_twenty_is_balanced_and_what_cannot_be_planned_is_named():
    held = [
        Held(f"{key}{n}", f"p{n * n % 20}", hours, cost)
        for key, hours, cost, count in (("A", 24, 5, 400), ("B", 9, 2, 800), ("C", 1, 1, 1200))
        for n in range(count)
    ]
    people = [Person(f"p{n}", 1100, "N" if n % 2 else "S") for n in range(20)]
    made = balance(held, people, apart=3, seconds=5)
    assert made.lacking[0] > 0
    assert made.lacking[1] == 0
    assert max(one.after for one in made.people) <= 1100
    assert len({one.customer for one in made.moves}) == len(made.moves) < 700
    for wrong, code in (
        (([Held("a", "Wu", 1)], [Person("Li", 1)]), "plan-person"),
        (([], [Person("Li", 1), Person("Li", 2)]), "plan-person"),
        (([Held("a", "Li", -1)], [Person("Li", 1)]), "plan-customer"),
    ):
        with pytest.raises(PlanError) as refused:
            balance(*wrong)
        assert refused.value.code == code
