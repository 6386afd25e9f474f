"""Live classes: of a customer whose facts changed, at once; the next run says the same."""

import random

import polars as pl
import pytest
from django.db import OperationalError
from psycopg.errors import DeadlockDetected

import kefen
from jobs import work_off
from kefen_crm.customers.models import Customer
from kefen_crm.grading import actions, live, queries
from kefen_crm.grading.models import CustomerClass, Run, Scheme
from kefen_crm.noted_facts import actions as noted
from kefen_crm.platform.events import deliver
from kefen_crm.platform.models import OutboxEntry

ORDER = {"ordered_on": "2025-12-01", "amount": "5000"}


@pytest.fixture
def acme(graded):
    """Carol's customer C3: class C of ABC, with 400 of 10,000; A begins at 8,000, B at 1,500."""
    for room in ("grading", "live"):
        work_off(room)
    return Customer.objects.get(code="C3")


def classes(scheme="abc"):
    found = CustomerClass.objects.filter(scheme__name=scheme).select_related("customer")
    return {one.customer.code: one.class_key for one in found}


def graded_anew():
    """The classes of a run on the newest facts."""
    actions.grade_all()
    work_off("grading")


def test_an_order_noted_changes_the_class_at_once_and_before_it_landed(acme, carol):
    noted.note(carol, acme, "orders", ORDER)
    deliver("live")
    one = CustomerClass.objects.get(customer=acme, scheme__name="abc")
    assert (one.class_key, one.run_key) == ("B", "C")
    assert one.live
    others = CustomerClass.objects.filter(scheme__name="abc").exclude(customer=acme)
    assert not others.filter(live__isnull=False).exists()


def test_landing_leaves_it_and_the_next_run_ends_it(acme, carol):
    noted.note(carol, acme, "orders", ORDER)
    work_off("platform")
    assert classes()["C3"] == "B"
    assert work_off("grading") == 1  # a run, in a while; the class is not found again
    actions.follow_up()
    graded_anew()
    one = CustomerClass.objects.get(customer=acme, scheme__name="abc")
    assert (one.live, one.run_key, one.class_key) == (None, None, "B")  # at 13,400 of 15,000


def test_corrected_and_withdrawn_it_is_as_it_was(acme, carol):
    fact = noted.note(carol, acme, "orders", ORDER)
    deliver("live")
    noted.correct(carol, fact, ORDER | {"amount": "9000"})
    deliver("live")
    assert classes()["C3"] == "A"
    noted.withdraw(carol, fact)
    deliver("live")
    assert classes()["C3"] == "C"


@pytest.mark.parametrize("times", [1, live.TRIES])
def test_who_is_in_each_others_way_tries_again(acme, carol, monkeypatch, times):
    noted.note(carol, acme, "orders", ORDER)
    real, met = live.apply_live, []

    def hindered(*given):
        if len(met) < times:
            met.append(given)
            raise OperationalError from DeadlockDetected()
        real(*given)

    monkeypatch.setattr(live, "apply_live", hindered)
    deliver("live")
    assert classes()["C3"] == ("B" if times == 1 else "C")
    waiting = OutboxEntry.objects.filter(consumer="live")
    assert waiting.count() == (0 if times == 1 else 1)  # later again


def test_facts_by_the_api_or_an_import_are_followed(acme, settings):
    with kefen.open(settings.KEFEN_DATA) as ledger:
        order = {"order_id": ["O9"], "customer_id": ["C5"], "ordered_on": ["2025-12-05"]}
        ledger.load(pl.DataFrame(order | {"amount": ["9000"]}), "orders")
    assert live.follow() == 1
    assert classes()["C5"] == "A"
    assert live.follow() == 0


def test_a_run_that_takes_over_meanwhile_loses_nothing(acme, carol):
    """The run read the facts before the order was noted, and ended after it was."""
    actions.grade_all()
    noted.note(carol, acme, "orders", ORDER)
    deliver("live")
    work_off("grading")
    assert classes()["C3"] == "C"
    work_off("live")
    assert classes()["C3"] == "B"


def test_overrides_hold(acme, carol, bob):
    scheme = Scheme.objects.get(name="abc")
    actions.set_override(bob, acme, scheme, "A", "Promised")
    noted.note(carol, acme, "orders", ORDER)
    deliver("live")
    one = CustomerClass.objects.get(customer=acme, scheme=scheme)
    assert (one.class_key, one.computed_key, one.held_by) == ("A", "B", "override")


def test_the_pages_say_that_it_is_live(acme, carol, sign_in):
    noted.note(carol, acme, "orders", ORDER)
    deliver("live")
    client = sign_in(carol)
    assert "kf-live" in client.get("/customers/of/C3/").content.decode()
    assert "kf-live" in client.get("/customers/").content.decode()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_next_run_by_the_same_standard_says_the_same(acme, bob, settings, seed):
    """Of random facts, noted and withdrawn: by the standard in force, whatever fitting would do."""
    chance, facts = random.Random(seed), []
    for _time in range(8):
        customer = Customer.objects.get(code=f"C{chance.randrange(1, 6)}")
        amount = f"{chance.randrange(1, 9_000)}.{chance.randrange(10, 99)}"
        day = f"2025-{chance.randrange(1, 13):02}-{chance.randrange(1, 28):02}"
        if facts and chance.random() < 0.3:
            noted.withdraw(bob, facts.pop())
        else:
            values = {"ordered_on": day, "amount": amount}
            facts.append(noted.note(bob, customer, "orders", values))
    deliver("live")
    told = {name: classes(name) for name in ("abc", "rfm")}
    deliver("ledger")
    for name, expected in told.items():
        before = Run.objects.filter(version__scheme__name=name).latest("finished")
        with kefen.open(settings.KEFEN_DATA) as ledger:
            old = kefen.open_run(ledger, before.engine_id)
            run = kefen.grade(ledger, name, standard=old.standard)
            rows = run.to_polars().with_columns(run.key.alias("class"))
        assert dict(rows.select("customer_id", "class").rows()) == expected


def test_what_the_lists_count_is_what_they_show(acme, carol, alice, sign_in):
    noted.note(carol, acme, "orders", ORDER)
    deliver("live")
    standing = next(one for one in queries.standings(alice) if one.scheme.name == "abc")
    counted = {one.key: one.customers for one in standing.tallies}
    assert counted["B"] == sum(1 for key in classes().values() if key == "B")
