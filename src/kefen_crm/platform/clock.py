"""The one clock: what falls due by the day or the half hour, done once however often it ticks.

What is due follows from the database alone, so a tick may come late, twice at once, or not at all
for days. After an outage a job that changes something runs once, as of now; one that reminds does
so for each day within its grace, and notes the rest as missed. Apps declare `clock_jobs`.

    def remind(due: Due) -> None:
        falling = {f"customer:{one.pk}": str(due.day.year) for one in birthdays(due.day)}
        for target in due.targets("birthday", falling, population=Customer.objects.count()):
            notify(…)
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max

from kefen_crm.platform import events
from kefen_crm.platform.calendar import load
from kefen_crm.platform.models import Confirmation, Effect, Tick
from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.platform.parts import ClockJob

CLOCK = "platform.clock"
MOST = 50
SHARE = 0.05
"""A rule that is about to touch more than `MOST` and more than this share stops and asks."""
LONGEST = timedelta(days=366)
"""An outage longer than that is taken for one as long."""
SLOT_RETENTION = timedelta(days=31)
HALF_HOURS = 30
"""Minutes of a slot."""
log = logging.getLogger(__name__)


@dataclass
class Turn:
    """One turn of a job, see `Due`.

    Attributes:
        job: the name of the job.
        waits: a rule asked whether to go on, so that the turn is not over.
    """

    job: str
    day: date
    now: datetime
    missed: bool = False
    waits: bool = False

    def targets(self, rule: str, occurrences: Mapping[str, str], *, population: int) -> list[str]:
        """The targets that a rule is to act on now, each noted as an `Effect`.

        Call it in the transaction that acts: clock jobs run in one. None are given twice for one
        occurrence, none when it is too late, and none while a rule that would touch more than
        `MOST` and more than `SHARE` of the population waits for a decision. A decision is about as
        many as it was asked for: when that many more fall due before it is carried out, the rule
        asks anew.
        """
        left = pending(rule, occurrences)
        if not self.missed and not self._may_touch(rule, len(left), population):
            return []
        found = _note(rule, left, self.now, missed=self.missed)
        return [] if self.missed else [target for target in left if target in found]

    def _may_touch(self, rule: str, touching: int, population: int) -> bool:
        many = max(MOST, SHARE * population)
        if touching <= many:
            return True
        now = {"touching": touching, "population": population}
        question, new = Confirmation.objects.select_for_update().get_or_create(
            rule=rule, day=self.day, defaults={"job": self.job, **now}
        )
        goes_on = question.decision == Confirmation.Decision.GO_ON
        asks_anew = goes_on and touching - question.touching > many
        if asks_anew or not question.decision:
            if asks_anew:
                question.decision, question.by, question.decided_at = "", None, None
            question.touching, question.population = touching, population
            question.save()
        if new or asks_anew:
            events.record(None, "rule.asked", question, after={"rule": rule, **now})
        self.waits = self.waits or not question.decision
        return question.decision == Confirmation.Decision.GO_ON


def tick(now: datetime) -> None:
    """Do whatever is due; what fails is logged and tried again at the next tick."""
    for job in declared("clock_jobs"):
        try:
            _run(job, now)
        except Exception:  # one app's trouble is not another's
            log.exception("The clock did not get through %s", job.name)
    Tick.objects.filter(slot__gt=0, day__lt=(now - SLOT_RETENTION).date()).delete()


def pending(rule: str, occurrences: Mapping[str, str]) -> dict[str, str]:
    """Those of the occurrences, by target, that a rule has done nothing about yet."""
    known = Effect.objects.filter(rule=rule, target__in=list(occurrences))
    done = set(known.values_list("target", "occurrence"))
    return {one: when for one, when in occurrences.items() if (one, when) not in done}


def permit_of(job: str) -> str:
    """Who may decide when a rule of a job stops and asks; by default who runs the installation."""
    found = (one.permit for one in declared("clock_jobs") if one.name == job)
    return next(found, "") or "operate"


@transaction.atomic
def _run(job: ClockJob, now: datetime) -> None:
    """Do the turns of a job that are due, unless another process is about it."""
    if not _alone(job.name):
        return
    today, latest = _open(job, now)
    turns = list(Tick.objects.filter(job=job.name, done_at=None).order_by("day", "slot"))
    if job.kind == "reminder":
        for turn in turns:
            late = (today - turn.day).days > job.grace_days
            _do(job, [turn], Turn(job.name, turn.day, now, missed=late))
    elif turns:
        _do(job, turns, Turn(job.name, latest, now))


def _do(job: ClockJob, turns: list[Tick], due: Turn) -> None:
    """Do one turn, and with it those before it; all of it stays, or nothing."""
    *earlier, last = turns
    last.attempts += 1
    try:
        with transaction.atomic():
            job.run(due)
    except Exception as error:
        log.exception("The clock's %s of %s failed", job.name, last.day)
        last.error = type(error).__name__  # its words may hold personal data
        last.save()
        return
    last.error = ""
    if not due.waits:
        last.done_at = due.now
        last.outcome = Tick.Outcome.MISSED if due.missed else Tick.Outcome.DONE
        Tick.objects.filter(pk__in=[one.pk for one in earlier]).update(
            done_at=due.now, outcome=Tick.Outcome.COVERED
        )
    last.save()


def _open(job: ClockJob, now: datetime) -> tuple[date, date]:
    """Open the turns that have come; gives today and the day of the last turn."""
    calendar = load()
    local = now.astimezone(calendar.zone)
    today = local.date()
    # Of days ahead only a clock that was wrong can have opened turns; those days are yet to come.
    Tick.objects.filter(job=job.name, day__gt=today + timedelta(days=1)).delete()
    if job.every == "half-hour":
        slot = (local.hour * 60 + local.minute) // HALF_HOURS
        Tick.objects.get_or_create(job=job.name, day=today, slot=slot)
        return today, today
    latest = today if local.time() >= job.at else today - timedelta(days=1)
    newest = Tick.objects.filter(job=job.name).aggregate(newest=Max("day"))["newest"]
    first = latest if newest is None else max(newest + timedelta(days=1), latest - LONGEST)
    days = [first + timedelta(days=n) for n in range((latest - first).days + 1)]
    Tick.objects.bulk_create((Tick(job=job.name, day=day) for day in days), ignore_conflicts=True)
    return today, latest


def _alone(job: str) -> bool:
    """Whether no other process is at the job; nobody else is until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"clock/{job}"]
        )
        return bool(cursor.fetchone()[0])


def _note(rule: str, occurrences: Mapping[str, str], now: datetime, *, missed: bool) -> set[str]:
    """Note effects; the targets of those that nobody noted before, or notes at the same time."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO platform_effect (rule, target, occurrence, missed, at)
            SELECT %s, target, occurrence, %s, %s FROM unnest(%s::text[], %s::text[])
                AS given (target, occurrence)
            ON CONFLICT DO NOTHING RETURNING target
            """,
            [
                *(rule, missed, now.astimezone(UTC)),
                *(list(occurrences), list(occurrences.values())),
            ],
        )
        return {target for (target,) in cursor.fetchall()}
