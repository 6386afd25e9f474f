"""Money, service and leads at size: ageing, the queue of tickets, and what the clock does at night.

    KEFEN_DATA=FOLDER kefen demo        # once, stopped when it is ready
    python -m benchmarks.money FOLDER [--rows 1000000] [--customers 100000] [--verbose]

SQL copies the customers of a demo in FOLDER with their classes and owners. The ledger gets so many
invoices of three years, with the payments of seven in ten; the site gets as many tickets, one in
fifty of them not solved, with two messages and two clocks each, a twentieth as many promises and a
fifth as many leads, one in ten open. The tables are filled without indexes, which are made
afterwards. Pages are asked for by a manager who sees everybody, just after a change, after it once
the worker was ahead, and as they are: the best of some turns, in milliseconds on the clock, and of
the processor in this process and its part of the database's server. Jobs of the clock are told in
processor seconds; what they write is taken back.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.embedded_site import site_in
from benchmarks.generate import Step, write
from benchmarks.site import Clock, Page
from benchmarks.work import copied, processor_seconds, without_indexes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.test import Client

MANAGER = "manager"
LIMIT = 60.0
"""Processor seconds that a job may take in a night."""
OPEN_SHARE = 0.3
"""Of the invoices, those that nobody paid in full."""
DAYS = 1_095
TURNS = 3
STATES = ("changed", "worker ahead", "as it is")

_INVOICES = """
with drawn as (
  select i, hash(i) / 18446744073709551615.0 as who, hash(i + 7) / 18446744073709551615.0 as day,
    hash(i + 13) / 18446744073709551615.0 as size from range({rows}) as t(i)
)
select 'R' || lpad(i::varchar, 8, '0') as invoice_id, code as customer_id,
  current_date - 1 - floor(day * {days})::int as issued_on,
  current_date + 29 - floor(day * {days})::int as due_on,
  round(100 + exp(8 * size), 2)::decimal(18, 2) as amount, '{batch}' as batch_id
from drawn join read_csv('{codes}', header = true, all_varchar = true) as c
  on c.place = floor(who * {customers})::bigint::varchar
"""
_PAYMENTS = """
with paid as ({invoices}), drawn as (
  select *, hash(invoice_id) / 18446744073709551615.0 as luck,
    hash(invoice_id || 'd') / 18446744073709551615.0 as late from paid
)
select 'Z' || invoice_id as payment_id, invoice_id, customer_id,
  least(due_on - 15 + floor(45 * late)::int, current_date - 1) as paid_on,
  amount, '{batch}' as batch_id
from drawn where luck > {open}
"""
_TICKETS = """
    INSERT INTO tickets_ticket (customer_id, contact, kind, severity, title, product, cause, state,
        owner_id, opened_at, answered_at, solved_at, due_at, reopened, version, origin, by_id)
    SELECT c.id, '', (ARRAY['question','complaint','repair','suggestion'])[1 + n % 4],
        (ARRAY['normal','normal','urgent'])[1 + n % 3], 'A question about order ' || n, '',
        CASE WHEN n % 8 = 1 THEN (ARRAY['late delivery','broken','wrong item'])[1 + n % 3] ELSE ''
            END,
        CASE WHEN n % 50 <> 0 THEN 'solved' WHEN n % 100 = 0 THEN 'waiting' ELSE 'open' END,
        CASE WHEN n % 500 = 0 THEN NULL ELSE c.owner_id END, at, at + interval '3 hours',
        CASE WHEN n % 50 <> 0 THEN at + interval '20 hours' END,
        CASE WHEN n % 50 = 0 AND n % 100 <> 0 THEN at + interval '40 hours' END, 0, 1, '', {person}
    FROM generate_series(1, {rows}) AS n
    JOIN (SELECT id, owner_id, row_number() OVER (ORDER BY id) AS place FROM customers_customer)
        AS c ON c.place = 1 + (n * 7919::bigint) % {customers},
    LATERAL (SELECT CASE WHEN n % 50 = 0 THEN now() - (n * 31::bigint % 2000) * interval '2 minutes'
        ELSE now() - (n * 104729::bigint % 1576800) * interval '1 minute' END AS at) AS t
