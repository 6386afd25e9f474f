"""The figures of an installation in Prometheus' text form.

Requests are counted in each web process, into files that `PROMETHEUS_MULTIPROC_DIR` names and the
answer sums up. Everything else is asked for when somebody looks.
"""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from kefen_crm.gateway import KefenError
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.grading.models import Run, Scheme
from kefen_crm.grading.queries import runs_in_force
from kefen_crm.imports.models import Import
from kefen_crm.platform.requests import REQUESTS, SECONDS
from kefen_crm.process.backups import listed
from kefen_crm.process.queue_checks import queue
from kefen_crm.site.monitoring import health

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet
    from prometheus_client.core import Metric


def text() -> bytes:
    """All figures."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    registry.register(Installation())
    return generate_latest(registry)


class Installation(Collector):
    """What is true of the installation at the moment somebody looks."""

    def collect(self) -> Iterator[Metric]:
        """The figures; those of a database that is away are left out."""
        told = {"version": version("kefen")}
        yield InfoMetricFamily("kefen", "The version of Kefen", value=told)
        yield _gauge(
            "kefen_check_state",
            "How a part stands: 0 well, 1 look after it, 2 does not work",
            "check",
            ((one.check, one.state.number) for one in health.findings()),
        )
        yield from _disks()
        yield from _backups()
        try:
            yield from _database()
        except DatabaseError:
            return


def _disks() -> Iterator[Metric]:
    found = health.disks()
    free = ((one.name, one.free) for one in found)
    yield _gauge("kefen_disk_free_bytes", "Free space of a disk", "disk", free)
    need = ((one.name, one.need) for one in found)
    yield _gauge("kefen_disk_need_bytes", "Space that Kefen needs free there", "disk", need)


def _backups() -> Iterator[Metric]:
    newest = next(iter(listed(settings.KEFEN_DATA)), None)
    if newest is not None:
        age = time.time() - newest.stat().st_mtime
        yield _gauge("kefen_backup_age_seconds", "Age of the newest backup", "", [("", age)])


def _database() -> Iterator[Metric]:
    yield _by_status("kefen_runs", "Runs by status", Run.objects.all())
    yield _by_status("kefen_imports", "Imports by status", Import.objects.all())
    jobs = ProcrastinateJob.objects.all()
    yield _by_status("kefen_jobs", "Background jobs by status", jobs)
    with connection.cursor() as cursor:
        waiting = queue(cursor)
    yield _gauge("kefen_queue_depth", "Jobs that are due and wait", "", [("", waiting.waiting)])
    oldest = [("", waiting.oldest)]
    yield _gauge("kefen_queue_oldest_seconds", "How long the oldest has waited", "", oldest)
    yield from _classes()


def _classes() -> Iterator[Metric]:
    try:
        newest = newest_version()
    except (KefenError, OSError):
        return
    yield _gauge("kefen_ledger_version", "The newest version of the facts", "", [("", newest)])
    schemes = {scheme.pk: scheme.name for scheme in Scheme.objects.filter(current__isnull=False)}
    runs = runs_in_force(Scheme.objects.filter(pk__in=schemes))
    behind = [(schemes[pk], newest - (run.ledger_version or 0)) for pk, run in runs.items()]
    yield _gauge(
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
    yield _gauge("kefen_classes_age_seconds", "Since the classes were computed", "scheme", ages)


def _by_status(name: str, told: str, found: QuerySet[Any]) -> Metric:
    rows = found.order_by().values_list("status").annotate(Count("pk"))
    return _gauge(name, told, "status", rows)


def _gauge(name: str, told: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label] if label else [])
    for key, value in values:
        family.add_metric([key] if label else [], value)
    return family
