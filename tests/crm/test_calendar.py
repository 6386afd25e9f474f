"""Working time: laws that hold for every calendar, and cases worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kefen_crm.platform.calendar import Calendar, NoWorkingHours, load
from kefen_crm.platform.models import CalendarDay
from kefen_crm.platform.public_holidays import announced, differing

SHANGHAI = ZoneInfo("Asia/Shanghai")


@cache
def office():
    """Monday to Friday, 9 to 12 and 13 to 18, and China's days off and make-up days."""
    return Calendar(SHANGHAI, days=differing(2025) | differing(2026))


def hours(number):
    return timedelta(hours=number)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@st.composite
def intervals(draw):
    marks = sorted(draw(st.sets(st.integers(0, 1440), min_size=2, max_size=6)))
    return tuple(zip(marks[::2], marks[1::2], strict=False))


@st.composite
def calendars(draw):
    week = draw(st.tuples(*[st.one_of(st.just(()), intervals())] * 7).filter(any))
    days = draw(st.dictionaries(st.dates(date(2026, 3, 1), date(2026, 4, 30)), st.booleans()))
    zone = draw(st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe"]))
    return Calendar(ZoneInfo(zone), week, days)


moments = st.integers(0, 50 * 24 * 3600).map(
    lambda seconds: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
durations = st.timedeltas(timedelta(0), timedelta(hours=60))


@settings(max_examples=60)
@given(calendars(), moments, durations)
def test_as_much_is_worked_as_was_added(calendar, start, work):
    assert calendar.worked(start, calendar.add(start, work)) == work


def test_a_shift_until_midnight_ends_there():
    late = Calendar(SHANGHAI, (((1200, 1440),),) * 7)
    begins, midnight = at("2026-03-02T20:00"), at("2026-03-03T00:00")
    assert late.worked(begins, midnight) == late.worked(begins, at("2026-03-03T20:00")) == hours(4)
    assert late.add(begins, hours(4)) == midnight
    assert late.add(begins, hours(5)) == at("2026-03-03T21:00")


@settings(max_examples=60)
@given(calendars(), moments, moments, moments)
def test_working_time_adds_up(calendar, a, b, c):
    assert calendar.worked(a, b) + calendar.worked(b, c) == calendar.worked(a, c)


@settings(max_examples=60)
@given(calendars(), moments, moments, durations, durations)
def test_later_and_longer_ends_no_sooner(calendar, a, b, work, more):
    first, last = sorted([a, b])
    assert calendar.add(first, work) <= calendar.add(last, work)
    assert calendar.add(first, work) <= calendar.add(first, work + more)
    assert timedelta(0) <= calendar.worked(first, last) <= last - first


@settings(max_examples=60)
@given(calendars(), st.dates(date(2026, 3, 1), date(2026, 4, 20)), st.integers(-20, 20))
def test_as_many_days_are_worked_as_were_added(calendar, day, n):
    there = calendar.add_workdays(day, n)
    assert calendar.is_workday(there) or n == 0
    if n >= 0:
        assert calendar.workdays(day, there) == n
    assert calendar.previous_workday(day) < day < calendar.next_workday(day)


@pytest.mark.parametrize(
    ("start", "work", "end"),
    [
        ("2026-11-27 11:00", 2, "2026-11-27 14:00"),  # across lunch
        ("2026-11-27 12:30", 1, "2026-11-27 14:00"),  # begun at lunch
        ("2026-11-27 17:00", 1, "2026-11-27 18:00"),  # until closing time, not until Monday
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),  # Friday to Monday
        ("2026-11-28 20:00", 8, "2026-11-30 18:00"),  # begun on a Saturday
        ("2026-11-28 20:00", 0, "2026-11-28 20:00"),  # nothing to do is done at once
        ("2026-10-10 10:00", 8, "2026-10-12 10:00"),  # Saturday the 10th is made up for
        ("2026-09-30 17:00", 2, "2026-10-08 10:00"),  # over the National Day 2026
        ("2025-09-28 09:00", 8, "2025-09-28 18:00"),  # Sunday the 28th is made up for
        ("2025-09-30 15:00", 4, "2025-10-09 10:00"),  # over National Day and Mid-Autumn 2025
    ],
)
def test_working_hours_are_added(start, work, end):
    assert office().add(at(start), hours(work)) == at(end)


def test_working_hours_between_two_moments():
    # 2025-09-30 is a Tuesday: 1 h to closing; 10-09 a Thursday, 10-10 a Friday, 8 h each;
    # Saturday the 11th is made up for: 3 h until noon.
    assert office().worked(at("2025-09-30 17:00"), at("2025-10-11 12:00")) == hours(1 + 8 + 8 + 3)
    assert office().worked(at("2026-10-01 00:00"), at("2026-10-08 00:00")) == hours(0)
    # A February of 28 days: 20 weekdays less the 16th to 20th and the 23rd, and the 14th and 28th.
    assert office().worked(at("2026-02-01 00:00"), at("2026-03-01 00:00")) == hours(16 * 8)


def test_the_national_day_2026():
    days = [date(2026, 9, 28) + timedelta(days=n) for n in range(14)]
    worked = [day.day for day in days if office().is_workday(day)]
    assert worked == [28, 29, 30, 8, 9, 10]
    assert office().next_workday(date(2026, 9, 30)) == date(2026, 10, 8)
    assert office().previous_workday(date(2026, 10, 8)) == date(2026, 9, 30)
    assert office().add_workdays(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert office().add_workdays(date(2026, 10, 12), -4) == date(2026, 9, 30)
    assert office().workdays(date(2026, 10, 12), date(2026, 9, 30)) == -4


def test_who_works_on_saturdays_is_off_on_the_weekend_of_a_holiday():
    week = (((540, 720), (780, 1080)),) * 6 + ((),)
    six_days = Calendar(SHANGHAI, week, differing(2026))
    assert [six_days.is_workday(date(2026, 10, day)) for day in (3, 10, 17)] == [False, True, True]


def test_a_day_made_up_for_has_the_hours_of_the_weekday_before():
    half = (((540, 720), (780, 1080)),) * 4 + (((540, 720),), (), ())
    short_fridays = Calendar(SHANGHAI, half, {date(2026, 10, 10): True})
    assert short_fridays.worked(at("2026-10-10 00:00"), at("2026-10-11 00:00")) == hours(3)
    mondays = Calendar(SHANGHAI, (((540, 720),), *((),) * 6), {date(2026, 10, 11): True})
    assert mondays.worked(at("2026-10-06 00:00"), at("2026-10-12 00:00")) == hours(3)


def test_an_hour_that_the_clock_leaps_over_is_not_worked():
    night = Calendar(ZoneInfo("America/New_York"), (((0, 1440),),) * 7)
    start = datetime(2026, 3, 8, tzinfo=night.zone)
    assert night.worked(start, datetime(2026, 3, 9, tzinfo=night.zone)) == hours(23)
    assert night.add(start, hours(23)) == datetime(2026, 3, 9, 4, tzinfo=UTC)


def test_the_database_says_which_saturday_is_worked_and_which_monday_is_not(db):
    CalendarDay.objects.all().delete()
    saturday, monday = date(2026, 11, 28), date(2026, 11, 30)
    CalendarDay.objects.create(date=saturday, kind="work", source="person")
    CalendarDay.objects.create(date=monday, kind="off", source="person")
    calendar = load()
    assert [calendar.is_workday(day) for day in (saturday, monday)] == [True, False]


def test_a_week_without_hours_is_no_pattern():
    with pytest.raises(NoWorkingHours):
        Calendar(SHANGHAI, ((),) * 7)
    with pytest.raises(ValueError, match="-1"):
        office().add(at("2026-11-27 11:00"), hours(-1))


def test_years_without_an_announcement_are_known_as_such():
    assert [announced(year) for year in (2025, 2026, 2099)] == [True, True, False]
    assert differing(2099)[date(2099, 10, 1)] is False
