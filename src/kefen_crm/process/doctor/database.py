"""The database: does it answer, is it this directory's, is it of this Kefen, how is its work."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Final

import psycopg

from kefen.errors import KefenError
from kefen_crm.process import belonging
from kefen_crm.process.findings import Finding, State, fail, ok, warn
from kefen_crm.process.ledger_checks import graded_version
from kefen_crm.process.migrations import OURS, compared
from kefen_crm.process.postgres import Embedded
from kefen_crm.process.queue_checks import (
    clock_finding,
    events_finding,
    queue_finding,
    worker_finding,
)
from kefen_crm.process.space import size

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from kefen_crm.process.doctor.serving import Serving

    Connection = psycopg.Connection[Any]

OLDEST: Final = 150000
"""PostgreSQL 15, as `server_version_num`."""
SKEW_SECONDS: Final = 2.0
SHOWN: Final = 3


def folder(data: Path) -> Path | None:
    """Where Kefen's own PostgreSQL keeps its files; None where another or none is used."""
    if os.environ.get("DATABASE_URL") or not (data / "postgres").exists():
        return None
    try:
        return Embedded(data).home.folder
    except KefenError:
        return None


def examine(data: Path, at_work: Serving | None) -> tuple[list[Finding], int]:
    """Findings about the database and, where the site is served, about its background work; and
    the newest version of the facts that the site has graded, 0 where nothing says so.
    """
    given = os.environ.get("DATABASE_URL")
    if given:
        return _look(given, data, at_work)
    try:
        if not (data / "postgres").exists() and not belonging.expects_cluster(data):
            belonging.refuse_without_address(data)
            return [ok("database", "check-database-none")], 0
        server = Embedded(data)
        stale = _stale_note(server)
        with server:
            found, graded = _look(server.url, data, at_work)
            return [*stale, *found], graded
    except KefenError as error:
        return [Finding("database", State.FAIL, error.code, error.data)], 0
    except psycopg.Error as error:
        return [_unreachable(error, data)], 0


def _stale_note(server: Embedded) -> list[Finding]:
    note = server.home.cluster / "postmaster.pid"
    if not note.exists() or server.is_running():
        return []
    return [warn("database", "check-pid-stale", path=str(note))]


def _look(url: str, data: Path, at_work: Serving | None) -> tuple[list[Finding], int]:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            found = [_answers(connection), *_belongs(connection, data, url)]
            if belonging.has_tables(connection):
                found += _migrations(connection, at_work)
                found += _runs(connection, data)
            found += [_time(connection)]
            return found + _work(connection, at_work), graded_version(url)
    except psycopg.Error as error:
        return [_unreachable(error, data)], 0


def _unreachable(error: psycopg.Error, data: Path) -> Finding:
    reason = (str(error).strip().splitlines() or ["?"])[0].rstrip(".")
    url = os.environ.get("DATABASE_URL")
    address = belonging.address(url) if url else str(data / "postgres")
    return fail("database", "database-unreachable", address=address, reason=reason)


def _answers(connection: Connection) -> Finding:
    query = """
        SELECT current_setting('server_version_num')::int, current_setting('server_version'),
               pg_database_size(current_database()), current_setting('server_encoding'),
               (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    """
    row = connection.execute(query).fetchone()
    number, version, held, encoding, superuser = row or (0, "?", 0, "?", False)
    told = {"version": version, "size": size(held)}
    if number < OLDEST:
        return fail("database", "check-database-too-old", **told)
    if encoding != "UTF8":
        return fail("database", "check-database-encoding", encoding=encoding)
    if superuser:
        return warn("database", "check-database-superuser", **told)
    return ok("database", "check-database-there", **told)


def _belongs(connection: Connection, data: Path, url: str) -> list[Finding]:
    try:
        note, there = belonging.read(data), belonging.known(connection)
    except KefenError as error:
        return [Finding("database", State.FAIL, error.code, error.data)]
    if not note or there is None or note["id"] == there[0]:
        return []
    told = {"data": str(data), "address": belonging.address(url)}
    before = note.get("address", "?")
    return [fail("database", "database-of-another-data", **told, before=before)]


def _migrations(connection: Connection, at_work: Serving | None) -> list[Finding]:
    """Whether the tables are those of this Kefen, of an older or of a newer one."""
    code, told = compared(connection)
    found = ok if code == OURS else fail
    if code == "check-migrations-missing" and not at_work:
        found = warn
    return [found("data", code, **told)]


def _runs(connection: Connection, data: Path) -> list[Finding]:
    """Whether the classes of each finished run are still on disk."""
    query = "SELECT engine_id FROM grading_run WHERE status = 'finished' AND engine_id <> ''"
    try:
        named = {name for (name,) in connection.execute(query).fetchall()}
    except psycopg.errors.UndefinedTable:  # told as a migration that is missing
        return []
    lost = sorted(name for name in named if not (data / "runs" / name / "run.json").exists())
    return [warn("data", "check-runs-lost", count=len(lost), found=lost[:SHOWN])] if lost else []


def _time(connection: Connection) -> Finding:
    before = time.time()
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
    apart = abs(float(row[0] if row else 0) - (before + time.time()) / 2)
    told = {"seconds": f"{apart:.1f}"}
    return (
        fail("time", "check-time-skew", **told)
        if apart > SKEW_SECONDS
        else ok("time", "check-time-ok")
    )


def _work(connection: Connection, at_work: Serving | None) -> list[Finding]:
    up = time.time() - at_work.since if at_work else 0.0
    of_server: list[Callable[[Any], Finding]] = [
        lambda cursor: worker_finding(cursor, up),
        queue_finding,
        lambda cursor: clock_finding(cursor, up),
    ]
    not_asked: list[Callable[[Any], Finding]] = [lambda _: ok("worker", "check-worker-not-asked")]
    asks = [*(of_server if at_work else not_asked), events_finding]
    try:
        with connection.cursor() as cursor:
            return [ask(cursor) for ask in asks]
    except psycopg.errors.UndefinedTable:  # told as a migration that is missing
        return []
