"""The feed of changes at many customers: what stamping them costs, and what reading them takes.

    python -m benchmarks.changes [CUSTOMERS] [ROUNDS]

On a database of its own. Customers are brought up to the ledger with and without the column, index
and triggers by which changes are found, in turn: on a day when only the days since the last
purchase move (no change), and on one when everyone has bought. Then a reader takes all pages while
four writers change customers; what it has at the end is compared with the database.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl

from benchmarks.embedded_site import site_in
from benchmarks.synchronise import customers, keeping

TABLE = "customers_customer"
TRIGGERS = ("kefen_changed", "kefen_left")
INDEX = "customer_by_change"
WRITERS, WRITES, WRITTEN = 4, 50, 500
PAGE = 500


def run(*commands: str) -> list[tuple[Any, ...]]:
    """Run SQL; the rows of the last command."""
    from django.db import connection

    with connection.cursor() as cursor:
        for command in commands:
            cursor.execute(command)
        return cursor.fetchall() if cursor.description else []


def definitions() -> list[str]:
    """What makes changes be found, as SQL."""
    triggers = run(
        f"""SELECT pg_get_triggerdef(oid) FROM pg_trigger
        WHERE tgrelid = '{TABLE}'::regclass AND tgname IN {TRIGGERS}"""
    )
    column = f"ALTER TABLE {TABLE} ADD COLUMN changed xid8 NOT NULL DEFAULT pg_current_xact_id()"
    return [
        column,
        *run(f"SELECT pg_get_indexdef('{INDEX}'::regclass)")[0],
        *(t for (t,) in triggers),
    ]


def bring(day: int, bought: int) -> None:
    """A day's customers; `bought` is what everyone has bought since the first."""
    frame = customers(COUNT, day).with_columns(sales=pl.col("sales") + bought)
    keeping(frame)


def cost(rounds: int) -> None:
    """Both kinds of day, with and without stamping, in turn."""
    made = definitions()
    without = [f"ALTER TABLE {TABLE} DROP COLUMN changed CASCADE"]
    without += [f"DROP TRIGGER IF EXISTS {name} ON {TABLE}" for name in TRIGGERS]
    taken: dict[tuple[str, str], list[float]] = {}
    day = bought = 0
    for turn in range(rounds):
        ways = [("without", [*without]), ("with", made)]
        for way, commands in ways:
            run(*commands)
            run(f"VACUUM FULL {TABLE}", f"ANALYZE {TABLE}")
            for what in ("days pass", "everyone buys"):
                day, bought = day + 1, bought + (what == "everyone buys")
                began = time.perf_counter()
                bring(day, bought)
                taken.setdefault((what, way), []).append(time.perf_counter() - began)
                print(turn, what, way, f"{taken[what, way][-1]:.1f} s", flush=True)
    for what in ("days pass", "everyone buys"):
        plain, stamped = (statistics.median(taken[what, way]) for way in ("without", "with"))
        print(f"{what}: {plain:.1f} s, stamped {stamped:.1f} s, ratio {stamped / plain:.2f}")


def read(since: str, seen: dict[int, Any], times: list[float]) -> str:
    """Take every page from a cursor on, as the API does."""
    from kefen_crm.customers.models import Customer
    from kefen_crm.integrations import feed

    while True:
        began = time.perf_counter()
        found = feed.changes(feed.CUSTOMERS, since, PAGE)
        rows = Customer.objects.select_related("owner").in_bulk(found.rows)
        times.append(time.perf_counter() - began)
        seen |= {key: row.sales for key, row in rows.items()}
        since = found.end.written()
        if not found.more:
            return since


def write(number: int) -> None:
    """Change customers here and there, a transaction at a time."""
    from django.db import connection, transaction

    for turn in range(WRITES):
        with transaction.atomic():
            run(
                f"""UPDATE {TABLE} SET sales = sales + 1 WHERE id IN (
                SELECT id FROM {TABLE} WHERE id % {WRITES * WRITERS} = {turn * WRITERS + number}
                ORDER BY id LIMIT {WRITTEN})"""
            )
            time.sleep(0.01 * number)
    connection.close()


def reading() -> None:
    """Pages of everything while others write, then of what they wrote last."""
    seen: dict[int, Any] = {}
    times: list[float] = []
    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, number) for number in range(WRITERS)]
        since = read("", seen, times)
        for writer in writers:
            writer.result()
    pages = len(times)
    since = read(since, seen, times)
    told = sorted(times)
    print(
        f"{pages} pages of {PAGE} beside writers, {len(times) - pages} after: median "
        f"{statistics.median(told) * 1000:.0f} ms, worst {told[-1] * 1000:.0f} ms"
    )
    held: dict[int, Any] = dict(run(f"SELECT id, sales FROM {TABLE}"))
    wrong = sum(seen.get(key) != value for key, value in held.items())
    print(f"{len(held)} customers, {len(seen)} read, {wrong} of them other than in the database")
    times.clear()
    read(since, seen, times)
    print(f"nothing new: {times[0] * 1000:.0f} ms")


def measure(rounds: int) -> None:
    """All of it."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    run("DROP SCHEMA IF EXISTS bi CASCADE")
    bring(0, 0)
    cost(rounds)
    reading()


COUNT = 1_000_000


def main(count: int = COUNT, rounds: int = 2) -> None:
    globals()["COUNT"] = count
    with tempfile.TemporaryDirectory(prefix="kefen-changes-") as folder, site_in(folder, keep=True):
        measure(rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
