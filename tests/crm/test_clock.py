"""The clock: done once however often it ticks, whatever outage there was."""

import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen_crm.platform import clock, registry
from kefen_crm.platform.models import Confirmation, Effect, Event, Tick
from kefen_crm.platform.parts import ClockJob
from kefen_crm.platform.registry import Plugin

BEFORE = datetime(2026, 9, 29, 23, tzinfo=UTC)  # the 30th, 7:00 in Shanghai
DAY = timedelta(days=1)
MANY = 10_000


class Log:
    """Jobs that write down what they did: in the database, so that it goes when they fail."""

    def __init__(self):
        self.failing = False
        self.population = 1_000
        self.falling = lambda day: {"customer:1": day.isoformat()}
        self.jobs = (
            ClockJob("test.recycle", self.recycle),
            ClockJob("test.birthday", self.birthday, kind="reminder", grace_days=0),
            ClockJob("test.remind", self.remind, kind="reminder"),
            ClockJob("test.look", self.look, every="half-hour"),
        )
        self.looks = 0

    def recycle(self, due):
        found = due.targets("recycle", self.falling(due.day), population=self.population)
        self.write("recycled", found)
        if self.failing:
            raise RuntimeError

    def birthday(self, due):
        self.write("congratulated", due.targets("birthday", self.falling(due.day), population=MANY))

    def remind(self, due):
        self.write("reminded", due.targets("remind", self.falling(due.day), population=MANY))

    def look(self, due):
        self.looks += 1

    def write(self, verb, targets):
        for target in targets:
            Event.objects.create(verb=verb, object_type="test", object_id=target)

    def done(self, verb):
        return Event.objects.filter(verb=verb).count()


@pytest.fixture
def jobs(db, monkeypatch):
    log = Log()
    plugin = Plugin(clock_jobs=log.jobs)
    monkeypatch.setattr(registry, "plugins", lambda: (plugin,))
    return log


@contextmanager
def undone():
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def outcomes(job):
    return {one.day.day: one.outcome for one in Tick.objects.filter(job=job)}


def test_a_day_is_done_once(jobs):
    month = [(date(2026, 8, 28), 5), (date(2026, 8, 29), 5), (date(2026, 8, 1), 0)]
    for day, slot in month:
        Tick.objects.create(job="test.past", day=day, slot=slot)
    for minutes in (0, 29, 30, 45, 60, 23 * 60 + 30):
        clock.tick(BEFORE + timedelta(minutes=minutes))
    assert [jobs.done(verb) for verb in ("recycled", "congratulated", "reminded")] == [2, 2, 2]
    assert jobs.looks == 4
    slots = Tick.objects.filter(job="test.look").order_by("day", "slot")
    assert list(slots.values_list("day__day", "slot")) == [(30, 14), (30, 15), (30, 16), (1, 13)]
    assert outcomes("test.recycle") == {30: "done", 1: "done"}
    # Half hours are forgotten after 31 days: by the 30th of September those of the 29th of August.
    assert list(Tick.objects.filter(job="test.past").values_list("day", "slot")) == month[2:]


def test_a_day_does_not_begin_before_its_hour(jobs):
    clock.tick(datetime(2026, 9, 30, 21, 59, tzinfo=UTC))  # the 1st, 5:59 in Shanghai
    assert outcomes("test.recycle") == {30: "done"}
    clock.tick(datetime(2026, 9, 30, 22, tzinfo=UTC))
    assert outcomes("test.recycle") == {30: "done", 1: "done"}


def test_nine_days_outage_across_the_national_day(jobs):
    """The 1st to the 9th of October are not done until the 9th, 10:00 in Shanghai."""
    clock.tick(BEFORE)
    clock.tick(datetime(2026, 10, 9, 2, tzinfo=UTC))
    # What changes something ran once more, as of the 9th.
    assert jobs.done("recycled") == 2
    assert outcomes("test.recycle") == {30: "done", 9: "done"} | dict.fromkeys(
        range(1, 9), "covered"
    )
    # Reminders of the last two days and of today were made, those before noted and not made.
    assert jobs.done("reminded") == 1 + 3
    assert outcomes("test.remind") == (
        {30: "done"} | dict.fromkeys(range(1, 7), "missed") | {7: "done", 8: "done", 9: "done"}
    )
    assert jobs.done("congratulated") == 1 + 1
    missed = Effect.objects.filter(rule="birthday", missed=True).values_list(
        "occurrence", flat=True
    )
    assert set(missed) == {f"2026-10-0{d}" for d in range(1, 9)}
    clock.tick(datetime(2026, 10, 9, 2, 30, tzinfo=UTC))
    assert jobs.done("reminded") == 4


