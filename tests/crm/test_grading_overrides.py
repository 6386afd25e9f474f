"""Classes set by hand. On the company, ABC gives C1 A, C2 B, C3 and C5 C, C4 unrated."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict
from django.utils import timezone
from grading import run_now

from kefen_crm.customers.actions.standing import archive
from kefen_crm.customers.models import Customer
from kefen_crm.gateway import grading as engine
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import actions, queries
from kefen_crm.grading.models import CustomerClass, Override, Run, Scheme
from kefen_crm.platform.filters import narrowed
from kefen_crm.platform.models import Event


@pytest.fixture
def abc(graded):
    return Scheme.objects.select_related("current").get(name="abc")


@pytest.fixture
def c3(graded):
    return Customer.objects.get(code="C3")


def today(days=0):
    return timezone.localdate() + timedelta(days=days)


def now_of(code):
    return CustomerClass.objects.get(customer__code=code, scheme__name="abc")


def later(monkeypatch, days):
    """Have it be so many days later."""
    moment = timezone.now() + timedelta(days=days)
    monkeypatch.setattr(timezone, "now", lambda: moment)


def test_a_manager_sets_a_class(abc, c3, bob):
    made = actions.set_override(bob, c3, abc, "A", "Signed a contract", today(30))
    graded = now_of("C3")
    assert (graded.class_key, graded.computed_key) == ("A", "C")
    assert (graded.held_by, graded.override) == ("override", made)
    assert (made.computed_key, made.by, made.active) == ("C", bob, True)
    assert made.history.latest().history_type == "+"


def test_an_unrated_customer_can_be_set(abc, bob):
    actions.set_override(bob, Customer.objects.get(code="C4"), abc, "B", "Starts in spring")
    assert (now_of("C4").class_key, now_of("C4").computed_key) == ("B", None)


@pytest.mark.parametrize(
    ("key", "reason", "days", "field"),
    [("X", "Why", 1, "class_key"), ("A", " ", 1, "reason"), ("A", "Why", -1, "until")],
)
def test_what_is_refused(abc, c3, bob, key, reason, days, field):
    with pytest.raises(ValidationError) as refusal:
        actions.set_override(bob, c3, abc, key, reason, today(days))
    assert set(refusal.value.message_dict) == {field}
    assert now_of("C3").class_key == "C"


def test_who_takes_no_part_has_no_class_to_set(abc, c3, bob):
    now_of("C3").delete()
    with pytest.raises(ValidationError, match="takes no part"):
        actions.set_override(bob, c3, abc, "A", "Signed")


def told(verb):
    """Who did it, and what was before and after, of each event of a verb."""
    events = Event.objects.filter(verb=verb).select_related("actor").order_by("id")
    return [(one.actor, one.before, one.after) for one in events]


def test_setting_again_ends_what_was_set(abc, c3, bob, alice):
    first = actions.set_override(bob, c3, abc, "A", "Signed")
    second = actions.set_override(alice, c3, abc, "B", "Smaller than thought")
    first.refresh_from_db()
    assert (first.active, first.lifted_by, second.computed_key) == (False, alice, "C")
    assert (first.lift_reason, first.ended) == ("Smaller than thought", second.since)
    assert told("override.set") == [
        (who, {"class_key": "C"}, {"scheme": abc.pk, "class_key": key, "until": None})
        for who, key in ((bob, "A"), (alice, "B"))
    ]
    assert now_of("C3").class_key == "B"


def test_lifting_restores_the_computed_class(abc, c3, bob, alice):
    made = actions.set_override(bob, c3, abc, "A", "Signed")
    actions.lift_override(alice, made, "Fell through")
    graded = now_of("C3")
    assert (graded.class_key, graded.held_by, graded.override) == ("C", "", None)
    made.refresh_from_db()
    assert (made.lifted, made.lifted_by, made.lift_reason) == (True, alice, "Fell through")
    after = {"scheme": abc.pk, "class_key": "C"}
    assert told("override.lifted") == [(alice, {"class_key": "A"}, after)]
    with pytest.raises(ValidationError):
        actions.lift_override(alice, made, "Again")


def test_lifting_needs_a_reason(abc, c3, bob):
    made = actions.set_override(bob, c3, abc, "A", "Signed")
    with pytest.raises(ValidationError):
        actions.lift_override(bob, made, "")
    assert now_of("C3").class_key == "A"


def test_its_last_day_counts_and_the_day_after_restores(abc, c3, bob, monkeypatch):
    made = actions.set_override(bob, c3, abc, "A", "Signed", today(3))
    later(monkeypatch, 3)
    assert actions.expire_overrides() == 0
    assert now_of("C3").class_key == "A"
    later(monkeypatch, 1)
    assert actions.expire_overrides() == 1
    assert (now_of("C3").class_key, now_of("C3").held_by) == ("C", "")
    made.refresh_from_db()
    assert (made.active, made.lifted) == (False, False)
    assert timezone.localdate(made.ended) == made.until + timedelta(days=1)
    assert made.history.count() == 2
    after = {"scheme": abc.pk, "class_key": "C"}
    assert told("override.expired") == [(None, {"class_key": "A"}, after)]


def test_a_run_is_given_what_stands(abc, c3, bob):
    made = actions.set_override(bob, c3, abc, "A", "Signed", today(30))
    run = run_now("abc")
    assert run.overrides == [made.pk]
    assert {one["class"]: one["customers"] for one in run.counts}["A"] == 2
    assert (now_of("C3").class_key, now_of("C3").computed_key) == ("A", "C")
    assert now_of("C3").override == made
    actions.lift_override(bob, made, "Fell through")
    assert now_of("C3").class_key == "C"


def test_what_is_lifted_while_a_run_is_at_work_stays_lifted(abc, c3, bob, monkeypatch):
    from kefen_crm.grading.actions import runs

    made = actions.set_override(bob, c3, abc, "A", "Signed")
    record = runs._record

    def lifted_first(*args, **told):
        actions.lift_override(bob, made, "Fell through")
        record(*args, **told)

    monkeypatch.setattr(runs, "_record", lifted_first)
    run_now("abc")
    assert now_of("C3").class_key == "C"


def test_a_run_of_an_earlier_day_is_given_what_stood_then(abc, c3, bob):
    actions.set_override(bob, c3, abc, "A", "Signed")
    run = run_now("abc", "2025-07-01")
    assert run.overrides == []
    assert now_of("C3").class_key == "A"
    assert now_of("C3").previous_key == "C"


def test_a_class_the_scheme_has_no_more_does_not_count(abc, c3, bob):
    actions.set_override(bob, c3, abc, "C", "Fell through")
    document = dict(abc.current.document)
    renamed = [dict(one) for one in document["classes"]]
    renamed[2]["key"] = "D"
    actions.publish(bob, document | {"classes": renamed}, "D instead of C")
    run = run_now("abc")
    assert (run.status, run.overrides) == (Run.Status.FINISHED, [])
    assert (now_of("C3").class_key, now_of("C3").held_by) == ("D", "")


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_representatives_and_readers_may_not(who, abc, c3, bob, request):
    """Carol looks after C3, and still may not."""
    person = request.getfixturevalue(who)
    made = actions.set_override(bob, c3, abc, "A", "Signed")
    with pytest.raises(PermissionDenied):
        actions.set_override(person, c3, abc, "B", "Mine")
    with pytest.raises(PermissionDenied):
        actions.lift_override(person, made, "Mine")
    assert Override.objects.get().active


def test_the_day_of_the_facts_may_be_after_the_last_day(abc, c3, bob):
    """What stands today holds on the newest facts, of whatever day they are."""
    made = actions.set_override(bob, c3, abc, "A", "Signed", today())
    run = run_now("abc", (today(1)).isoformat())
    assert run.overrides == [made.pk]
    assert date.fromisoformat(str(run.as_of)) > made.until


def test_counts_follow_what_was_lifted_since_the_run(abc, c3, bob):
    """The run counted C3 with its 400 as A; lifted, it is C again."""
    made = actions.set_override(bob, c3, abc, "A", "Signed")
    run_now("abc")
    actions.lift_override(bob, made, "Fell through")
    [standing] = [one for one in queries.standings(bob) if one.scheme.pk == abc.pk]
    found = {one.key: (one.customers, one.value) for one in standing.tallies}
    assert found == {"A": (1, 8000), "B": (1, 1500), "C": (2, 500), "none": (1, 0)}
    assert sum(one.share_of_value for one in standing.tallies) == pytest.approx(1)


def test_counts_leave_out_whom_lists_leave_out(abc, c3, bob):
    """The run counted C3 with its 400 as C, C5 with its 100, and C4 as unrated."""
    actions.set_override(bob, c3, abc, "A", "Signed")
    for code in ("C3", "C4", "C5"):
        archive(bob, Customer.objects.get(code=code))
    [standing] = [one for one in queries.standings(bob) if one.scheme.pk == abc.pk]
    found = {one.key: (one.customers, one.value) for one in standing.tallies}
    assert found == {"A": (1, 8000), "B": (1, 1500), "C": (0, 0)}
    assert [one.share_of_value for one in standing.tallies] == pytest.approx([80 / 95, 15 / 95, 0])


def test_hysteresis_starts_from_the_run_of_an_earlier_day(abc, bob):
    """Repeated on a day, a run starts from where the first one did: here from nothing."""
    slow = abc.current.document | {"hysteresis": {"runs": 2}}
    actions.publish(bob, slow, "No sudden falls")
    first = run_now("abc", "2026-01-01")
    again = run_now("abc", "2026-01-01")
    later = run_now("abc", "2026-03-02")
    with opened() as ledger:
        before = {run: engine.open_run(ledger, run.engine_id).previous for run in (again, later)}
    assert first.status == again.status == later.status == Run.Status.FINISHED
    assert before == {again: None, later: again.engine_id}


def test_lists_are_narrowed_to_what_is_held(abc, c3, bob):
    actions.set_override(bob, c3, abc, "A", "Signed")
    held = narrowed(Customer.objects.all(), QueryDict("held=abc:override"))
    assert [one.code for one in held] == ["C3"]
    assert not narrowed(Customer.objects.all(), QueryDict("held=abc:cap"))
    assert not narrowed(Customer.objects.all(), QueryDict("held=abc:nothing"))
