"""The rhythm: who is to be contacted when, moved by contacts, classes, owners and outages."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen_crm.activities import actions as work
from kefen_crm.activities.demo import demo
from kefen_crm.activities.models import PERSON, RHYTHM, Task
from kefen_crm.activities.rules import CONTACT_GAP
from kefen_crm.customers.actions import assign
from kefen_crm.customers.models import Customer
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform import clock, rules
from kefen_crm.platform.models import Confirmation
from kefen_crm.rules import actions
from kefen_crm.workdays import actions as workdays

TALK = [
    # customer, day: C1 on the Tuesday before the National Day 2026, C2 in the summer.
    {"interaction_id": "I1", "customer_id": "C1", "happened_on": "2026-09-29", "type": "phone"},
    {"interaction_id": "I2", "customer_id": "C2", "happened_on": "2026-07-01", "type": "phone"},
]
RULES = [
    {"name": "A", "scope": {"scheme": "abc", "classes": ["A"]}, "working_days": 3},
    {"name": "Others", "scope": {}, "working_days": 10},
]


def morning(day, month=10):
    """8:00 in Shanghai."""
    return datetime(2026, month, day, tzinfo=UTC)


def publish(bob, document):
    kind = rules.kinds()[CONTACT_GAP]
    actions.save(bob, kind, {"rules": document})
    actions.publish(bob, kind, "To keep in touch")


@pytest.fixture
def at(monkeypatch):
    """`at(moment)` has it be that moment."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)
        return moment

    return set_to


@pytest.fixture
def spoken(graded, bob, at):
    """C1 (class A) and C3 are Carol's, C2 Dave's; C3 came on the 8th and was never spoken to."""
    with opened() as ledger:
        ledger.load(pl.DataFrame(TALK), kind="interactions")
    workdays.install()
    Customer.objects.filter(code="C3").update(created=datetime(2026, 10, 8, 3, tzinfo=UTC))
    publish(bob, RULES)
    at(morning(9))


def tick(at, moment):
    clock.tick(at(moment))


def open_tasks():
    found = Task.objects.filter(origin=RHYTHM, state="open").select_related("customer", "owner")
    return {one.customer.code: one for one in found}


def days():
    return {code: one.day for code, one in open_tasks().items()}


def test_each_owned_customer_has_its_next_contact(spoken, at, carol, dave):
    tick(at, morning(9))
    # C1: 3 working days after the 29th of September: the 30th, 8th and 9th of October. C2 has
    # waited since July, so it is due at once. C3: 10 after the 8th: 9, 10 (made up for), 12 to 16,
    # 19 to 21.
    assert days() == {
        "C1": date(2026, 10, 9),
        "C2": date(2026, 10, 9),
        "C3": date(2026, 10, 21),
    }
    assert {code: one.owner for code, one in open_tasks().items()} == {
        "C1": carol, "C2": dave, "C3": carol,
    }  # fmt: skip
    tick(at, morning(10))
    assert Task.objects.count() == 3


def test_a_contact_does_what_is_due_and_plans_the_next(spoken, at, carol):
    tick(at, morning(9))
    first = open_tasks()["C1"]
    activity = work.log(carol, first.customer, {"kind": "call", "answered": True})
    first.refresh_from_db()
    assert (first.state, first.done_by_activity) == ("done", activity)
    assert days()["C1"] == date(2026, 10, 13)  # the 10th is made up for, then the 12th and 13th
    at(morning(10))
    work.log(carol, first.customer, {"kind": "visit"})  # before it is due: the same is moved
    assert days()["C1"] == date(2026, 10, 14)
    assert Task.objects.filter(customer=first.customer).count() == 2
    tick(at, morning(11))
    assert days()["C1"] == date(2026, 10, 14)


def test_an_unanswered_call_is_no_contact(spoken, at, carol):
    tick(at, morning(9))
    work.log(carol, open_tasks()["C1"].customer, {"kind": "call", "answered": False})
    task = open_tasks()["C1"]
    assert (task.day, task.since) == (date(2026, 10, 10), date(2026, 9, 29))
    tick(at, morning(10))
    assert days()["C1"] == date(2026, 10, 10)