@pytest.mark.django_db(transaction=True)
def test_two_processes_tick_at_once(jobs):
    """Two threads on connections of their own, each a tick of the same half hour, many times."""
    start = threading.Barrier(2)
    faults = []

    def go():
        try:
            for days in range(8):
                start.wait(timeout=60)
                clock.tick(BEFORE + days * DAY)
        except Exception as error:
            faults.append(error)
            start.abort()
        finally:
            connection.close()

    both = [threading.Thread(target=go) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert faults == []
    # Whoever found a job taken left it: what is still open the next tick does.
    clock.tick(BEFORE + 7 * DAY)
    effects = Counter(Effect.objects.values_list("rule", flat=True))
    assert effects == {"recycle": 8, "birthday": 8, "remind": 8}
    assert [jobs.done(verb) for verb in ("recycled", "congratulated", "reminded")] == [8, 8, 8]


def test_a_job_that_fails_leaves_nothing_and_is_tried_again(jobs, caplog):
    jobs.failing = True
    clock.tick(BEFORE)
    assert (jobs.done("recycled"), jobs.done("reminded")) == (0, 1)
    turn = Tick.objects.get(job="test.recycle")
    assert (turn.done_at, turn.attempts, turn.error) == (None, 1, "RuntimeError")
    assert "The clock's test.recycle of 2026-09-30 failed" in caplog.text
    jobs.failing = False
    clock.tick(BEFORE + timedelta(minutes=30))
    assert (jobs.done("recycled"), jobs.done("reminded")) == (1, 1)
    turn.refresh_from_db()
    assert (turn.outcome, turn.attempts, turn.error) == ("done", 2, "")
    assert clock.permit_of(turn.job) == "operate"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 200), min_size=1, max_size=8), st.data())
def test_whatever_the_outages_nothing_is_doubled_and_nothing_lost(jobs, gaps, data):
    """Ticks come after so many half hours each; some of them fail on the way."""
    with undone():
        now = BEFORE
        clock.tick(now)
        for gap in gaps:
            now += timedelta(minutes=30 * gap)
            jobs.failing = data.draw(st.booleans())
            clock.tick(now)
        jobs.failing = False
        clock.tick(now)
        local = now + timedelta(hours=8)
        last = local.date() - (DAY if local.time() < time(6) else timedelta(0))
        days = {(date(2026, 9, 30) + DAY * n) for n in range((last - date(2026, 9, 30)).days + 1)}
        for rule, verb in (("birthday", "congratulated"), ("remind", "reminded")):
            noted = Effect.objects.filter(rule=rule)
            assert {one.occurrence for one in noted} == {str(day) for day in days}
            assert jobs.done(verb) == noted.filter(missed=False).count()
        turns = Tick.objects.filter(job="test.recycle")
        assert {one.day for one in turns} == days
        assert not turns.filter(done_at=None).exists()
        assert jobs.done("recycled") == Effect.objects.filter(rule="recycle").count()


@pytest.mark.parametrize(
    ("touching", "population", "asks"),
    [(50, 100, False), (51, 100, True), (51, 1_020, False), (52, 1_020, True)],
)
def test_a_rule_about_to_touch_many_stops_and_asks(jobs, touching, population, asks):
    jobs.population = population
    jobs.falling = lambda day: {f"customer:{n}": "2026-09" for n in range(touching)}
    clock.tick(BEFORE)
    assert jobs.done("recycled") == (0 if asks else touching)
    assert Confirmation.objects.filter(rule="recycle").exists() is asks
    assert Event.objects.filter(verb="rule.asked").exists() is asks


@pytest.mark.parametrize(("decision", "touched"), [("go", 60), ("not", 0)])
def test_it_goes_on_when_that_is_decided(jobs, decision, touched, bob):
    jobs.population = 100
    jobs.falling = lambda day: {f"customer:{n}": "2026-09" for n in range(60)}
    clock.tick(BEFORE)
    clock.tick(BEFORE + timedelta(minutes=30))
    assert outcomes("test.recycle") == {30: ""}
    Confirmation.objects.filter(rule="recycle").update(decision=decision, by=bob)
    clock.tick(BEFORE + timedelta(minutes=60))
    assert (jobs.done("recycled"), outcomes("test.recycle")) == (touched, {30: "done"})
    assert Confirmation.objects.filter(rule="recycle").count() == 1
    clock.tick(BEFORE + DAY)  # undone, so it asks again the next day
    assert Confirmation.objects.filter(rule="recycle").count() == (1 if touched else 2)


def test_a_decision_is_about_as_many_as_were_told(jobs, bob):
    """51 of 100 stop and ask; 50 more than was decided about go on, 51 more ask anew."""
    jobs.population = 100
    asked = Confirmation.objects.filter(rule="recycle")

    def tick(minutes, number):
        jobs.falling = lambda day: {f"customer:{n}": "2026-09" for n in range(number)}
        clock.tick(BEFORE + timedelta(minutes=minutes))
        return jobs.done("recycled"), list(asked.values_list("touching", "decision"))

    assert tick(0, 51) == (0, [(51, "")])
    assert tick(30, 60) == (0, [(60, "")])  # it tells how many there are by now
    asked.update(decision="go", by=bob)
    assert tick(60, 111) == (0, [(111, "")])
    assert Event.objects.filter(verb="rule.asked").count() == 2
    asked.update(decision="go", by=bob)
    assert tick(90, 161) == (161, [(111, "go")])


def test_a_machine_whose_clock_was_years_ahead_goes_on(jobs):
    clock.tick(BEFORE)
    clock.tick(BEFORE + 4_000 * DAY)
    for number in (1, 2):  # the clock is right again
        clock.tick(BEFORE + number * DAY)
    days = Tick.objects.filter(job="test.recycle", outcome="done").order_by("day")
    assert [one.day for one in days] == [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 2)]
    clock.tick(BEFORE + DAY)  # an hour or a day back changes nothing
    assert days.count() == 3