"""
_MESSAGES = """
    INSERT INTO tickets_message (ticket_id, direction, channel, text, at, by_id)
    SELECT t.id, (ARRAY['in','out'])[k], 'mail', 'Words about it', t.opened_at + k * interval
        '1 hour', {person} FROM tickets_ticket AS t, generate_series(1, 2) AS k
    WHERE t.title LIKE 'A question about order %'
"""
_CLOCKS = """
    INSERT INTO tickets_serviceclock (ticket_id, target, rule, allowed, started_at, warn_at, due_at,
        paused_at, paused, stopped_at, warned, breached_at)
    SELECT t.id, (ARRAY['first','resolve'])[k], 'everybody', 480 * k, t.opened_at,
        t.opened_at + k * interval '15 hours', t.opened_at + k * interval '20 hours',
        CASE WHEN t.state = 'waiting' AND k = 2 THEN t.opened_at + interval '4 hours' END, 0,
        CASE WHEN k = 1 THEN t.answered_at ELSE t.solved_at END,
        t.state <> 'open' OR t.opened_at < now() - interval '45 hours',
        CASE WHEN t.state <> 'open' OR t.opened_at > now() - interval '45 hours' THEN NULL
            ELSE t.opened_at + k * interval '20 hours' END
    FROM tickets_ticket AS t, generate_series(1, 2) AS k
    WHERE t.title LIKE 'A question about order %'
"""
_PROMISES = """
    INSERT INTO receivables_promise (customer_id, amount, due_on, given_on, note, state, part,
        parts, version, by_id, created)
    SELECT c.id, 1000 + n % 9000, current_date - 300 + n % 310, current_date - 320 + n % 310, '',
        CASE WHEN n % 310 > 290 THEN 'open' WHEN n % 3 = 0 THEN 'broken' ELSE 'kept' END, 1, 1, 1,
        {person}, now()
    FROM generate_series(1, {rows} / 20) AS n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM customers_customer) AS c
        ON c.place = 1 + (n * 7919::bigint) % {customers}
"""
_LEADS = """
    INSERT INTO leads_lead (name, company, title, phone, email, wechat, region, address, source,
        inquiry, product, quantity, budget, wanted_on, state, owner_id, grade, rule, first_grade,
        opened_at, touched_at, ended_at, drop_reason, note, version)
    SELECT 'Lead ' || n, 'Company ' || n, '', CASE WHEN h % 3 > 0 THEN '1390000' || n ELSE '' END,
        '', '', (ARRAY['华东','华南','华北',''])[1 + h % 4], '',
        (ARRAY['website','referral','exhibition','call'])[1 + h / 7 % 4],
        CASE WHEN h / 11 % 2 = 0 THEN 'We need bearings for a new line' ELSE '' END,
        CASE WHEN h / 13 % 2 = 0 THEN 'Bearing' ELSE '' END, '',
        CASE WHEN h / 17 % 3 = 0 THEN 80000 END, NULL,
        CASE WHEN n % 10 = 0 THEN 'working' WHEN h / 19 % 10 < 1 + h / 7 % 4 + 2 * (1 - h / 11 % 2)
            THEN 'converted' ELSE 'dropped' END, {person}, 'C', '', 'C', at, at,
        CASE WHEN n % 10 <> 0 THEN at + interval '5 days' END,
        CASE WHEN n % 10 <> 0 THEN 'no_need' ELSE '' END, '', 1
    FROM generate_series(1, {rows} / 5) AS n,
    LATERAL (SELECT abs(hashint4(n)) / 2 AS h, now() - (n * 7919::bigint % 700 + 6) * interval
        '1 day' AS at) AS t
"""
_NOTED = """
    INSERT INTO platform_event (id, at, actor_id, verb, object_type, object_id, version, after,
        reason, key, digest)
    SELECT gen_random_uuid(), l.opened_at, l.owner_id, 'lead.noted', 'leads.lead', l.id::text, 1,
        jsonb_build_object('source', l.source, 'region', l.region, 'phone', l.phone, 'company',
            l.company, 'inquiry', l.inquiry, 'product', l.product, 'budget', l.budget::text),
        '', '', ''
    FROM leads_lead AS l WHERE l.name LIKE 'Lead %'
