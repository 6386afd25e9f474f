"""The working calendar on the site: hours, a day turned round, a year taken over."""

import json
from datetime import date, datetime, timedelta

import pytest
from api_client import Program
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from kefen_crm.platform.calendar import current, load
from kefen_crm.platform.models import CalendarDay, Event
from kefen_crm.workdays import actions
from kefen_crm.workdays.forms import read, written

PAGE, DAY, YEAR = (reverse(f"workdays:{name}") for name in ("settings", "day", "import_year"))
WEEK = {f"day{weekday}": "9:00–12:00 13:30–18:00" for weekday in range(5)}


@pytest.fixture
def calendar(db):
    """As at the first start, with the years 2025 and 2026."""
    actions.install()
    for year in (2025, 2026):
        actions.take_over(year)


def test_only_administrators_change_it(calendar, ledger, bob, alice, sign_in):
    for browser, status in ((sign_in(bob), 403), (sign_in(alice), 302)):
        assert browser.get(PAGE).status_code == (403 if status == 403 else 200)
        assert browser.post(PAGE, WEEK).status_code == status
        assert browser.post(DAY, {"day": "2026-10-10"}).status_code == status
        assert browser.post(YEAR, {"year": "2026"}).status_code == status
    settings = sign_in(alice).get(reverse("operations:settings")).content.decode()
    assert f'href="{PAGE}"' in settings


def test_hours_are_set_for_each_weekday(calendar, alice, sign_in):
    assert sign_in(alice).post(PAGE, WEEK | {"day5": "0900-1200"}).status_code == 302
    hours = load().hours
    assert hours[0] == ((540, 720), (810, 1080))
    assert hours[5:] == (((540, 720),), ())
    changed = Event.objects.filter(verb="working_hours.changed", actor=alice)
    assert changed.count() == 6  # Monday to Saturday


def test_a_week_without_hours_is_refused(calendar, alice, sign_in):
    page = sign_in(alice).post(PAGE, {})
    assert page.status_code == 422
    assert "At least one weekday needs working hours." in page.content.decode()
    assert load().is_workday(date(2026, 11, 27))


@pytest.mark.parametrize(
    ("text", "intervals"),
    [
        ("9-12, 13:30～18", ((540, 720), (810, 1080))),
        ("９：００至１２：００；13:00到24:00", ((540, 720), (780, 1440))),
        ("", ()),
    ],
)
def test_hours_are_read_as_people_write_them(text, intervals):
    assert read(text) == intervals
    assert read(written(intervals)) == intervals


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("9:00-25:00", "“9:00-25:00” is no time of a day."),
        ("9:00-9:75", "“9:00-9:75” is no time of a day."),
        ("18:00-9:00", "“18:00-9:00” ends before it begins."),
        ("9-12 11-18", "“11-18” begins before the one before it ends."),
        ("mornings", "“mornings” cannot be read. Write hours like 9:00–12:00 13:00–18:00."),
    ],
)
def test_what_is_wrong_with_hours_is_told(text, fault):
    with pytest.raises(ValidationError) as refused:
        read(text)
    assert refused.value.messages == [fault]


def test_a_day_is_turned_round_and_back(calendar, alice, sign_in):
    browser = sign_in(alice)
    for worked in (False, True):
        answer = browser.post(DAY, {"day": "2026-10-10"}, headers={"HX-Request": "true"})
        assert 'id="year"' in answer.content.decode()
        assert load().is_workday(date(2026, 10, 10)) is worked
    assert browser.post(DAY, {"day": "2026-02-30"}).status_code == 422
    assert browser.post(DAY, {"day": "1066-10-14"}).status_code == 302
    assert not CalendarDay.objects.filter(source="person").exists()


def test_what_a_person_set_outlives_a_year_taken_over(calendar, alice):
    actions.change_day(alice, date(2026, 10, 1))
    actions.import_year(alice, 2026)
    assert load().is_workday(date(2026, 10, 1))
    assert not load().is_workday(date(2026, 10, 2))


def test_a_year_that_was_provisional_is_taken_over_once_announced(db, monkeypatch):
    this = timezone.localdate().year
    known = {this - 2, this - 1}
    monkeypatch.setattr(actions, "announced", known.__contains__)
    actions.install()
    provisional = CalendarDay.objects.filter(provisional=True)
    assert set(provisional.values_list("date__year", flat=True)) == {this, this + 1}
    known.add(this)
    actions.keep_up()
    assert set(provisional.values_list("date__year", flat=True)) == {this + 1}


def test_the_page_shows_the_year(calendar, alice, sign_in):
    page = sign_in(alice).get(PAGE, {"year": "2026"}).content.decode()
    # 261 weekdays, less 19 that are holidays or made up for, and 6 make-up days at weekends.
    assert "248 working days" in page
    assert "2026-10-10: working day, make-up working day" in page
    assert "2026-10-03: day off, National Day" in page
    assert "2026-10-04: day off, weekend beside a holiday" in page
    assert "provisional" not in page
    actions.take_over(2099)
    assert "provisional" in sign_in(alice).get(PAGE, {"year": "2099"}).content.decode()
    chinese = sign_in(alice).get(PAGE, {"year": "2026"}, headers={"Accept-Language": "zh"})
    assert "国庆节" in chinese.content.decode()


def test_a_request_reads_the_calendar_once(calendar, alice, sign_in):
    browser = sign_in(alice)
    with CaptureQueriesContext(connection) as queries:
        browser.get(PAGE)
    read_pattern = [one for one in queries if "platform_workpattern" in one["sql"]]
    assert len(read_pattern) == 1


def test_the_days_are_those_of_the_companys_zone(calendar):
    late = datetime(2026, 11, 27, 23, tzinfo=timezone.get_default_timezone())
    assert current().today(late + timedelta(hours=1)) == date(2026, 11, 28)


def test_a_program_reads_and_sets_the_calendar(calendar, alice, carol):
    reader, operator = Program(carol), Program(alice)
    days = reader.get("/calendar?since=2026-09-30&until=2026-10-10")
    # 1 to 7 October are off; 10 October, a Saturday, makes up for one of them.
    assert [one["day"][-2:] for one in days if one["worked"]] == ["30", "08", "09", "10"]
    assert days[-1] == {"day": "2026-10-10", "worked": True, "differs": True}
    assert [one["day"] for one in reader.get("/calendar?since=9999-12-30")][-1] == "9999-12-31"

    def put(path, body, status=200):
        more = {"data": json.dumps(body), "content_type": "application/json"}
        return operator.ask("PUT", f"/calendar/{path}", status, **more)

    for _time in range(2):  # said again it stays so
        assert put("days/2026-09-30", {"worked": False})["worked"] is False
    week = ["9:00–12:00  13:30–18:00"] * 5 + ["", ""]
    assert put("hours", {"hours": week}) == {"hours": week} == reader.get("/calendar/hours")
    refused = put("hours", {"hours": ["from nine"] + [""] * 6}, 422)
    assert refused["errors"][0]["pointer"] == "/hours"
    assert operator.post("/calendar/years/2026", {}) == {"year": 2026, "announced": True}
