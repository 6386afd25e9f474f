"""Points under kills, ten tills at once and random days, against a plain model of them.

`python -m benchmarks.tills` does the same with 500 kills.
"""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest
from benchmarks.tills import TILLS, kill, race
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cast import person
from kefen_crm.customers.models import Customer
from kefen_crm.loyalty import actions, expiry
from kefen_crm.loyalty.models import Lot, Member, Move
from kefen_crm.loyalty.programme import POINTS, after_months
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.roles import Role

START = datetime(2026, 1, 31, 4, tzinfo=UTC)
GRACE = 30


def programme(by, months):
    one = {"name": "All", "since": "2099-01-01", "months": months}
    RuleDocument.objects.create(
        kind=POINTS, version=1, document={"rules": [one]}, by=by,
        state=RuleDocument.State.PUBLISHED,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_killed_tills_and_ten_at_once_lose_double_and_overdraw_nothing():
    by = person("bob", "Bob 李", Role.MANAGER)
    programme(by, 0)
    one, other = (Customer.objects.create(code=f"K{n}", name=f"K{n}") for n in range(2))
    kills, _changes, _points = kill(16, by, one, seed=7)
    assert kills == 16
    rounds = 7
    _points, refused, _seconds = race(rounds, by, other)
    assert refused < TILLS * rounds
    keys = Move.objects.values_list("key", flat=True)
    assert len(set(keys)) == len(keys)


class Plain:
    """Lots as lists `[expires, number, left, given for]` and what every change took from them."""

    def __init__(self):
        self.day, self.debt, self.lots, self.changes = START.date(), 0, [], []

    def usable(self):
        there = [lot for lot in self.lots if lot[2] and lot[0] >= self.day]
        return sorted(there, key=lambda lot: (lot[0], lot[4], lot[1]))

    def available(self):
        return max(0, sum(lot[2] for lot in self.usable()) - self.debt)

    def give(self, points, expires, source=None):
        self.lots.append([expires, len(self.lots), points, source, self.day])
        self.pay()

    def pay(self):
        self.debt = self.take(self.usable(), self.debt)[1]

    @staticmethod
    def take(lots, points):
        taken = []
        for lot in lots:
            part = min(lot[2], points)
            lot[2] -= part
            points -= part
            if part:
                taken.append([lot, part])
        return taken, points

    def earn(self, points):
        change = {"kind": "earned", "left": points, "live": points}
        self.changes.append(change)
        self.give(points, after_months(self.day, 2), change)

    def spend(self, points):
        taken, _none = self.take(self.usable(), points)
        self.changes.append({"kind": "spent", "left": points, "taken": taken})

    def reverse(self, change, points):
        change["left"] -= points
        if change["kind"] == "earned":
            points = min(points, change["live"])
            change["live"] -= points
            own = [lot for lot in self.lots if lot[3] is change]
            lacking = self.take(own, points)[1]
            others = [lot for lot in self.usable() if lot[3] is not change]
            self.debt += self.take(others, lacking)[1]
            return
        while points:
            lot, part = change["taken"][-1]
            back = min(part, points)
            change["taken"][-1][1] -= back
            if part == back:
                change["taken"].pop()
            points -= back
            if lot[0] >= self.day:
                lot[2] += back
            else:
                self.lots.append([self.day + timedelta(days=GRACE), len(self.lots), back, None,
                                  self.day])  # fmt: skip
        self.pay()

    def night(self, days):
        self.day += timedelta(days=days)
        for lot in self.lots:
            if lot[0] < self.day and lot[2]:
                if lot[3] is not None:
                    lot[3]["live"] -= lot[2]
                lot[2] = 0


class Days(RuleBasedStateMachine):
    """Days of a till, done with the site's verbs and with the plain model."""

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.by = person("bob", "Bob 李", Role.MANAGER)
        self.customer = Customer.objects.create(code="H1", name="H1")
        actions.join(self.by, self.customer)
        self.plain, self.done = Plain(), []
        self.clock = mock.patch("django.utils.timezone.now", side_effect=lambda: self.now)
        self.now = START
        self.clock.start()

    def teardown(self):
        self.clock.stop()
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @rule(points=st.integers(1, 50))
    def earn(self, points):
        self.done.append(actions.earn(self.by, self.customer, points=points))
        self.plain.earn(points)

    @precondition(lambda self: self.plain.available())
    @rule(data=st.data())
    def spend(self, data):
        points = data.draw(st.integers(1, self.plain.available()))
        self.done.append(actions.spend(self.by, self.customer, points))
        self.plain.spend(points)

    @rule()
    def spend_too_much(self):
        with pytest.raises(ValidationError):
            actions.spend(self.by, self.customer, self.plain.available() + 1)

    @precondition(lambda self: any(one["left"] for one in self.plain.changes))
    @rule(data=st.data())
    def reverse(self, data):
        open_ = [n for n, one in enumerate(self.plain.changes) if one["left"]]
        number = data.draw(st.sampled_from(open_))
        points = data.draw(st.integers(1, self.plain.changes[number]["left"]))
        actions.reverse(self.by, self.done[number], points=points, key=str(len(self.done)) + "/"
                        + str(number) + "/" + str(self.plain.changes[number]["left"]))  # fmt: skip
        self.plain.reverse(self.plain.changes[number], points)

    @rule(days=st.integers(1, 70), at_night=st.booleans())
    def sleep(self, days, at_night):
        self.now += timedelta(days=days)
        self.plain.night(days)
        if at_night:
            expiry.expire(self.now.date(), self.now)

    @invariant()
    def the_same(self):
        member = Member.objects.get(customer=self.customer)
        assert actions.accounting.available(member, self.plain.day) == self.plain.available()
        assert member.debt == self.plain.debt
        left = Lot.objects.filter(member=member, left__gt=0, expires__gte=self.plain.day)
        found = sorted(left.values_list("expires", "left"))
        assert found == sorted((lot[0], lot[2]) for lot in self.plain.usable())


def test_days_of_a_till_come_to_what_a_plain_model_says(bob):
    programme(bob, 2)
    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=12, stateful_step_count=15, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
