"""Runs are kept by a rule: the last of each scheme, and all that something refers to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from kefen_crm.gateway import retention as engine
from kefen_crm.gateway.settings import stored_settings
from kefen_crm.grading import queries
from kefen_crm.grading.models import Override, Run, RunInForce, Scheme
from kefen_crm.platform.registry import plugins

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

YOUNG = timedelta(days=1)


@dataclass(frozen=True)
class Cleared:
    """How many runs of each scheme were removed, and how many bytes they had."""

    runs: dict[str, int]
    bytes: int


def clear_runs(now: datetime | None = None) -> Cleared:
    """Remove the runs that nothing keeps, rows and folders.

    Kept are the last `runs_kept` of each scheme, the run in force and the one before it, the last
    of every published version and of every wording of a draft, those that a standing decision of a
    person set aside, those that were compared or that a study was made of, whatever is at work, and
    all of the last day.
    """
    keep = stored_settings(settings.KEFEN_DATA).runs_kept
    stays = _needed(keep)
    old = (now or timezone.now()) - YOUNG
    over = Run.objects.filter(status__in=(Run.Status.FINISHED, Run.Status.FAILED), finished__lt=old)
    count: Counter[str] = Counter()
    size = 0
    for run in over.exclude(pk__in=stays).select_related("version__scheme").order_by("pk"):
        freed = _remove(run)
        if freed is not None:
            count[run.scheme.name] += 1
            size += freed
    known = Run.objects.exclude(engine_id="").values_list("engine_id", flat=True)
    outside = engine.prune(keep, set(known))
    if outside.runs:
        count["*"] += len(outside.runs)
    return Cleared(dict(count), size + outside.bytes)


@transaction.atomic
def _remove(run: Run) -> int | None:
    """Remove a run; None where somebody looks at it now, or it came into use meanwhile."""
    locked = Run.objects.select_for_update().filter(pk=run.pk).first()
    used = RunInForce.objects.filter(Q(run=run) | Q(before=run))
    if locked is None or used.exists():
        return None
    # Two rows may be of one folder, as when a run was taken over twice.
    twins = Run.objects.filter(engine_id=run.engine_id).exclude(pk=run.pk)
    shared = bool(run.engine_id) and twins.exists()
    freed = 0 if shared else engine.forget(run.engine_id)
    if freed is not None:
        locked.delete()
    return freed


def _needed(keep: int) -> set[int]:
    found: set[int] = set()
    for scheme in Scheme.objects.all():
        for run in (queries.in_force(scheme), queries.before(scheme)):
            found |= {run.pk} if run else set()
        done = _finished().filter(version__scheme=scheme, shadow=False)
        found |= set(done.order_by("-pk").values_list("pk", flat=True)[:keep])
        for decision in Override.objects.filter(scheme=scheme, ended=None):
            aside = done.filter(finished__lte=decision.since).order_by("-finished").first()
            found |= {aside.pk} if aside else set()
    found |= _newest(_finished().filter(shadow=False, version__number__isnull=False))
    found |= _newest(_finished().filter(shadow=True, version__draft__isnull=False))
    for plugin in plugins():
        if plugin.needed_runs is not None:
            found |= set(plugin.needed_runs())
    return found


def _finished() -> QuerySet[Run]:
    return Run.objects.filter(status=Run.Status.FINISHED)


def _newest(runs: QuerySet[Run]) -> set[int]:
    """The newest of them of each version."""
    by_version = runs.order_by().values("version").annotate(newest=Max("pk"))
    return set(by_version.values_list("newest", flat=True))
