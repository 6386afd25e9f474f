"""The list of customers written to a file in the background, as the worker does it.

    python -m benchmarks.exports FOLDER [--customers 1000000] [--query class=abc:A] [--form csv]

In the company of `benchmarks.site`. Told are rows a second of this process's processor, which is
the worker's, of it and its part of the database, and on the clock; `ratio` is the goal over the
first. `--profile FILE` keeps where the time goes.
"""

from __future__ import annotations

import argparse
import cProfile
import time
from pathlib import Path

import psutil

from benchmarks.site_company import MANAGER, site

GOAL = 50_000
"""Rows a second of the worker's processor."""


def written(query: str, form: str) -> tuple[int, float, float, float]:
    """Rows, and the seconds of the worker, of its part of the database, and on the clock."""
    from django.db import connection

    from kefen_crm.customer_pages import files
    from kefen_crm.team.models import User

    file = files.ask(User.objects.get(username=MANAGER), query, form)
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0])
    base, worked, began = sum(server.cpu_times()[:2]), time.process_time(), time.perf_counter()
    files.make(file.pk)
    clock, worked = time.perf_counter() - began, time.process_time() - worked
    base = sum(server.cpu_times()[:2]) - base
    file.refresh_from_db()
    if file.status != file.Status.FINISHED:
        raise SystemExit(f"export: {file.status} {file.reason}")
    rows = file.customers
    files.remove(file)
    return rows, worked, base, clock


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exports", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--query", default="")
    parser.add_argument("--form", nargs="+", default=["csv", "xlsx"])
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--profile", type=Path)
    asked = parser.parse_args()
    profile = cProfile.Profile()
    with site(asked.folder, asked.customers):
        for form in asked.form:
            for _turn in range(asked.turns):
                if asked.profile:
                    profile.enable()
                rows, worked, base, clock = written(asked.query, form)
                profile.disable()
                rate = rows / worked
                print(
                    f"{form}: {rows:,} rows, {rate:,.0f} a second of the worker, "
                    f"{rows / (worked + base):,.0f} with the database, {rows / clock:,.0f} on the "
                    f"clock, ratio {GOAL / rate:.2f}",
                    flush=True,
                )
    if asked.profile:
        profile.dump_stats(asked.profile)


if __name__ == "__main__":
    main()