"""
FILLED = (
    "customers_customer", "grading_customerclass", "tickets_ticket", "tickets_message",
    "tickets_serviceclock", "receivables_promise", "leads_lead", "platform_event",
)  # fmt: skip


def fill(rows: int, customers: int) -> None:
    """Customers, tickets, promises and leads, unless they are there."""
    from django.db import connection, transaction

    from kefen_crm.customers.models import Customer
    from kefen_crm.grading.models import CustomerClass
    from kefen_crm.team.models import User

    if Customer.objects.filter(code__contains="~").exists():
        return
    times = customers // Customer.objects.count() - 1
    told = {
        "person": User.objects.get(username=MANAGER).pk, "rows": rows,
        "customers": Customer.objects.count() * (times + 1),
    }  # fmt: skip
    statements = [
        copied(Customer, {"code": "c.code || '~' || n"}, times),
        copied(CustomerClass, {"customer_id": "t.id"}, 0),
        *(one.format(**told) for one in (_TICKETS, _MESSAGES, _CLOCKS, _PROMISES, _LEADS, _NOTED)),
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        with without_indexes(cursor, FILLED):
            for statement in statements:
                began = time.perf_counter()
                cursor.execute(statement)
                took = time.perf_counter() - began
                print(f"{took:8.1f} s  {' '.join(statement.split())[:60]}", flush=True)
        cursor.execute("ANALYZE")


def bill(data: Path, rows: int) -> None:
    """So many invoices and their payments in the ledger, unless they are there."""
    from kefen.engines import open_embedded
    from kefen.ledger.versions import Versions
    from kefen_crm.customers.models import Customer

    marker = data / "ledger" / f"invoiced-{rows}"
    if marker.exists():
        return
    codes = list(Customer.objects.order_by("code").values_list("code", flat=True))
    scratch = data / "ledger" / "staging" / "generate"
    scratch.mkdir(parents=True)
    listed = scratch / "codes.csv"
    lines = (f"{place},{code}" for place, code in enumerate(codes))
    listed.write_text("place,code\n" + "\n".join(lines) + "\n")
    told = {
        "rows": rows, "days": DAYS, "codes": listed, "customers": len(codes), "open": OPEN_SHARE,
        "batch": "{batch}",
    }  # fmt: skip
    invoices = _INVOICES.format(**told)
    steps = [
        Step("invoices", invoices),
        Step("payments", _PAYMENTS.format(invoices=invoices, **told)),
    ]
    engine = open_embedded("2GB", scratch)
    began = time.perf_counter()
    try:
        for step in steps:
            versions = Versions(data / "ledger" / "versions")
            write(engine, data / "ledger", versions, step, scratch)
    finally:
        engine.close()
    shutil.rmtree(scratch)
    marker.touch()
    print(f"{time.perf_counter() - began:8.1f} s  {rows} invoices with their payments", flush=True)


def publish() -> None:
    """Rules of dunning, service and grades for everybody, and what is learned about leads."""
    from kefen_crm.leads import versions
    from kefen_crm.leads.models import LeadModel
    from kefen_crm.platform.models import RuleDocument
    from kefen_crm.team.models import User

    for kind, rule in (
        ("dunning", {"name": "everybody"}),
        ("service_level", {"name": "everybody"}),
        ("lead_grade", {"name": "everybody", "fade_days": 30}),
    ):
        if not RuleDocument.objects.filter(kind=kind, state="published").exists():
            RuleDocument.objects.create(
                kind=kind, version=1, document={"rules": [rule]}, state="published"
            )
    if versions.in_force() is None:
        model = LeadModel.objects.create()
        versions.learn(model.pk)
        versions.publish(User.objects.get(username="admin"), model)


def ask(only: str, *, verbose: bool) -> None:
    """Each page, with its goal."""
    from django.test import Client

    from kefen_crm.team.models import User

    pages = [
        Page("ageing by class", "/receivables/", 300),
        Page("ageing by owner", "/receivables/?by=owner", 300),
        Page("ageing by region", "/receivables/?by=region", 300),
        Page("open invoices", "/receivables/invoices/", 300),
        Page("queue of tickets", "/service/", 150),
        Page("queue: late ones", "/service/?state=late", 150),
        Page("queue: mine", "/service/?whose=mine", 150),
        Page("queue: solved", "/service/?state=solved", 150),
        Page("leads", "/leads/", 150),
        Page("leads, likeliest first", "/leads/?order=chance", 150),
    ]
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=MANAGER))
    for page in pages:
        if only not in page.row:
            continue
        client.get(page.address)  # imports and templates
        told, slow = [], []
        for state in STATES:
            whole, worked, clock = _turns(client, page, state)
            ratio = worked / page.whole
            told.append(
                f"{state}: clock {whole:7.1f} processor {worked:6.1f} ratio {ratio:5.2f} "
                f"statements {clock.statements:3}"
            )
            slow += sorted(clock.texts, reverse=True)[:4]
        print(f"{page.row:28} goal {page.whole:5.0f} | {' | '.join(told)}", flush=True)
        if verbose:
            for took, sql in slow:
                print(f"    {took * 1000:8.1f}  {sql[:400]}")


def _turns(client: Client, page: Page, state: str) -> tuple[float, float, Clock]:
    """Milliseconds on the clock and of processor, the best of some turns; the last statements.

    `state`: of `STATES`; after a change no figure is remembered, and the worker may have been
    ahead of the page.
    """
    from django.core.cache import caches
    from django.db import connection

    from kefen_crm.platform import stored_figures

    whole, worked, clock = [], [], Clock()
    for _turn in range(TURNS):
        if state != "as it is":
            caches["figures"].clear()
            stored_figures.empty()
        if state == "worker ahead":
            stored_figures.read_all()
            caches["figures"].clear()
        clock = Clock()
        began, before = time.perf_counter(), processor_seconds()
        with connection.execute_wrapper(clock):
            answer = client.get(page.address)
        whole.append(time.perf_counter() - began)
        worked.append(processor_seconds() - before)
        if answer.status_code != 200:
            raise SystemExit(f"{page.address}: {answer.status_code}")
    return min(whole) * 1000, min(worked) * 1000, clock


def nights(only: str, *, verbose: bool) -> None:
    """What the clock does for everybody in a night."""
    from kefen_crm.dunning import proposing
    from kefen_crm.leads import actions, versions
    from kefen_crm.leads.models import LeadModel
    from kefen_crm.receivables.plugin import PLUGIN
    from kefen_crm.tickets import alerts

    def learn(_due: object) -> None:
        versions.learn(LeadModel.objects.create().pk)

    jobs: dict[str, Callable[..., object]] = {
        "open invoices, promises": PLUGIN.clock_jobs[0].run,
        "what was expected": PLUGIN.clock_jobs[1].run,
        "dunning": proposing.JOB.run,
        "service clocks": alerts.watch,
        "leads graded": actions.JOB.run,
        "leads learned": learn,
    }
    for title, job in jobs.items():
        if only not in title:
            continue
        with _turn(keep=job is PLUGIN.clock_jobs[0].run) as (clock, due, told):
            job(due)
        print(
            f"{title:28} goal {LIMIT:5.0f} | processor {told['worked']:6.1f} s, clock "
            f"{told['took']:6.1f} s, of that waiting for the database {clock.seconds:.1f} s, "
            f"ratio {told['worked'] / LIMIT:5.2f} | {clock.statements} statements",
            flush=True,
        )
        if verbose:
            for seconds, sql in sorted(clock.texts, reverse=True)[:4]:
                print(f"    {seconds:8.2f} s  {sql[:400]}")


@contextmanager
def _turn(*, keep: bool) -> Iterator[tuple[Clock, object, dict[str, float]]]:
    """A turn of a job at eleven on a working day; taken back unless later ones build on it."""
    from django.db import connection, transaction

    from kefen_crm.platform.calendar import current
    from kefen_crm.platform.clock import Turn

    calendar, clock, told = current(), Clock(), dict[str, float]()
    day = dt.datetime.now(calendar.zone).date()
    while not calendar.intervals(day):
        day += dt.timedelta(days=1)
    now = dt.datetime.combine(day, dt.time(11), calendar.zone)
    worked, began = processor_seconds(), time.perf_counter()
    with transaction.atomic(), connection.execute_wrapper(clock):
        yield clock, Turn("benchmark", now.date(), now), told
        transaction.set_rollback(not keep)
    told["worked"], told["took"] = processor_seconds() - worked, time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--only", default="", help="of which pages and jobs, by a part of a name")
    parser.add_argument("--verbose", action="store_true", help="the slowest statements too")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    with site_in(asked.folder, keep=True):
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        fill(asked.rows, asked.customers)
        bill(asked.folder, asked.rows)
        publish()
        nights(asked.only, verbose=asked.verbose)
        ask(asked.only, verbose=asked.verbose)


if __name__ == "__main__":
    main()
