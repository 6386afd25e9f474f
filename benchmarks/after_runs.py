"""What bringing the site up to a run takes: the first, with nothing new, some new, of the next day.

    python -m benchmarks.after_runs FOLDER [--customers 1000000]

The company of `benchmarks.site` in FOLDER, made there once, with a database of its own that
is empty at first and goes at the end. Told are seconds of the processor, of this process and of its
part of the database's server: of the customers, and of their classes by `abc` and `rfm`; and the
most memory this process ever had. What the engine takes to grade is not in them. The database
gives no part of a statement to another process, whose time would not be told.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import logging
import os
import resource
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from benchmarks import generate
from benchmarks.site_company import AS_OF, CUSTOMERS, LINES_PER_CUSTOMER, SCHEMES
from benchmarks.work import processor_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_RUNS = "kefen_crm.grading.actions.runs"
_ALONE = "-c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0"
GOALS = {"first": 45, "nothing new": 1, "0.1 % new": 5, "a second day": 5, "the next day": 2}
"""Seconds of the processor for a million customers.

On a second day everybody comes to have a class of before, which later days find.
"""


@contextmanager
def spent(name: str, into: dict[str, float]) -> Iterator[None]:
    """Add what something takes."""
    began = processor_seconds()
    yield
    into[name] = into.get(name, 0) + processor_seconds() - began


def brought(title: str, as_of: dt.date = AS_OF) -> None:
    """Grade as of a day, and tell what bringing the site up to it took."""
    from kefen_crm.grading.actions import execute_runs, request_runs, runs
    from kefen_crm.grading.classes import follow_customers, vacuum
    from kefen_crm.grading.models import Scheme

    took: dict[str, float] = {}

    def timed(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def timing(*args: Any, **named: Any) -> Any:
            with spent(name, took):
                return act(*args, **named)

        return timing

    schemes = list(Scheme.objects.filter(name__in=SCHEMES))
    with (
        patch(f"{_RUNS}.follow_customers", timed("customers", follow_customers)),
        patch(f"{_RUNS}._record", timed("classes", runs._record)),  # noqa: SLF001  # and its commit
        patch(f"{_RUNS}.vacuum", timed("classes", vacuum)),
    ):
        execute_runs([run.pk for run in request_runs(None, schemes, as_of)])
    parts = ", ".join(f"{name} {seconds:5.2f}" for name, seconds in took.items())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{title:12} goal {GOALS[title]:3d} s | {sum(took.values()):6.2f} s: {parts} | "
        f"at most {memory:,.0f} MiB so far",
        flush=True,
    )


def bought(customers: int) -> None:
    """A thousandth of the order lines, each of another customer, come by an import."""
    from kefen_crm.gateway.ledger import opened

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "late.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["order_id", "line_no", "customer_id", "ordered_on", "amount"])
            for line in range(customers * LINES_PER_CUSTOMER // 1000):
                day = AS_OF - dt.timedelta(days=1 + line % 30)
                rows.writerow([f"LATE-{line}", 1, f"C{line * 190 % customers:08}", day, 100 + line])
        with opened() as ledger:
            ledger.load(path, "order_lines")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    generate.LINES_PER_CUSTOMER = LINES_PER_CUSTOMER
    made = generate.ledger(asked.folder, asked.customers * LINES_PER_CUSTOMER, CUSTOMERS)
    with tempfile.TemporaryDirectory(dir=asked.folder, prefix="after-runs-") as scratch:
        shutil.copytree(made / "ledger", Path(scratch) / "ledger", copy_function=os.link)
        measure(Path(scratch), asked.customers)


def measure(data: Path, customers: int) -> None:
    """The site over a ledger, with nothing in its database yet."""
    from benchmarks.embedded_site import site_in

    os.environ["PGOPTIONS"] = _ALONE
    with site_in(data, keep=False):
        from django.core.management import call_command

        call_command("prepare", verbosity=0)
        brought("first")
        brought("nothing new")
        bought(customers)
        brought("0.1 % new")
        for day, title in enumerate(("a second day", "the next day"), 1):  # with no new lines
            brought(title, AS_OF + dt.timedelta(days=day))


if __name__ == "__main__":
    main()
