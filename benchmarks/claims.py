"""Two people in two processes claim the same customers at the same moment, again and again.

    python -m benchmarks.claims [--times 500] [--data FOLDER]

In a site of its own or, quicker, once in that of a demo in FOLDER.

Both wait for each other before every claim. Told are how many each won, what the losers heard, and
how long a claim took. It ends with 1 unless each customer has one owner who is its one open
holding, nobody has more than the pool allows, and every loser was told why.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.embedded_site import site_in

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier

PEOPLE = ("first", "second")
RACED = "RACE-"
TOLD = {"won", "claimed-already", "day-limit"}


def claim_all(name: str, start: Barrier, answers: Any) -> None:
    """Claim every customer as one person; puts what came of each, and the seconds."""
    import django

    django.setup()
    from kefen_crm.customers.models import Customer
    from kefen_crm.holdings import actions
    from kefen_crm.team.models import User

    user = User.objects.get(username=name)
    counted: Counter[str] = Counter()
    begun = 0.0
    for customer in Customer.objects.filter(code__startswith=RACED).order_by("code"):
        start.wait()
        at = time.perf_counter()
        try:
            actions.claim(user, customer)
            counted["won"] += 1
        except actions.ClaimRefused as refused:
            counted[refused.code or "?"] += 1
        begun += time.perf_counter() - at
    answers.put((name, dict(counted), begun))


def company(times: int) -> int:
    """A pool with so many customers and two who may claim; gives how many a day each may."""
    from kefen_crm.customers.models import Customer
    from kefen_crm.holdings.models import Pool, PoolEntry
    from kefen_crm.team.actions import create_user
    from kefen_crm.team.roles import Role

    limit = times * 45 // 100
    pool = Pool.objects.create(name="Race", per_day=limit, most_held=0)
    rows = [
        Customer(code=f"{RACED}{number:05}", name=f"Customer {number}") for number in range(times)
    ]
    for one in Customer.objects.bulk_create(rows):
        PoolEntry.objects.create(customer=one, pool=pool, why="put")
    for name in PEOPLE:
        password, email = os.urandom(16).hex(), f"{name}@example.com"
        create_user(None, username=name, password=password, name=name, email=email, role=Role.REP)
    return limit


def race(times: int) -> bool:
    """Have both claim; whether all held."""
    from django.db import connections
    from django.db.models import F

    from kefen_crm.customers.models import Customer
    from kefen_crm.holdings.models import Holding

    limit = company(times)
    connections.close_all()
    spawn = multiprocessing.get_context("spawn")
    start, answers = spawn.Barrier(len(PEOPLE)), spawn.Queue()
    both = [spawn.Process(target=claim_all, args=(name, start, answers)) for name in PEOPLE]
    for one in both:
        one.start()
    told = [answers.get() for _ in both]
    for one in both:
        one.join()
    for name, counted, seconds in told:
        print(f"{name}: {counted}, {1000 * seconds / times:.1f} ms a claim")
    raced = Customer.objects.filter(code__startswith=RACED)
    open_ones = Holding.objects.filter(until=None, customer__in=raced)
    held = Counter(open_ones.values_list("user", flat=True))
    owned = raced.filter(owner__isnull=False).count()
    won = sum(counted.get("won", 0) for _name, counted, _seconds in told)
    held_so = (
        won == owned == sum(held.values())
        and max(held.values()) <= limit
        and not open_ones.exclude(user=F("customer__owner")).exists()
        and all(set(counted) <= TOLD for _name, counted, _seconds in told)
        and all(sum(counted.values()) == times for _name, counted, _seconds in told)
    )
    print(f"{owned} of {times} have one owner, none of whom passed {limit}: {held_so}")
    return held_so


def main() -> None:
    """Race in a site of its own, which goes afterwards."""
    read = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    read.add_argument("--times", type=int, default=500)
    read.add_argument("--data", type=Path)
    options = read.parse_args()
    with tempfile.TemporaryDirectory() as own:
        folder = str(options.data or own)
        with site_in(folder, keep=options.data is not None):
            from django.core.management import call_command

            if not options.data:
                call_command("prepare", verbosity=0)
            held = race(options.times)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
