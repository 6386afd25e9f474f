"""The working calendar, for programs: which days are worked, and from when to when."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from django.core.exceptions import ValidationError
from django.utils import timezone
from ninja import Field, Path, Query, Router, Schema
from pydantic import BaseModel, StrictBool

from kefen_crm.platform.api.paging import Known
from kefen_crm.platform.api.values import TOOL, Day
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import Permit, require
from kefen_crm.team.sign_in import Asked
from kefen_crm.workdays import actions
from kefen_crm.workdays.forms import read, written

router = Router(tags=["Calendar"])

MOST = 732
"""Days of one answer: two years, a leap year among them, and one more."""
HOURS = ["9:00–12:00  13:00–18:00"] * 5 + ["", ""]
Year = Annotated[int, Path(ge=1, le=9999)]


class CalendarQuery(Known):
    since: Day | None = Field(None, description="The first day; today by default.")
    until: Day | None = Field(None, description="The last day; a month later by default.")


class DayOut(BaseModel):
    day: date
    worked: bool
    differs: bool = Field(description="Worked or off whatever its weekday.")


class HoursBody(Schema, extra="forbid"):
    """The working hours of each weekday from Monday; empty for a day off."""

    hours: list[Annotated[str, Field(max_length=120)]] = Field(
        min_length=7, max_length=7, examples=[HOURS]
    )


class WorkedIn(Schema, extra="forbid"):
    worked: StrictBool


class YearOut(BaseModel):
    year: int
    announced: bool = Field(description="Whether its days off and make-up days are announced.")


@router.get("", response=list[DayOut], summary="Which days are worked", openapi_extra=TOOL)
def list_days(
    request: Asked,  # noqa: ARG001  # Ninja's
    query: Query[CalendarQuery],
) -> list[DayOut]:
    """Two years at most; days are those of the company's zone."""
    first = query.since or timezone.localdate()
    last = query.until or first + min(timedelta(days=30), date.max - first)
    calendar = current()
    count = min(max((last - first).days + 1, 0), MOST)
    days = (first + timedelta(days=number) for number in range(count))
    return [
        DayOut(day=day, worked=calendar.is_workday(day), differs=day in calendar.days)
        for day in days
    ]


@router.get("/hours", response=HoursBody, summary="Working hours")
def get_hours(request: Asked) -> HoursBody:  # noqa: ARG001  # Ninja's
    """Of each weekday."""
    return HoursBody(hours=[written(intervals) for intervals in current().hours])


@router.put("/hours", response=HoursBody, summary="Set the working hours")
def set_hours(request: Asked, wanted: HoursBody) -> HoursBody:
    """Several spans a day, as people write them: `9:00–12:00 13:00–18:00`."""
    require(request.user, Permit.OPERATE)
    try:
        hours = [read(text) for text in wanted.hours]
    except ValidationError as error:
        raise ValidationError({"hours": error.messages}) from None
    actions.set_hours(request.user, hours)
    return get_hours(request)


@router.put("/days/{day}", response=DayOut, summary="Say whether a day is worked")
def set_day(request: Asked, day: Annotated[Day, Path()], wanted: WorkedIn) -> DayOut:
    """Whatever its weekday and the public holidays say."""
    require(request.user, Permit.OPERATE)
    if current().is_workday(day) != wanted.worked:
        actions.change_day(request.user, day)
    calendar = current()
    return DayOut(day=day, worked=calendar.is_workday(day), differs=day in calendar.days)


@router.post("/years/{int:year}", response=YearOut, summary="Take over a year's public holidays")
def take_over_year(request: Asked, year: Year) -> YearOut:
    """With their make-up working days; what people set stays."""
    return YearOut(year=year, announced=actions.import_year(request.user, year))
