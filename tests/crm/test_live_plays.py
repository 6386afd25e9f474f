"""Plays between runs: on the company of the tests C3, Carol's, is C with 400; B begins at 1,500 and
A at 8,000."""

from datetime import UTC, datetime, timedelta

import pytest
from grading import run_now

from jobs import work_off
from kefen_crm.activities.actions import snooze
from kefen_crm.activities.models import Task
from kefen_crm.customers.models import Customer
from kefen_crm.grading import queries as grading
from kefen_crm.grading.models import CustomerClass, Scheme
from kefen_crm.noted_facts import actions as noted
from kefen_crm.platform import clock, rules
from kefen_crm.platform.events import deliver
from kefen_crm.platform.models import Event, RuleDocument
from kefen_crm.playbooks import live_plays, plays
from kefen_crm.playbooks.document import PLAYBOOK
from kefen_crm.playbooks.models import LivePlay
from kefen_crm.rules.actions import publish, save

ORDER = {"ordered_on": "2025-12-01", "amount": "5000"}
RULES = [
    {"name": "key", "scope": {"scheme": "abc", "classes": ["A"]}, "rising": {"title": "Welcome"}},
    {"name": "middle", "scope": {"scheme": "abc", "classes": ["B"]}, "rising": {"title": "Call"}},
    {"name": "rest", "scope": {"scheme": "abc", "classes": ["C"]}, "falling": {"title": "Win"}},
]


@pytest.fixture
def acme(graded, alice):
    """C3, once the playbook is in force and the queue is empty."""
    save(alice, rules.kinds()[PLAYBOOK], {"rules": RULES})
    publish(alice, rules.kinds()[PLAYBOOK], "as agreed")
    RuleDocument.objects.update(at=datetime(2025, 1, 1, tzinfo=UTC))
    for room in ("grading", "live", "playbooks"):
        work_off(room)
    return Customer.objects.get(code="C3")


def follow():
    """What the worker does of the quick queue when something was noted."""
    deliver("live")
    work_off("playbooks")


def tasks(state=None):
    """The tasks of plays by when they were planned: title and state."""
    found = Task.objects.filter(origin__startswith="play.").order_by("pk")
    return list((found.filter(state=state) if state else found).values_list("title", "state"))


def ticked():
    job = next(one for one in clock.declared("clock_jobs") if one.name == "playbooks.plays")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(clock, "declared", lambda _kind: [job])
        ticked.at += timedelta(minutes=31)
        clock.tick(ticked.at)


ticked.at = datetime(2027, 1, 5, 4, tzinfo=UTC)


def test_a_live_move_begins_its_play_once_and_moving_back_calls_it_off(acme, carol, sign_in):
    fact = noted.note(carol, acme, "orders", ORDER)
    follow()
    assert tasks() == [("Call", "open")]
    [play] = LivePlay.objects.all()
    event = Event.objects.get(verb="order.noted")
    assert (play.task.owner, play.task.told["from"], play.task.told["to"]) == (carol, "C", "B")
    assert play.facts == event.at
    assert play.facts <= play.classed <= play.planned
    follow()
    live_plays.follow()
    assert tasks() == [("Call", "open")]
    page = sign_in(carol).get("/playbooks/").content.decode()
    assert "Begun between runs" in page

    noted.correct(carol, fact, ORDER | {"amount": "9000"})  # on to A
    follow()
    assert tasks() == [("Call", "cancelled"), ("Welcome", "open")]
    noted.withdraw(carol, fact)
    follow()
    assert tasks("open") == []
    noted.note(carol, acme, "orders", ORDER)  # and up once more
    follow()
    assert tasks("open") == [("Call", "open")]


def test_what_somebody_began_stays(acme, carol):
    fact = noted.note(carol, acme, "orders", ORDER)
    follow()
    task = Task.objects.get(origin="play.rising")
    snooze(carol, task, task.due_on + timedelta(days=1))
    noted.withdraw(carol, fact)
    follow()
    noted.note(carol, acme, "orders", ORDER)
    follow()
    assert tasks() == [("Call", "open")]


def landed(day):
    """A run as of a day, on what was noted."""
    work_off("platform")
    run_now("abc", day)
    work_off("playbooks")


def test_the_next_run_takes_it_over_and_begins_none_beside_it(acme, carol):
    noted.note(carol, acme, "orders", ORDER)
    follow()
    scheme = Scheme.objects.get(name="abc")
    for day in ("2026-01-02", "2026-01-02"):
        landed(day)
        ticked()
        of_acme = Task.objects.filter(origin__startswith="play.", customer=acme)
        assert list(of_acme.values_list("title", "state")) == [("Call", "open")]
        run = grading.in_force(scheme)
        [play] = LivePlay.objects.all()
        play.task.refresh_from_db()
        assert (play.held, play.task.occurrence) == (True, f"{scheme.pk}.2026-01-02")
    assert play.task.told["run"] == run.pk or play.task.told["to"] == "B"


def test_a_run_that_says_otherwise_calls_it_off(acme, carol):
    noted.note(carol, acme, "orders", ORDER)
    follow()
    CustomerClass.objects.filter(customer=acme).update(live=None, run_key=None, class_key="C")
    run = grading.in_force(Scheme.objects.get(name="abc"))
    LivePlay.objects.update(run=run.version.runs.create(version=run.version, as_of=run.as_of))
    live_plays.follow()
    assert tasks() == [("Call", "cancelled")]
    assert LivePlay.objects.get().held is False


def test_many_moves_at_once_are_left_to_the_run(acme, carol, monkeypatch):
    monkeypatch.setattr(plays, "FEW", 0)
    noted.note(carol, acme, "orders", ORDER)
    follow()  # one of five is more than 5 %
    assert tasks() == []
    RuleDocument.objects.update(at=datetime(2099, 1, 1, tzinfo=UTC))
    monkeypatch.undo()
    live_plays.follow()  # nor what moved before there was a playbook
    assert tasks() == []


def test_who_is_back_before_anybody_began_asks_for_nothing(acme, bob, dave):
    big = ORDER | {"amount": "100000"}
    fact = noted.note(bob, Customer.objects.get(code="C1"), "orders", big)
    landed("2026-01-02")
    ticked()
    assert tasks() == [("Win", "open")]  # C2, whose share is small now, fell from B to C
    noted.withdraw(bob, fact)
    for day in ("2026-01-03", "2026-01-03", "2026-01-04"):
        landed(day)
        ticked()
        assert tasks() == [("Win", "cancelled")]
    noted.note(dave, Customer.objects.get(code="C2"), "orders", ORDER | {"amount": "9000"})
    landed("2026-01-05")
    ticked()
    assert ("Welcome", "open") in tasks("open")  # a move of its own
