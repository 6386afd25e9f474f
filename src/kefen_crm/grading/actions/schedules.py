"""When schemes are run by themselves: appointed, and seen to when the moment comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from kefen_crm.grading.actions.overrides import expire_overrides
from kefen_crm.grading.actions.runs import request_runs
from kefen_crm.grading.due_dates import last_due
from kefen_crm.grading.models import Schedule, Scheme
from kefen_crm.platform.events import record
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from kefen_crm.grading.models import Run
    from kefen_crm.team.models import User

KEEP_TIME = "grading.keep_time"
APPOINTED = ("rhythm", "hour", "weekday", "day", "on_import")


@transaction.atomic
def set_schedule(
    by: User,
    scheme: Scheme,
    now: datetime,
    rhythm: str,
    *,
    hour: int = 2,
    weekday: int = 0,
    day: int = 1,
    on_import: bool = True,
) -> Schedule:
    """Say when a scheme is run by itself, from `now` on, and whether imports set it off.

    Raises:
        PermissionDenied: unless `by` may grade.
        ValidationError: when there is no such rhythm, hour or day.
    """
    require(by, Permit.GRADE)
    schedule = Schedule.objects.select_for_update().filter(scheme=scheme).first()
    before = {name: getattr(schedule, name) for name in APPOINTED} if schedule else None
    schedule = schedule or Schedule(scheme=scheme)
    schedule.rhythm, schedule.hour = rhythm, hour
    schedule.weekday, schedule.day, schedule.on_import = weekday, day, on_import
    schedule.full_clean()
    schedule.reached = last_due(schedule, now)
    schedule.save()
    after = {name: getattr(schedule, name) for name in APPOINTED}
    record(by, "schedule.set", schedule, before=before, after=after)
    return schedule


def run_due_schedules(now: datetime) -> list[Run]:
    """What the clock asks for: decisions that ran out end, runs that are due are queued.

    However many appointments passed since the last time, each scheme is run once.
    """
    expire_overrides()
    with transaction.atomic():
        schedules = Schedule.objects.select_for_update(of=("self",))
        kept = schedules.exclude(rhythm=Schedule.Rhythm.NEVER).select_related("scheme__current")
        due = [(one, moment) for one in kept if (moment := _missed(one, now))]
        for one, moment in due:
            one.reached = moment
        # Not by save(): that the clock went on is no change of anyone's.
        Schedule.objects.bulk_update([one for one, _moment in due], ["reached"])
        return request_runs(None, [one.scheme for one, _moment in due])


def _missed(schedule: Schedule, now: datetime) -> datetime | None:
    """The last appointed moment, unless it was seen to."""
    moment = last_due(schedule, now)
    return moment if moment and (schedule.reached is None or moment > schedule.reached) else None


def set_off_by_imports() -> QuerySet[Scheme]:
    """The schemes that new facts set off."""
    schemes = Scheme.objects.select_related("current").exclude(current=None)
    return schemes.exclude(schedule__on_import=False)


def grade_after_import(by: User | None = None, seconds: int = 0) -> list[Run]:
    """Queue a run of every scheme that imports set off, in so many seconds.

    Raises:
        PermissionDenied: unless `by` may grade; None is the installation itself.
    """
    return request_runs(by, set_off_by_imports(), seconds=seconds)
