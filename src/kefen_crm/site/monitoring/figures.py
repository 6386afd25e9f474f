"""The figures of an installation in Prometheus' text form.

Requests are counted in each web process, into files that `PROMETHEUS_MULTIPROC_DIR` names and the
answer sums up. Everything else is asked for when somebody looks.
"""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connection
from procrastinate.contrib.django.models import ProcrastinateJob
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from kefen_crm.platform.figures import by_status
from kefen_crm.platform.registry import plugins
from kefen_crm.platform.requests import REQUESTS, SECONDS
from kefen_crm.process.backups import listed
from kefen_crm.process.queue_checks import queue, undelivered
from kefen_crm.site.monitoring import health

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client.core import Metric

    from kefen_crm.platform.figures import Figure


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
            _states().items(),
        )
        yield from _disks()
        yield from _backups()
        try:
            yield from _database()
        except DatabaseError:
            return


def _states() -> dict[str, int]:
    """How each part stands; of several disks the worst."""
    found: dict[str, int] = {}
    for one in health.findings():
        found[one.check] = max(found.get(one.check, 0), one.state.number)
    return found


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
    jobs = ProcrastinateJob.objects.all()
    yield _of(by_status("kefen_jobs", "Background jobs by status", jobs))
    with connection.cursor() as cursor:
        waiting, events = queue(cursor), undelivered(cursor)
    yield _gauge("kefen_queue_depth", "Jobs that are due and wait", "", [("", waiting.waiting)])
    oldest = [("", waiting.oldest)]
    yield _gauge("kefen_queue_oldest_seconds", "How long the oldest has waited", "", oldest)
    yield _gauge(
        "kefen_events_undelivered",
        "Events that a consumer has not handled yet",
        "consumer",
        ((one.consumer, one.count) for one in events),
    )
    yield _gauge(
        "kefen_events_undelivered_oldest_seconds",
        "Age of the oldest event that a consumer has not handled yet",
        "consumer",
        ((one.consumer, one.oldest) for one in events),
    )
    for plugin in plugins():
        if plugin.figures:
            yield from map(_of, plugin.figures())


def _of(figure: Figure) -> Metric:
    return _gauge(figure.name, figure.text, figure.label, figure.values)


def _gauge(name: str, told: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, told, labels=[label] if label else [])
    for key, value in values:
        family.add_metric([key] if label else [], value)
    return family
