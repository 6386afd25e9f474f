"""How the background work of a site stands, asked of its database: worker, queue, clock, events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Protocol

from kefen_crm.process.findings import Finding, fail, ok, warn

HEARTBEAT_SECONDS: Final = 60.0
"""A worker tells every ten seconds that it lives."""
WAIT_SECONDS: Final = 600.0
LONG_WAIT_SECONDS: Final = 3600.0
TICK_SECONDS: Final = 2100.0
"""Something is due twice an hour; five minutes are grace."""

_WORKER: Final = "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers"
_QUEUE: Final = """
    SELECT count(*), coalesce(extract(epoch FROM now() - min(due)), 0) FROM (
        SELECT coalesce(j.scheduled_at, (
            SELECT max(e.at) FROM procrastinate_events e
            WHERE e.job_id = j.id AND e.type IN ('deferred', 'deferred_for_retry')
        )) AS due
        FROM procrastinate_jobs j
        WHERE j.status = 'todo' AND coalesce(j.scheduled_at, now()) <= now()
    ) waiting
"""
_TICK: Final = """
    SELECT extract(epoch FROM now()) - max(defer_timestamp) FROM procrastinate_periodic_defers
"""
_EVENTS: Final = """
    SELECT o.consumer, count(*), extract(epoch FROM now() - min(e.at)),
        count(*) FILTER (WHERE o.attempts >= %s),
        coalesce(extract(epoch FROM now() - min(e.at) FILTER (WHERE o.attempts >= %s)), 0),
        array_remove(array_agg(DISTINCT o.error), '')
    FROM platform_outboxentry o JOIN platform_event e ON e.id = o.event_id
    GROUP BY o.consumer ORDER BY o.consumer
"""
FAILED_ATTEMPTS: Final = 3
"""So often a consumer may fail on an event, some ten seconds long, before it is told of."""


class Cursor(Protocol):
    """What asks the database, Django's or psycopg's."""

    def execute(self, query: Any, params: Any = ..., /) -> Any:
        """Ask."""

    def fetchone(self) -> Any:
        """The next row."""

    def fetchall(self) -> Any:
        """All rows."""


@dataclass(frozen=True)
class Queue:
    """Jobs that are due and wait, and for how many seconds the oldest has."""

    waiting: int
    oldest: float


@dataclass(frozen=True)
class Undelivered:
    """Events that a consumer has not handled yet.

    Attributes:
        oldest: the age of the oldest, in seconds.
        failing: how many of them it failed on again and again, the oldest of them `failing_for`
            seconds old.
        errors: the kinds of errors it failed with.
    """

    consumer: str
    count: int
    oldest: float
    failing: int
    failing_for: float
    errors: tuple[str, ...]


def undelivered(cursor: Cursor) -> list[Undelivered]:
    """The events that wait for each consumer that has any waiting."""
    cursor.execute(_EVENTS, (FAILED_ATTEMPTS, FAILED_ATTEMPTS))
    return [
        Undelivered(name, count, float(oldest), failing, float(failing_for), tuple(errors))
        for name, count, oldest, failing, failing_for, errors in cursor.fetchall()
    ]


def queue(cursor: Cursor) -> Queue:
    """How much is waiting."""
    cursor.execute(_QUEUE)
    waiting, oldest = cursor.fetchone()
    return Queue(int(waiting), float(oldest or 0))


def worker_finding(cursor: Cursor, up: float) -> Finding:
    """Whether a worker lives; `up` is for how many seconds the site has been up."""
    cursor.execute(_WORKER)
    silent = cursor.fetchone()[0]
    if silent is not None and float(silent) <= HEARTBEAT_SECONDS:
        return ok("worker", "check-worker-ok", seconds=int(silent))
    if up < HEARTBEAT_SECONDS:
        return warn("worker", "check-worker-starting")
    if silent is None:
        return fail("worker", "check-worker-none")
    return fail("worker", "check-worker-silent", minutes=int(float(silent) // 60))


def queue_finding(cursor: Cursor) -> Finding:
    """Whether work is done in time."""
    found = queue(cursor)
    told = {"jobs": found.waiting, "minutes": int(found.oldest // 60)}
    if not found.waiting:
        return ok("queue", "check-queue-empty")
    if found.oldest > LONG_WAIT_SECONDS:
        return fail("queue", "check-queue-stuck", **told)
    if found.oldest > WAIT_SECONDS:
        return warn("queue", "check-queue-slow", **told)
    return ok("queue", "check-queue-ok", **told)


def clock_finding(cursor: Cursor, up: float) -> Finding:
    """Whether what is due by the clock was queued; `up` as for the worker."""
    cursor.execute(_TICK)
    ago = cursor.fetchone()[0]
    if ago is not None and float(ago) <= TICK_SECONDS:
        return ok("clock", "check-clock-ok", minutes=int(float(ago) // 60))
    if up < TICK_SECONDS:
        return ok("clock", "check-clock-waits")
    if ago is None:
        return fail("clock", "check-clock-never")
    return fail("clock", "check-clock-late", minutes=int(float(ago) // 60))


def events_finding(cursor: Cursor) -> Finding:
    """Whether every consumer handles the events that it is handed."""
    found = [one for one in undelivered(cursor) if one.failing]
    if not found:
        return ok("events", "check-events-ok")
    return warn(
        "events",
        "check-events-failing",
        count=sum(one.failing for one in found),
        minutes=int(max(one.failing_for for one in found) // 60),
        consumers=[one.consumer for one in found],
        errors=sorted({error for one in found for error in one.errors}),
    )
