"""The day's work at size: `/today`, timelines, tasks, quality, and what the clock does at night.

    KEFEN_DATA=FOLDER kefen demo        # once, stopped when it is ready
    python -m benchmarks.work FOLDER [--customers 1000000] [--verbose]

SQL copies the customers of a demo in FOLDER until there are so many, with their classes and owners,
and gives each five activities in three years with their events and one open task. The ledger stays
that of the demo. Pages are asked for by the representative with most customers and by a manager who
sees everybody: the best of some turns, in milliseconds on the clock. Jobs of the clock are told in
processor seconds, of this process and of its part of the database's server; what they write is
taken back.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.embedded_site import site_in
from benchmarks.site import Clock, Page, measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.backends.utils import CursorWrapper
    from django.db.models import Model
    from django.test import Client

    from kefen_crm.platform.parts import ClockJob

MANAGER = "manager"
PER_CUSTOMER = 5
BUSY = 1_000
"""Events of the customer whose timeline is asked for."""
LIMIT = 60.0
"""Processor seconds that a job may take for everybody."""

_ID = """(lpad(to_hex((extract(epoch FROM {at}) * 1000)::bigint), 12, '0') || '7'
    || substr(md5({key}), 1, 3) || '8' || substr(md5({key}), 5, 15))::uuid"""
_ACTIVITIES = """
    INSERT INTO activities_activity (customer_id, contact, kind, direction, at, minutes, answered,
        outcome, text, state, version, by_id, created, changed)
    SELECT c.id, '', (ARRAY['call','visit','wechat','mail','note'])[1 + (c.id + n) % 5], 'out',
        now() - ((c.id * 7919 + n * 104729) % 1095 + 1) * interval '1 day', 15,
        (c.id + n) % 4 <> 0, '', 'talked about the order', 'noted', 1,
        COALESCE(c.owner_id, {person}), now(), now()
    FROM customers_customer AS c, generate_series(1, {times}) AS n
    WHERE {whose}
"""
_EVENTS = f"""
    INSERT INTO platform_event (id, at, actor_id, verb, customer_id, object_type, object_id,
        version, after, reason, key, digest)
    SELECT {_ID.format(at="a.at", key="'a' || a.id")}, a.at, a.by_id, 'activity.logged',
        a.customer_id, 'activities.activity', a.id::text, 1,
        jsonb_build_object('kind', a.kind, 'text', a.text), '', '', ''
    FROM activities_activity AS a WHERE a.text = 'talked about the order'
"""
_TASKS = """
    INSERT INTO activities_task (customer_id, kind, title, due_on, snoozes, owner_id, origin,
        occurrence, since, told, state, reason, version, created, changed)
    SELECT c.id, 'call', '', current_date + (c.id * 7919 % 60)::int - 10, 0,
        COALESCE(c.owner_id, {person}), CASE WHEN c.id % 2 = 0 THEN 'rhythm' ELSE 'person' END, 'b',
        current_date - 30, jsonb_build_object('rule', 'everybody', 'days', 20, 'spoken', true,
            'holder', c.owner_id),
        'open', '', 1, now(), now()
    FROM customers_customer AS c WHERE c.code LIKE '%~%'
"""
_LONG_AGO = "UPDATE holdings_holding SET since = now() - interval '400 days' WHERE until IS NULL"
_FILLED = (
    "customers_customer", "grading_customerclass", "activities_activity", "activities_task",
    "platform_event",
)  # fmt: skip
_FOREIGN_KEYS = """
    SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
        format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
            pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text = ANY(%s)
"""
_SECONDARY = """
    SELECT 'DROP INDEX ' || indexrelid::regclass, pg_get_indexdef(indexrelid) FROM pg_index AS i
    WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique
        AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
