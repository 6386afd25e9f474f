"""Figures about runs and classes, for whoever watches over the installation."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kefen_crm.gateway import KefenError
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading.models import Run, Scheme
from kefen_crm.grading.queries import runs_in_force
from kefen_crm.platform.figures import Figure, by_status

if TYPE_CHECKING:
    from collections.abc import Iterator


def figures() -> Iterator[Figure]:
    """Runs by status, the ledger's newest version, and how far classes are behind it."""
    yield by_status("kefen_runs", "Runs by status", Run.objects.all())
    try:
        newest = newest_version()
    except (KefenError, OSError):
        return
    yield Figure("kefen_ledger_version", "The newest version of the facts", "", [("", newest)])
    schemes = {scheme.pk: scheme.name for scheme in Scheme.objects.filter(current__isnull=False)}
    runs = runs_in_force(Scheme.objects.filter(pk__in=schemes))
    behind = [(schemes[pk], newest - (run.ledger_version or 0)) for pk, run in runs.items()]
    yield Figure(
        "kefen_classes_behind_versions",
        "Versions of the facts that the classes in force do not count",
        "scheme",
        behind,
    )
    ages = [
        (schemes[pk], time.time() - run.finished.timestamp())
        for pk, run in runs.items()
        if run.finished
    ]
    yield Figure("kefen_classes_age_seconds", "Since the classes were computed", "scheme", ages)
