"""Changes go through one door: once a key, never over a stale version, told to every consumer."""

import threading

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs import work_off
from kefen_crm.platform import events, registry
from kefen_crm.platform.events import KeyReused
from kefen_crm.platform.models import Event, OutboxEntry
from kefen_crm.platform.parts import Consumer
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.models import Department

VERB = "department.renamed"


@transaction.atomic
def rename(actor, department, name, *, key=""):
    """A verb as apps have them, but for versions, which departments have none of."""
    wanted = {"department": department.pk, "name": name}
    if answer := events.answered(actor, VERB, key, wanted):
        return answer.target()
    before = {"name": department.name}
    department.name = name
    department.save()
    events.record(
        actor, VERB, department, before=before, after={"name": name}, key=key, given=wanted
    )
    return department


@pytest.fixture
def sales(db):
    return Department.objects.create(name="Sales")


@pytest.fixture
def handled(monkeypatch):
    """A consumer of renamings that keeps what it was handed, and fails on the name `Bad`."""
    names = []

    def handle(found):
        if any(one.after["name"] == "Bad" for one in found):
            raise ValueError
        names.extend(one.after["name"] for one in found)

    plugin = Plugin(consumers=(Consumer("test.names", handle, (VERB,)),))
    known = registry.plugins()
    monkeypatch.setattr(registry, "plugins", lambda: (*known, plugin))
    return names


def test_an_event_tells_who_did_what_to_whom(sales, alice):
    rename(alice, sales, "Sales North")
    event = Event.objects.get(verb=VERB)
    assert (event.actor, event.target()) == (alice, sales)
    assert (event.before, event.after) == ({"name": "Sales"}, {"name": "Sales North"})
    assert event.customer is None


def test_the_same_key_is_answered_as_before_and_changes_nothing(sales, alice):
    rename(alice, sales, "North", key="k1")
    rename(alice, sales, "South")
    again = rename(alice, sales, "North", key="k1")
    assert again.name == "South"  # as it is now; the old request is not done a second time
    assert Event.objects.filter(verb=VERB).count() == 2


def test_the_same_key_with_another_request_is_refused(sales, alice):
    rename(alice, sales, "North", key="k1")
    with pytest.raises(KeyReused):
        rename(alice, sales, "East", key="k1")


def test_a_key_is_one_persons(sales, alice, bob):
    rename(alice, sales, "North", key="k1")
    assert rename(bob, sales, "East", key="k1").name == "East"


@pytest.mark.django_db(transaction=True)
def test_two_at_once_with_one_key_change_once(sales, alice):
    def go():
        try:
            rename(alice, Department.objects.get(pk=sales.pk), "North", key="k1")
        finally:
            connection.close()

    both = [threading.Thread(target=go) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert Event.objects.filter(verb=VERB).count() == 1


def test_consumers_are_handed_what_they_want_in_order(sales, alice, handled):
    for name in ("A", "B", "C"):
        rename(alice, sales, name)
    events.record(alice, "department.praised", sales)
    work_off("platform")
    assert handled == ["A", "B", "C"]
    work_off("platform")
    assert handled == ["A", "B", "C"]
    assert not OutboxEntry.objects.exists()


def test_what_cannot_be_handled_waits_and_holds_up_nobody(sales, alice, handled):
    for name in ("A", "Bad", "C"):
        rename(alice, sales, name)
    work_off("platform")
    assert handled == ["A", "C"]
    left = OutboxEntry.objects.get()
    assert (left.event.after, left.attempts, left.error) == ({"name": "Bad"}, 1, "ValueError")


def test_a_change_that_is_rolled_back_leaves_no_event(sales, alice, handled):
    with transaction.atomic():
        rename(alice, sales, "North")
        transaction.set_rollback(True)
    assert not Event.objects.filter(verb=VERB).exists()
    assert not OutboxEntry.objects.exists()


def test_events_can_be_handed_over_again_from_nothing(sales, alice, handled):
    for name in ("A", "B"):
        rename(alice, sales, name)
    work_off("platform")
    consumer = next(one for one in registry.declared("consumers") if one.name == "test.names")
    assert events.replay(consumer) == 2
    work_off("platform")
    assert handled == ["A", "B", "A", "B"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["", "1", "2", "3"]))))
def test_requests_sent_again_change_as_if_sent_once(sales, alice, requests):
    """Whatever is sent twice under one key counts once, as a dictionary of keys would have it."""
    with transaction.atomic():
        done, seen = [], {}
        for name, key in requests:
            try:
                rename(alice, sales, name, key=key)
            except KeyReused:
                assert seen[key] != name
                continue
            if not key or key not in seen:
                done.append(name)
            if key:
                assert seen.setdefault(key, name) == name
        found = Event.objects.filter(verb=VERB).order_by("id")
        assert [one.after["name"] for one in found] == done
        transaction.set_rollback(True)
