"""The site removes old runs, rows and folders, and keeps those that something refers to."""

from datetime import timedelta

import pytest
from api_client import Program
from django.urls import reverse
from django.utils import timezone
from grading import run_now

import kefen
from kefen.run import open_run
from kefen_crm.customers.models import Customer
from kefen_crm.evaluation.models import Study
from kefen_crm.gateway.settings import change
from kefen_crm.grading.actions import set_override
from kefen_crm.grading.models import CustomerClass, Run, Scheme
from kefen_crm.grading.retention import clear_runs
from kefen_crm.operations.actions import keep_time
from kefen_crm.operations.models import Event


@pytest.fixture
def runs(graded, settings):
    """Six runs of ABC on six days, the last in force; one is kept."""
    change(settings.KEFEN_DATA, {"runs_kept": 1})
    days = [f"2026-01-0{day}" for day in range(2, 7)]
    return [graded["abc"], *(run_now("abc", day) for day in days)]


def folder(settings, run):
    return settings.KEFEN_DATA / "runs" / run.engine_id


def later(days=2):
    return timezone.now() + timedelta(days=days)


def left():
    return set(Run.objects.filter(version__scheme__name="abc").values_list("pk", flat=True))


def test_nothing_of_the_last_day_goes(runs):
    assert clear_runs().runs == {}


def test_old_runs_go_with_their_folders(runs, settings):
    classes = CustomerClass.objects.count()
    cleared = clear_runs(later())
    assert cleared.runs == {"abc": 4}
    assert left() == {runs[4].pk, runs[5].pk}  # in force, and the one before it
    assert [folder(settings, run).exists() for run in runs] == [False] * 4 + [True] * 2
    assert CustomerClass.objects.count() == classes


def test_what_something_refers_to_stays(runs, alice):
    first, second, third, fourth = runs[:4]
    Study.objects.create(kind=Study.Kind.SCORECARD, asked={"run": second.pk})
    Program(alice).get(f"/runs/{fourth.pk}/comparison?since={third.pk}")
    customer = Customer.objects.get(code="C3")
    set_override(alice, customer, Scheme.objects.get(name="abc"), "A", "signed a contract")
    clear_runs(later())
    assert left() == {run.pk for run in runs} - {first.pk}


def test_the_last_run_of_each_published_version_stays(runs, bob):
    abc = Scheme.objects.get(name="abc")
    document = abc.current.document | {"title": {"zh": "新", "en": "New"}}
    program = Program(bob)
    program.post("/schemes", {"document": document, "reason": "title"}, 201)
    newer = [run_now("abc", f"2026-01-0{day}") for day in (7, 8, 9)]
    clear_runs(later())
    assert left() == {runs[5].pk, newer[1].pk, newer[2].pk}


def test_a_run_that_is_being_looked_at_stays(runs, settings):
    with kefen.open(settings.KEFEN_DATA) as ledger:
        held = open_run(ledger, runs[1].engine_id)
        clear_runs(later())
        assert held.classes.to_polars().height == 5
    assert left() == {runs[1].pk, runs[4].pk, runs[5].pk}


def test_the_clock_does_it_and_the_page_tells(runs, sign_in, alice, monkeypatch):
    monkeypatch.setattr("kefen_crm.operations.actions.back_up", lambda _reason: None)
    moment = later().replace(hour=22)
    keep_time(moment)
    event = Event.objects.get(kind="runs")
    assert event.data["runs"] == {"abc": 4}
    page = sign_in(alice).get(reverse("operations:settings")).content.decode()
    assert "Old runs removed" in page
    assert "abc: 4" in page