"""


def fill(customers: int) -> None:
    """Copies of customers up to so many, activities, events and tasks, unless they are there."""
    from django.db import connection, transaction

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import CustomerClass
    from kefen_crm.team.models import User

    there = Customer.objects.exclude(code__contains="~").count()
    times = customers // there - 1
    if times < 1 or Customer.objects.filter(code__contains="~").exists():
        return
    person = User.objects.get(username=MANAGER).pk
    busy = Customer.objects.filter(sales__isnull=False).order_by("-sales")[0].pk
    ordinary = {"person": person, "times": PER_CUSTOMER, "whose": "c.code LIKE '%~%'"}
    spoken = {"person": person, "times": BUSY, "whose": f"c.id = {busy}"}
    statements = [
        copied(Customer, {"code": "c.code || '~' || n"}, times),
        copied(CustomerClass, {"customer_id": "t.id"}, 0),
        _ACTIVITIES.format(**ordinary), _ACTIVITIES.format(**spoken), _EVENTS,
        _TASKS.format(person=person), _LONG_AGO,
    ]  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        with without_indexes(cursor, _FILLED):
            for statement in statements:
                began = time.perf_counter()
                cursor.execute(statement)
                took = time.perf_counter() - began
                print(f"{took:8.1f} s  {' '.join(statement.split())[:60]}", flush=True)
        cursor.execute("ANALYZE")


@contextmanager
def without_indexes(cursor: CursorWrapper, tables: Sequence[str]) -> Iterator[None]:
    """The filled tables without indexes, keys and triggers; indexes are made at last."""
    cursor.execute(_FOREIGN_KEYS, [list(tables)])
    keys = cursor.fetchall()
    cursor.execute(_SECONDARY, [list(tables)])
    indexes = cursor.fetchall()
    for drop, _ in (*keys, *indexes):
        cursor.execute(drop)
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
    yield
    for _, made in (*indexes, *keys):
        began = time.perf_counter()
        cursor.execute(made)
        print(f"{time.perf_counter() - began:8.1f} s  {made[:60]}", flush=True)
    for table in tables:
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def copied(model: type[Model], changed: dict[str, str], times: int) -> str:
    """SQL that copies every row of a table so many times, or those of customers to their copies."""
    fields = model._meta.concrete_fields  # noqa: SLF001  # Django documents it for use
    columns = (one.column for one in fields if not (one.primary_key or one.generated))
    names = [column for column in columns if column]
    table = model._meta.db_table  # noqa: SLF001
    values = ", ".join(changed.get(name, f"c.{name}") for name in names)
    source = f"{table} AS c, generate_series(1, {times}) AS n"
    if not times:
        source = f"""{table} AS c JOIN customers_customer AS o ON o.id = c.customer_id
            JOIN customers_customer AS t ON split_part(t.code, '~', 1) = o.code AND t.id <> o.id"""
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {source}"


def pages() -> list[tuple[str, Page]]:
    """Who asks for which page, and how fast it is to be."""
    from django.db.models import Count

    from kefen_crm.activities.models import Activity
    from kefen_crm.team.models import User

    rep = User.objects.filter(role="rep").annotate(n=Count("customers")).order_by("-n")[0].username
    [busy] = Activity.objects.values("customer__code").annotate(n=Count("pk")).order_by("-n")[:1]
    customer = f"/customers/of/{busy['customer__code']}/"
    return [
        (rep, Page("today of a representative", "/today/", 150)),
        (MANAGER, Page("today of the team", "/today/", 150)),
        (MANAGER, Page("customer", customer, 150)),
        (MANAGER, Page("timeline, 50 lines", f"/audit/of/{busy['customer__code']}/", 100)),
        (rep, Page("tasks", "/tasks/", 150)),
        (MANAGER, Page("tasks of the team", "/tasks/?whose=team", 150)),
        (rep, Page("calendar", "/tasks/calendar/", 150)),
        (MANAGER, Page("pool", "/pool/", 150)),
        (MANAGER, Page("quality", "/quality/", 1_000)),
        (MANAGER, Page("duplicates", "/duplicates/", 150)),
    ]


def ask(*, verbose: bool) -> None:
    """Each page, with its goal."""
    from django.test import Client

    from kefen_crm.team.models import User

    clients: dict[str, Client] = {}
    for name, page in pages():
        if name not in clients:
            clients[name] = Client(HTTP_HOST="localhost")
            clients[name].force_login(User.objects.get(username=name))
        clients[name].get(page.address)  # imports and templates
        base, whole, processor, clock = measure(clients[name], page, changed=False)
        print(
            f"{page.row:28} goal {page.whole:5.0f} | database {base:8.1f} whole {whole:8.1f} "
            f"processor {processor:7.1f} | {clock.statements} statements",
            flush=True,
        )
        if verbose:
            for took, sql in sorted(clock.texts, reverse=True)[:4]:
                print(f"    {took * 1000:8.1f}  {sql[:3000]}")


def nights(*, verbose: bool) -> None:
    """What the clock does for everybody in a night."""
    from kefen_crm.activities import planner
    from kefen_crm.holdings.actions import recycling
    from kefen_crm.quality import nightly

    jobs = {"rhythm": planner.JOB, "recycling": recycling.JOB_OF_CLOCK, "quality": nightly.JOB}
    for title, job in jobs.items():
        clock = Clock()
        took, wall = _night(job, clock)
        database = clock.seconds
        print(
            f"{title:28} goal {LIMIT:5.0f} | processor {took:6.1f} s, clock {wall:6.1f} s, of that "
            f"waiting for the database {database:.1f} s | {clock.statements} statements",
            flush=True,
        )
        if verbose:
            for seconds, sql in sorted(clock.texts, reverse=True)[:4]:
                print(f"    {seconds:8.2f} s  {sql[:3000]}")


def _night(job: ClockJob, clock: Clock) -> tuple[float, float]:
    """Processor seconds and seconds of one turn of a job, which is taken back."""
    from django.db import connection, transaction

    from kefen_crm.platform.clock import Turn

    now = dt.datetime.now(dt.UTC)
    worked, began = processor_seconds(), time.perf_counter()
    with transaction.atomic(), connection.execute_wrapper(clock):
        job.run(Turn(job.name, now.date(), now))
        transaction.set_rollback(True)
    return processor_seconds() - worked, time.perf_counter() - began


def processor_seconds() -> float:
    """Of this process and of its part of the database's server, so far."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    fields = Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--verbose", action="store_true", help="the slowest statements too")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    with site_in(asked.folder, keep=True):
        fill(asked.customers)
        ask(verbose=asked.verbose)
        nights(verbose=asked.verbose)


if __name__ == "__main__":
    main()
