"""The site at size: every screen people wait for, against its goal.

    python -m benchmarks.site FOLDER [--customers 1000000] [--only search] [--users 20 --seconds 30]

A company of so many customers and five times as many order lines, graded by `abc` and `rfm`, is
made in FOLDER once. Then each page is asked for by a manager who sees everybody. Figures are
milliseconds, the best of some turns, as whatever else the machine does only adds to them: on the
clock the time in the database and of the whole page, and the processor time of this process, which
the database's comes on top of. `ratio` is the worse of the figures on the clock over its goal.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.crowd import Crowd, resident, served
from benchmarks.site_company import MANAGER, site

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

TURNS = 5
PATIENCE = 20.0
"""Seconds after which a page is not asked for again."""


@dataclass(frozen=True)
class Page:
    """A page to ask for; goals in milliseconds, `database` None where the whole counts."""

    row: str
    address: str
    whole: float
    database: float | None = None


@dataclass
class Clock:
    """Adds up the seconds and the number of statements."""

    seconds: float = 0.0
    statements: int = 0
    texts: list[tuple[float, str]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            took = time.perf_counter() - began
            self.seconds += took
            self.statements += 1
            self.texts.append((took, sql))


def pages(customers: int) -> list[Page]:
    """The rows of the table: what is asked for, and how fast it is to be."""
    from kefen_crm.customers.models import Customer

    someone = Customer.objects.order_by("-sales")[customers // 10]
    code, name = someone.code, someone.name
    last = max(1, min(20_000, customers // 50))

    def search(what: str, text: str) -> Page:
        return Page(f"search: {what}", f"/search/?q={text}", 80, 50)

    def listed(what: str, query: str) -> Page:
        return Page(f"list: {what}", f"/customers/?{query}", 200)

    return [
        search("exact code", code),
        search("start of a code", code[:5]),
        search("whole name", name),
        search("common part of a name", "贸易"),
        search("rare part of a name", name[2:5]),
        search("whole phone", someone.phone.replace("-", "")),
        search("part of a phone", someone.phone.replace("-", "")[3:8]),
        search("initials", someone.initials[:5]),
        search("full pinyin", someone.pinyin),
        search("one character", "明"),
        search("two words", "上海 贸易"),
        search("no hit", "魑魅魍魉"),
        Page("home", "/", 150),
        Page("schemes", "/schemes/", 150),
        Page("a scheme", "/schemes/abc/", 150),
        listed("first page", ""),
        listed(f"page {last}", f"page={last}"),
        listed("page in the middle", f"page={last // 2}"),
        *(
            listed(f"sorted by {by}", f"sort={by}")
            for by in ("name", "-sales", "orders", "-last_order_on", "-profit", "recency", "region")
        ),
        listed("a class", "class=abc:A"),
        listed("the last class", "class=abc:C"),
        listed("a region", "region=华东"),
        listed("class and region", "class=abc:A&region=华东"),
        listed("class and industry, sorted", "class=rfm:lapsed&industry=贸易&sort=name"),
        listed("two classes", "class=abc:C&class=rfm:lapsed"),
        listed("searched", "q=贸易"),
        Page("customer", f"/customers/of/{code}/", 100),
        Page("customer: what comes later", f"/customers/of/{code}/more/", 150),
        Page("customer: indicators", f"/customers/of/{code}/indicators/", 150),
        Page("customer: purchases", f"/customers/of/{code}/purchases.json", 150),
    ]


def measure(client: Client, page: Page, *, changed: bool) -> tuple[float, float, float, Clock]:
    """Milliseconds in the database, of the whole page, of the processor; the last statements.

    `changed`: this process remembers nothing before each turn, as after a change.
    """
    from django.core.cache import caches
    from django.db import connection

    base, whole, processor, clock = [], [], [], Clock()
    for _turn in range(TURNS):
        if changed:
            caches["figures"].clear()
        clock = Clock()
        began, worked = time.perf_counter(), time.process_time()
        with connection.execute_wrapper(clock):
            answer = client.get(page.address, HTTP_HX_REQUEST="")
        whole.append(time.perf_counter() - began)
        processor.append(time.process_time() - worked)
        base.append(clock.seconds)
        if answer.status_code != 200:
            raise SystemExit(f"{page.address}: {answer.status_code}")
        if sum(whole) > PATIENCE:
            break
    return min(base) * 1000, min(whole) * 1000, min(processor) * 1000, clock


def manager() -> Client:
    """A manager's browser, once everything is imported, and before any figure is read ahead."""
    from django.test import Client

    from kefen_crm.platform import stored_figures
    from kefen_crm.team.models import User

    logging.disable(logging.WARNING)
    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=MANAGER))
    client.get("/")  # imports
    client.get("/customers/")
    stored_figures.empty()
    return client


def all_pages(customers: int, only: str, *, verbose: bool, at_once: bool) -> None:
    from django.conf import settings

    from kefen_crm.platform import stored_figures

    client = manager()
    if not at_once:
        worked = time.process_time()
        stored_figures.read_all()
        print(f"figures read ahead: {time.process_time() - worked:.1f} s of this process")
    turns = (True, False) if "figures" in settings.CACHES else (False,)
    print(
        f"ms, best of {TURNS}: database, whole, processor, ratio, statements; "
        "after a change | as it is"
    )
    for page in pages(customers):
        if only not in page.row:
            continue
        told, slow = [], []
        for changed in turns:
            base, whole, processor, clock = measure(client, page, changed=changed)
            ratio = max(whole / page.whole, base / page.database if page.database else 0)
            told.append(
                f"{base:8.1f} {whole:7.1f} {processor:7.1f} {ratio:6.2f} {clock.statements:4}"
            )
            slow += sorted(clock.texts, reverse=True)[:5]
        print(f"{page.row:32} goal {page.whole:4.0f} | {' | '.join(told)}", flush=True)
        if verbose:
            for took, sql in slow:
                print(f"    {took * 1000:8.1f}  {sql[:400]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--only", default="")
    parser.add_argument("--verbose", action="store_true", help="the slowest statements too")
    parser.add_argument(
        "--at-once", action="store_true", help="before the worker has read figures ahead"
    )
    parser.add_argument("--users", type=int, default=0)
    parser.add_argument("--anew", action="store_true", help="users connect for each page")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    with site(asked.folder, asked.customers) as data:
        if asked.users:
            addresses = [page.address for page in pages(asked.customers)]
            crowd = Crowd(asked.users, addresses, anew=asked.anew)
            with served(data, asked.workers) as port:
                # Each process imports, and everybody's figures are read for the first time.
                print(f"at first: {crowd.run(port, asked.seconds)}", flush=True)
                clicks = crowd.run(port, asked.seconds)
                memory = resident(port)
            print(
                f"{asked.users} users, {asked.workers} processes: {clicks}; web {memory} MiB each"
            )
        else:
            all_pages(asked.customers, asked.only, verbose=asked.verbose, at_once=asked.at_once)


if __name__ == "__main__":
    main()
