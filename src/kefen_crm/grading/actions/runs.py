"""Runs: asked for, carried out, taken over."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.queries import figures_as_of
from kefen_crm.gateway import KefenError
from kefen_crm.gateway import grading as engine
from kefen_crm.gateway.ledger import newest_version, opened, undone_since
from kefen_crm.grading import pictures, queries
from kefen_crm.grading.classes import apply_run, clear_classes, follow_customers, vacuum
from kefen_crm.grading.live import follow_later
from kefen_crm.grading.models import CustomerClass, Run, Scheme, SchemeVersion
from kefen_crm.grading.models.runs import EXECUTE
from kefen_crm.grading.run_inputs import taken_over
from kefen_crm.platform.events import record
from kefen_crm.platform.jobs import busy, fail_orphans, failing
from kefen_crm.platform.queue import enqueue
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen_crm.gateway.ledger import Ledger
    from kefen_crm.team.models import User

logger = logging.getLogger(__name__)

DRAW = "grading.draw"


@transaction.atomic
def request_runs(
    by: User | None,
    schemes: Iterable[Scheme],
    as_of: date | None = None,
    *,
    seconds: int = 0,
) -> list[Run]:
    """Queue a run of each scheme's current version, all to be done together in so many seconds.

    A run that is queued already will do, brought forward where it was put off; one at work will
    not, as it may have read older facts.

    Raises:
        PermissionDenied: unless `by` may grade; None is the installation itself.
        RunError: `as-of-ahead` for a day of which nothing can be known.
    """
    if by is not None:
        require(by, Permit.GRADE)
    if as_of is not None:
        with opened() as ledger:
            engine.day(ledger, as_of)
    fail_orphans(Run)
    due = timezone.now() + timedelta(seconds=seconds) if seconds else None
    runs, fresh = [], []
    for scheme in schemes:
        if scheme.current is None:
            continue
        waiting = Run.objects.filter(
            version=scheme.current, status=Run.Status.QUEUED, as_of=as_of, shadow=False
        ).first()
        run = waiting or Run.objects.create(version=scheme.current, as_of=as_of, by=by, due=due)
        runs.append(run)
        if not waiting or (run.due and not due):
            fresh.append(run.pk)
    if fresh:
        Run.objects.filter(pk__in=fresh).update(due=due)
        enqueue(EXECUTE, lock="grading", seconds=seconds, runs=fresh)
    return runs


def shadow_run(wording: SchemeVersion, as_of: date | None, by: User) -> Run:
    """Queue a run of a wording that changes nobody's class, unless there is one on these facts."""
    fail_orphans(Run)
    known = Run.objects.filter(version=wording, shadow=True).exclude(status=Run.Status.FAILED)
    waiting = known.filter(status=Run.Status.QUEUED).first()
    done = known.filter(as_of=as_of, ledger_version=newest_version()).first() if as_of else None
    if found := waiting or done:
        return found
    run = Run.objects.create(version=wording, as_of=as_of, by=by, shadow=True)
    enqueue(EXECUTE, lock="grading", runs=[run.pk])
    return run


def grade_all(by: User | None = None) -> list[Run]:
    """Queue a run of every scheme."""
    return request_runs(by, Scheme.objects.select_related("current").exclude(current=None))


def adopt_runs() -> list[Run]:
    """Take over what was run outside the site, such as from the shell.

    Of each scheme's current version that is the finished run of the latest day on the newest
    facts, unless the site has a run on them.
    """
    with opened() as ledger:
        fresh = {
            run.scheme.hash: run
            for run in sorted(engine.runs(ledger), key=lambda one: one.as_of)
            if run.status == "finished" and run.ledger_version == ledger.version
        }
        known = set(Run.objects.filter(ledger_version=ledger.version).values_list("version"))
        current = SchemeVersion.objects.filter(pk__in=Scheme.objects.values("current"))
        missing = [
            (version, fresh[version.digest])
            for version in current
            if version.digest in fresh and (version.pk,) not in known
        ]
        if missing:
            follow_customers(ledger, max(result.as_of for _version, result in missing))
        adopted = []
        for version, result in missing:
            run = Run(version=version, as_of=result.as_of)
            _record(run, result)
            adopted.append(run)
    _draw_later(adopted)
    return adopted


def compare_with_earlier(days: int) -> list[Run]:
    """Queue a run that many days before each run in force that has nothing before it."""
    asked = []
    for scheme in Scheme.objects.select_related("current").exclude(current=None):
        run = queries.in_force(scheme)
        if run and run.as_of and queries.before(scheme) is None:
            asked.append((scheme, run.as_of - timedelta(days=days)))
    by_day: dict[date, list[Scheme]] = {}
    for scheme, day in asked:
        by_day.setdefault(day, []).append(scheme)
    return [run for day, these in by_day.items() for run in request_runs(None, these, day)]


