"""People at work while facts come and go: nothing may fail, slow down for good, or grow.

    python -m benchmarks.soak FOLDER [--customers 200000] [--minutes 60] [--users 20]

The company of `benchmarks.site`. So many users click without rest, at first alone; then while
order lines are imported, graded, exported and taken back, again and again. Told are requests a
second, the time that 95 of 100 answers took, errors, and resident memory of each web process at the
beginning and the end. It ends with 1 where an answer was an error, no turn of that work ended,
memory grew by more than a fifth, or 95 of 100 answers took more than twice their quiet time.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.crowd import Clicks, Crowd, resident, served
from benchmarks.site import pages
from benchmarks.site_company import AS_OF, MANAGER, SCHEMES, site

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = 200
"""So many order lines come at a time."""
GROWN = 1.2
"""Memory may grow by that factor: what is remembered fills up."""


def turn(number: int) -> None:
    """Import some lines, grade, write the list to a file, and take the lines back."""
    from kefen_crm.customer_pages import files
    from kefen_crm.gateway.ledger import opened
    from kefen_crm.grading.actions import execute_runs, request_runs
    from kefen_crm.grading.models import Scheme
    from kefen_crm.team.models import User

    heading = ["order_id", "line_no", "customer_id", "ordered_on", "amount"]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"soak-{number}.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(heading)
            for line in range(LINES):
                day = AS_OF - timedelta(days=1 + line % 30)
                rows.writerow([f"SOAK{number}-{line}", 1, f"C{line * 37:08}", day, 100 + line])
        with opened() as ledger:
            batch = ledger.load(path, "order_lines")
    schemes = list(Scheme.objects.filter(name__in=SCHEMES))
    execute_runs([run.pk for run in request_runs(None, schemes, AS_OF)])
    export = files.ask(User.objects.get(username=MANAGER), "class=abc:A", "csv")
    files.make(export.pk)
    export.refresh_from_db()
    if export.status != export.Status.FINISHED:
        raise RuntimeError(f"export: {export.status}")
    files.remove(export)
    with opened() as ledger:
        ledger.undo(batch.id)
    execute_runs([run.pk for run in request_runs(None, schemes, AS_OF)])


class Work:
    """Turns one after the other beside the crowd, until they are to stop."""

    def __init__(self, do: Callable[[int], None]) -> None:
        self.turns = 0
        self.failed: str = ""
        self._do = do
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Work:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        from django.db import connection

        try:
            while not self._stop.is_set():
                self._do(self.turns)
                self.turns += 1
        except Exception as error:  # told at the end, whatever it is
            self.failed = repr(error)
        finally:
            connection.close()


def soak(data: Path, customers: int, users: int, minutes: float, workers: int) -> bool:
    """Whether all held."""
    crowd = Crowd(users, [page.address for page in pages(customers)])
    quiet_seconds = max(5.0, min(60.0, minutes * 6))
    with served(data, workers) as port:
        crowd.run(port, quiet_seconds)  # each process imports and reads what it keeps
        quiet = crowd.run(port, quiet_seconds)
        before = resident(port)
        print(f"quiet: {quiet}; web {before} MiB", flush=True)
        end = time.perf_counter() + minutes * 60
        errors = len(quiet.errors)
        with Work(turn) as work:
            parts: list[Clicks] = []
            while time.perf_counter() < end:
                parts.append(crowd.run(port, min(60.0, max(1.0, end - time.perf_counter()))))
                errors += len(parts[-1].errors)
                told = f"{work.turns} turns; web {resident(port)} MiB"
                print(f"at work: {parts[-1]}; {told}", flush=True)
        after = resident(port)
    took = [one for part in parts for one in part.took]
    busy = Clicks(sum(part.length for part in parts), took, [])
    print(f"{work.turns} turns {work.failed}; 95 %: quiet {quiet.slow:.2f} s")
    print(f"at work {busy}")
    return (
        not errors
        and not work.failed
        and work.turns > 0
        and max(after) <= GROWN * max(before)
        and busy.slow <= 2 * quiet.slow
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    with site(asked.folder, asked.customers) as data:
        held = soak(data, asked.customers, asked.users, asked.minutes, asked.workers)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
