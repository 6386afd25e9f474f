"""What the site does about new facts, whoever brought them: site, API, shell or another program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from kefen_crm.gateway.ledger import opened
from kefen_crm.grading.actions.runs import request_runs
from kefen_crm.grading.actions.schedules import grade_after_import, set_off_by_imports
from kefen_crm.grading.classes import clear_classes, follow_customers
from kefen_crm.grading.models import Following, Run
from kefen_crm.platform.jobs import LOST, fail_orphans
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from kefen_crm.gateway.ledger import Ledger
    from kefen_crm.grading.models import Scheme
    from kefen_crm.team.models import User

CATCH_UP = "grading.catch_up"
ATTEMPTS = 3
"""How often a run of the same facts is tried that ends for a reason nobody foresaw."""
_UNFORESEEN = (LOST, Run.BROKEN)
_LOCK = 7_240_132
"""Key of the database's lock under which one process at a time follows the ledger."""


@transaction.atomic
def follow_up(by: User | None = None, *, seconds: int = 0) -> list[Run]:
    """Bring the site up to the ledger where it has not been; gives the runs that were queued.

    They begin in so many seconds.

    Whether there is something to do is told by the ledger and the database alone, so that a
    piece of work that was killed after its facts landed is made good by the next one. Without
    sales there is nothing to grade by and nobody has a class, but there are customers to show.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    with opened() as ledger:
        version = ledger.version
        now = (version, ledger.step(version))
        known = _followed(ledger)
        if (known.version, known.step) == now:
            return []
        known.version, known.step = now
        known.save()
        if not version:
            return []
        if ledger.span() is None:
            follow_customers(ledger, timezone.localdate())
            clear_classes(ledger)
            return []
    return grade_after_import(by if by and may(by, Permit.GRADE) else None, seconds)


def _followed(ledger: Ledger) -> Following:
    """What was followed; before the first time, what the newest run counts."""
    known = Following.objects.first()
    if known is not None:
        return known
    done = Run.objects.filter(status=Run.Status.FINISHED, shadow=False)
    version = done.aggregate(newest=Max("ledger_version"))["newest"] or 0
    step = ledger.step(version) if version <= ledger.version else ""
    return Following(version=version, step=step)


def try_again() -> list[Run]:
    """Queue again what was queued for the newest facts and ended for a reason nobody foresaw."""
    known = Following.objects.first()
    if known is None:
        return []
    fail_orphans(Run)
    return request_runs(None, [one for one in set_off_by_imports() if _broke(one, known)])


def _broke(scheme: Scheme, known: Following) -> bool:
    runs = Run.objects.filter(version=scheme.current, shadow=False, created__gte=known.at)
    tried = list(runs.order_by("-created", "-pk")[:ATTEMPTS])
    broken = [run.status == Run.Status.FAILED and _unforeseen(run) for run in tried]
    return bool(broken) and broken[0] and not (len(broken) == ATTEMPTS and all(broken))


def _unforeseen(run: Run) -> bool:
    return run.reason.get("code") in _UNFORESEEN