def execute_runs(ids: Sequence[int]) -> None:
    """Do queued runs, all on one reading of the facts, and bring customers and classes up to them.

    Runs end `finished` or `failed` with the reason; what was not foreseen fails them and goes on
    up.
    """
    # A killed worker may have done some of them.
    runs = list(busy(Run).select_related("version__scheme").filter(pk__in=ids))
    by_day: dict[date | None, list[Run]] = {}
    for run in runs:
        by_day.setdefault(run.as_of, []).append(run)
    for as_of, together in by_day.items():
        with failing(Run, [run.pk for run in together]):
            _carry_out(together, as_of)


def _carry_out(runs: list[Run], as_of: date | None) -> None:
    ids = [run.pk for run in runs]
    Run.objects.filter(pk__in=ids).update(status=Run.Status.RUNNING, reason={})

    def tell(progress: engine.Progress) -> None:
        told = {"stage": progress.stage, "done": progress.done, "total": progress.total}
        these = [r.pk for r in runs if progress.scheme in ("", r.version.scheme.name)]
        Run.objects.filter(pk__in=these).update(progress=told)

    with opened() as ledger:
        day = engine.day(ledger, as_of)
        taken = {run.scheme.name: taken_over(run, day, newest=as_of is None) for run in runs}
        documents = [run.version.document for run in runs]
        before = {name: one.before for name, one in taken.items()}
        done = engine.grade(ledger, documents, day, before, tell)
        finished = [one for one in done if one.status == "finished"]
        counts = finished and not all(run.shadow for run in runs)
        if counts and (as_of is None or as_of >= (figures_as_of() or as_of)):
            Run.objects.filter(pk__in=ids).update(progress={"stage": "customers"})
            follow_customers(ledger, finished[0].as_of)
        superseded = []
        first = not CustomerClass.objects.exists()
        for place, (run, result) in enumerate(zip(runs, done, strict=True)):
            told = {"stage": "classes", "done": place, "total": len(runs)}
            Run.objects.filter(pk__in=ids[place:]).update(progress=told)
            run.overrides = taken[run.scheme.name].overrides
            undone = undone_since(ledger, result.ledger_version)
            _record(run, result, undone=undone)
            if undone and run.status == Run.Status.FINISHED and not run.shadow:
                superseded.append(run)
        if first:
            vacuum()
        _follow_undo(ledger, superseded, as_of)
    _draw_later(runs)


def _follow_undo(ledger: Ledger, superseded: list[Run], as_of: date | None) -> None:
    """Run schemes again whose facts were undone meanwhile; without sales nobody has a class."""
    clear_classes(ledger)
    if superseded and ledger.span() is not None:
        with suppress(KefenError):  # the day is ahead of the sales that are left
            request_runs(None, [run.scheme for run in superseded], as_of)


def _draw_later(runs: list[Run]) -> None:
    finished = [run.pk for run in runs if run.status == Run.Status.FINISHED]
    if finished:
        enqueue(DRAW, lock="drawing", runs=finished)


def draw(ids: Sequence[int]) -> None:
    """Draw the pictures of finished runs, so that the first person who looks need not wait."""
    runs = Run.objects.select_related("version__scheme").filter(pk__in=ids)
    for run in runs.filter(status=Run.Status.FINISHED):
        try:
            pictures.draw_all(run)
            if run.shadow:
                if now := queries.in_force(run.scheme):
                    pictures.migration(now, run)
            elif before := queries.before(run.scheme):
                pictures.migration(before, queries.in_force(run.scheme) or run)
        except KefenError as error:
            logger.warning("The pictures of run %s were not drawn: %s", run.pk, error)


@transaction.atomic
def _record(run: Run, result: engine.Run, *, undone: bool = False) -> None:
    """Note what came of a run; unless facts that it counts were `undone`, classes are its own."""
    newest = run.as_of is None
    run.engine_id = result.id
    run.as_of = result.as_of
    run.ledger_version = result.ledger_version
    run.counts = [_plain(count) for count in result.counts]
    run.standard = result.standard.model_dump(mode="json") if result.standard else {}
    run.duration = result.duration
    run.reason = result.reason or {}
    run.status = Run.Status(result.status)
    run.finished = timezone.now()
    run.progress = {}
    run.save()
    if run.status == Run.Status.FAILED:
        record(None, "run.failed", run, after={"code": run.reason.get("code", "")})
    if run.status == Run.Status.FINISHED and not run.shadow and not undone:
        apply_run(run, engine.classes_of(result), newest=newest)
        follow_later()


def _plain(count: dict[str, Any]) -> dict[str, Any]:
    """A count of classes as JSON knows it: money and days as text."""
    return {
        name: str(told) if isinstance(told, Decimal | date) else told
        for name, told in (count | {"value": str(count["value"])}).items()
    }
