"""Runs by the clock. The business time zone is Asia/Shanghai, eight hours ahead of UTC."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from jobs import queued
from kefen_crm.customers.models import Customer
from kefen_crm.grading import actions, tasks
from kefen_crm.grading.due_dates import last_due, next_due
from kefen_crm.grading.models import Run, Schedule, Scheme
from kefen_crm.grading.models.runs import EXECUTE
from kefen_crm.platform.models import Event

MONDAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in Shanghai


@pytest.fixture
def abc(graded):
    return Scheme.objects.select_related("current").get(name="abc")


def at(text):
    """A moment in Shanghai."""
    return datetime.fromisoformat(f"{text}+08:00")


def tick(text):
    """The clock strikes; the names of the schemes whose runs were queued by it."""
    before = set(Run.objects.values_list("pk", flat=True))
    tasks.run_due_schedules(int(at(text).timestamp()))
    fresh = Run.objects.exclude(pk__in=before)
    names = sorted(fresh.values_list("version__scheme__name", flat=True))
    fresh.update(status=Run.Status.FINISHED)
    return names


@pytest.mark.parametrize(
    ("rhythm", "last", "following"),
    [
        ({"rhythm": "daily", "hour": 2}, "2026-03-02T02:00", "2026-03-03T02:00"),
        ({"rhythm": "daily", "hour": 12}, "2026-03-02T12:00", "2026-03-03T12:00"),
        ({"rhythm": "daily", "hour": 13}, "2026-03-01T13:00", "2026-03-02T13:00"),
        ({"rhythm": "weekly", "hour": 6, "weekday": 6}, "2026-03-01T06:00", "2026-03-08T06:00"),
        ({"rhythm": "monthly", "hour": 0, "day": 31}, "2026-02-28T00:00", "2026-03-31T00:00"),
        ({"rhythm": "monthly", "hour": 0, "day": 2}, "2026-03-02T00:00", "2026-04-02T00:00"),
    ],
)
def test_when_it_falls_due(rhythm, last, following):
    schedule = Schedule(**rhythm)
    assert (last_due(schedule, MONDAY), next_due(schedule, MONDAY)) == (at(last), at(following))


def test_without_a_rhythm_it_never_falls_due():
    assert last_due(Schedule(), MONDAY) is None
    assert next_due(Schedule(), MONDAY) is None


def test_it_is_run_at_its_hour_and_once(abc, bob):
    actions.set_schedule(bob, abc, MONDAY, "daily", hour=2)
    assert tick("2026-03-02T23:00") == []
    assert tick("2026-03-03T02:00") == ["abc"]
    assert tick("2026-03-03T02:30") == []
    assert tick("2026-03-04T02:00") == ["abc"]


def test_what_was_missed_is_caught_up_once(abc, bob):
    actions.set_schedule(bob, abc, MONDAY, "daily", hour=2)
    assert tick("2026-03-20T17:00") == ["abc"]
    assert tick("2026-03-20T18:00") == []
    assert tick("2026-03-21T02:00") == ["abc"]


def test_what_is_due_together_reads_the_facts_once(abc, bob):
    for scheme in Scheme.objects.filter(name__in=["abc", "rfm"]).select_related("current"):
        actions.set_schedule(bob, scheme, MONDAY, "weekly", hour=2, weekday=1)
    assert tick("2026-03-03T02:00") == ["abc", "rfm"]
    runs = [job for job in queued("grading") if job.task_name == EXECUTE]
    assert [len(job.args["runs"]) for job in runs] == [2]


def test_a_scheme_that_imports_do_not_set_off(abc, bob):
    actions.set_schedule(bob, abc, MONDAY, "weekly", on_import=False)
    names = {run.scheme.name for run in actions.grade_after_import()}
    assert "abc" not in names
    assert "rfm" in names
    assert "abc" in {run.scheme.name for run in actions.grade_all(bob)}


def test_changing_it_is_kept_in_the_history(abc, bob):
    actions.set_schedule(bob, abc, MONDAY, "daily")
    changed = actions.set_schedule(bob, abc, MONDAY, "monthly", day=15)
    assert [one.rhythm for one in changed.history.all()] == ["monthly", "daily"]
    first, second = Event.objects.filter(verb="schedule.set", actor=bob).order_by("id")
    usual = {"hour": 2, "weekday": 0, "day": 1, "on_import": True}
    assert (first.before, first.after) == (None, {"rhythm": "daily"} | usual)
    assert second.before == first.after
    assert second.after == usual | {"rhythm": "monthly", "day": 15}
    tick("2026-03-15T02:00")
    assert changed.history.count() == 2


@pytest.mark.parametrize("bad", [{"hour": 24}, {"day": 0}, {"day": 32}, {"weekday": 7}])
def test_hours_and_days_there_are_not(abc, bob, bad):
    with pytest.raises(ValidationError):
        actions.set_schedule(bob, abc, MONDAY, "daily", **bad)
    with pytest.raises(ValidationError):
        actions.set_schedule(bob, abc, MONDAY, "yearly")


@pytest.mark.parametrize("who", ["carol", "erin"])
def test_representatives_and_readers_may_not(who, abc, request):
    with pytest.raises(PermissionDenied):
        actions.set_schedule(request.getfixturevalue(who), abc, MONDAY, "daily")
    assert not Schedule.objects.exists()


def test_the_clock_is_in_the_worker():
    from procrastinate.contrib.django import app

    periodic = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}
    assert periodic[actions.KEEP_TIME] == "0,30 * * * *"


def test_the_clock_ends_decisions_that_ran_out(abc, bob, monkeypatch):
    customer = Customer.objects.get(code="C3")
    made = actions.set_override(bob, customer, abc, "A", "Signed", timezone.localdate())
    moment = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    tasks.run_due_schedules(int(moment.timestamp()))
    made.refresh_from_db()
    assert not made.active
    assert customer.classes.get(scheme=abc).class_key == "C"
