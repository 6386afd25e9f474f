"""How the parts of a running site stand, one finding each."""

from __future__ import annotations

import time

from django.conf import settings
from django.db import DatabaseError, connection

from kefen_crm.process.findings import Finding, fail, ok, warn
from kefen_crm.process.ledger_checks import GRADED, ledger_finding
from kefen_crm.process.queue_checks import (
    clock_finding,
    events_finding,
    queue_finding,
    worker_finding,
)
from kefen_crm.process.space import Space, spaces

BEGUN = time.monotonic()
SLOW_SECONDS = 1.0
UNKNOWN = ("worker", "queue", "clock", "events")


def findings() -> list[Finding]:
    """Database, worker, queue, clock, events, ledger and disk, in this order."""
    found, graded = _of_database()
    ledger = ledger_finding(settings.KEFEN_DATA, graded)
    return [*found, ledger, *[one.finding() for one in disks()]]


def disks() -> list[Space]:
    """The disks of this installation; none where they cannot be looked at."""
    try:
        return spaces(settings.KEFEN_DATA, settings.KEFEN_DATABASE_FOLDER)
    except OSError:
        return []


def up() -> float:
    """For how many seconds this process has been up."""
    return time.monotonic() - BEGUN


def _of_database() -> tuple[list[Finding], int]:
    """What the database says, and the newest version of the facts that it knows of."""
    begin = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            seconds = time.perf_counter() - begin
            slow = warn if seconds > SLOW_SECONDS else ok
            code = "check-database-slow" if seconds > SLOW_SECONDS else "check-database-ok"
            found = [
                slow("database", code, ms=round(seconds * 1000)),
                worker_finding(cursor, up()),
                queue_finding(cursor),
                clock_finding(cursor, up()),
                events_finding(cursor),
            ]
            cursor.execute(GRADED)
            return found, cursor.fetchone()[0]
    except DatabaseError:
        away = fail("database", "check-database-away")
        return [away, *(fail(name, "check-unknown") for name in UNKNOWN)], 0