def test_skipping_has_the_rhythm_go_on_from_today(spoken, at, carol):
    tick(at, morning(9))
    work.skip(carol, open_tasks()["C1"], reason="Their fair")
    assert days()["C1"] == date(2026, 10, 13)
    tick(at, morning(12))
    assert days()["C1"] == date(2026, 10, 13)


def test_contacts_that_an_import_brings_move_the_task(spoken, at):
    tick(at, morning(9))
    with opened() as ledger:
        ledger.load(
            pl.DataFrame([TALK[1] | {"interaction_id": "I3", "happened_on": "2026-10-09"}]),
            kind="interactions",
        )
    tick(at, morning(10))
    assert days()["C2"] == date(2026, 10, 22)
    assert Task.objects.filter(origin=RHYTHM).count() == 3


def test_a_better_class_pulls_in_not_before_tomorrow_and_makes_nothing_overdue(spoken, at):
    tick(at, morning(9))
    CustomerClass.objects.filter(customer__code="C3", scheme__name="abc").update(class_key="A")
    tick(at, morning(15))  # 3 working days after the 8th are over
    assert days()["C3"] == date(2026, 10, 16)
    CustomerClass.objects.filter(customer__code="C3", scheme__name="abc").update(class_key="C")
    tick(at, morning(16))
    assert days()["C3"] == date(2026, 10, 21)


def test_a_new_owner_gets_the_task_and_nobody_has_none(spoken, at, bob, dave):
    tick(at, morning(9))
    customer = Customer.objects.get(code="C1")
    assign(bob, customer, dave)
    tick(at, morning(10))
    assert open_tasks()["C1"].owner == dave
    task = open_tasks()["C1"]
    assign(bob, Customer.objects.get(code="C1"), None)
    version = Task.objects.get(pk=task.pk).version
    tick(at, morning(11))
    assert "C1" not in open_tasks()
    task.refresh_from_db()
    assert (task.state, task.closed_on) == ("cancelled", date(2026, 10, 11))
    assert task.version == version + 1
    assign(bob, Customer.objects.get(code="C1"), dave)
    tick(at, morning(12))
    assert open_tasks()["C1"].owner == dave
    assert Task.objects.filter(customer=customer).count() == 1  # the same, opened again


def test_those_who_waited_are_spread_over_the_days_of_the_rule(spoken, at, carol):
    Customer.objects.bulk_create(
        Customer(code=f"N{n}", name=f"New {n}", owner=carol, origin="site") for n in range(20)
    )
    Customer.objects.filter(code__startswith="N").update(created=morning(1, 6))
    tick(at, morning(9))
    per_day = {}
    for code, day in days().items():
        if code.startswith("N"):
            per_day[day] = per_day.get(day, 0) + 1
    assert set(per_day.values()) == {2}
    assert (min(per_day), max(per_day)) == (date(2026, 10, 9), date(2026, 10, 21))


def test_many_are_asked_about_first(spoken, at, carol, bob):
    Customer.objects.bulk_create(
        Customer(code=f"N{n}", name=f"New {n}", owner=carol, origin="site") for n in range(60)
    )
    tick(at, morning(10))
    asked = Confirmation.objects.get(rule=CONTACT_GAP)
    assert (asked.touching, asked.population) == (63, 65)
    assert not open_tasks()
    actions.decide(bob, asked.pk, Confirmation.Decision.GO_ON)
    tick(at, morning(10) + timedelta(minutes=30))
    assert len(open_tasks()) == 63


def test_nine_days_outage_over_the_holiday_doubles_and_loses_nothing(spoken, at, carol):
    with opened() as ledger:
        again = TALK[0] | {"interaction_id": "I4", "happened_on": "2026-09-28"}
        ledger.load(pl.DataFrame([again]), kind="interactions")
    Customer.objects.filter(code="C3").update(created=morning(28, 9))
    tick(at, morning(29, 9))
    before = {code: (one.pk, one.day) for code, one in open_tasks().items()}
    for minutes in (0, 30):  # the site is back on the 8th, the holiday over
        tick(at, morning(8) + timedelta(minutes=minutes))
    assert {code: (one.pk, one.day) for code, one in open_tasks().items()} == before
    assert sorted(before) == ["C1", "C2", "C3"]


def test_preview_tells_numbers_against_what_people_do(spoken, at, bob, carol, sign_in):
    for _number in range(6):
        work.log(carol, Customer.objects.get(code="C1"), {"kind": "visit"})
    page = sign_in(bob).get(reverse("rules:preview", args=[CONTACT_GAP])).content.decode()
    assert "A, every 3 working days: 1 customers, 0.3 contacts a day for 1 people" in page
    assert "Carol 张: 0.4 a day, makes 0.1 lately" in page  # 1/3 and 1/10; 6 in 60
    assert "重庆机电厂" in page
    assert "working days since 2026-07-01" in page


def test_the_customers_page_says_the_rhythm_and_the_next_task(spoken, at, carol, sign_in):
    tick(at, morning(9))
    page = sign_in(carol).get(reverse("customers:detail", args=["C1"])).content.decode()
    assert "A: every 3 working days" in page
    assert "Every 3 working days (A); last contact 2026-09-29" in page


VERBS = st.lists(
    st.tuples(
        st.sampled_from(["log", "miss", "plan", "snooze", "skip", "done", "wait", "owner"]),
        st.integers(0, 6),
    ),
    max_size=14,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=VERBS)
def test_whatever_people_do_the_invariants_hold(spoken, at, bob, carol, dave, steps):
    from django.db import transaction

    with transaction.atomic():
        now = morning(9)
        tick(at, now)
        customer = Customer.objects.get(code="C1")
        for verb, number in steps:
            step(verb, number, customer, at, now)
            if verb in ("wait", "owner"):
                now += timedelta(days=number)
                tick(at, now)
            customer.refresh_from_db()
            mine = Task.objects.filter(customer=customer)
            assert mine.filter(origin=RHYTHM, state="open").count() == 1
            for one in mine.filter(state="done"):
                assert one.reason or one.done_by_activity
            assert not mine.filter(state="skipped", reason="").exists()
        transaction.set_rollback(True)


def step(verb, number, customer, at, now):
    at(now)
    owner = customer.owner
    today = timezone.localdate()
    task = Task.objects.filter(customer=customer, state="open").order_by("day", "pk").last()
    if verb == "log":
        work.log(owner, customer, {"kind": "call", "answered": True}, key=f"{now}{number}")
    elif verb == "miss":
        work.log(owner, customer, {"kind": "call", "answered": False})
    elif verb == "plan":
        work.plan(owner, customer, {"due_on": today + timedelta(days=number)})
    elif verb == "snooze":
        work.snooze(owner, task, today + timedelta(days=number), reason="Later")
    elif verb == "skip":
        work.skip(owner, task, reason="Not now")
    elif verb == "done":
        work.done(owner, task, reason="By post")
    elif verb == "owner":
        from kefen_crm.team.models import User

        other = User.objects.get(username="dave" if owner.username == "carol" else "carol")
        assign(User.objects.get(username="bob"), customer, other)


def test_the_demo_brings_the_rhythm_where_another_app_has_planned_a_task(spoken, carol, at):
    at(morning(12))
    first = Customer.objects.get(code="C1")
    work.plan(carol, first, {"kind": "todo", "due_on": date(2026, 10, 13), "title": "Look"})
    demo()
    assert Task.objects.filter(origin=RHYTHM, customer=first).exists()
    planned = Task.objects.filter(origin=PERSON, occurrence__startswith="demo.")
    told = [(timezone.localdate(one.created), one.due_on) for one in planned]
    assert told
    assert all(on < min(due, timezone.localdate()) for on, due in told)
    count = Task.objects.count()
    demo()
    assert Task.objects.count() == count
