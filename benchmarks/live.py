"""Live classes at size: facts arrive at a rate; how long until the class of each customer is there.

    python -m benchmarks.live FOLDER [CUSTOMERS] [LINES] [SECONDS] [RATE]

A ledger of a million customers and five million order lines is made in FOLDER once and graded by
four schemes. Then RATE orders a second come, each of another customer. As on the site, whatever
has come is classed together while more comes. Figures are seconds and, of the goal of 2 s for 95
of 100, the ratio.
"""

from __future__ import annotations

import datetime as dt
import random
import statistics
import sys
import time
from pathlib import Path

import polars as pl

import kefen
from benchmarks import generate
from kefen.run.live import LiveClasses, Pending, Standing, prepare

SCHEMES = ("abc", "rfm", "weighted", "lifecycle")
AS_OF = dt.date(2026, 1, 1)
GOAL = 2.0


def standings(ledger: kefen.ledger.Ledger) -> list[Standing]:
    known = {run.scheme.name: run for run in kefen.runs(ledger) if run.status == "finished"}
    if not set(SCHEMES) <= set(known):
        known = {run.scheme.name: run for run in kefen.grade_many(ledger, SCHEMES, AS_OF)}
    return [Standing(known[name]) for name in SCHEMES]


def orders(numbers: range, customers: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": [f"N-{number:06d}" for number in numbers],
            "customer_id": [
                f"C{random.Random(number).randrange(customers):08d}" for number in numbers
            ],
            "ordered_on": ["2025-12-30"] * len(numbers),
            "amount": [
                f"{random.Random(-number - 1).randrange(1, 90_000)}.00" for number in numbers
            ],
        }
    )


def main(
    folder: str,
    customers: int = 1_000_000,
    lines: int = 5_000_000,
    seconds: int = 20,
    rate: int = 20,
) -> None:
    generate.LINES_PER_CUSTOMER = max(lines // customers, 1)
    ledger = kefen.open(generate.ledger(Path(folder), lines))
    standing = standings(ledger)
    prepare(ledger)
    live = LiveClasses()
    first = Pending("orders", [orders(range(total := seconds * rate, total + 1), customers)])
    live.classify(ledger, standing, AS_OF, ["C00000000"], [first])  # what is done once
    began, done, waited, batches = time.perf_counter(), 0, [], []
    processor = 0.0
    while done < total:
        come = min(int((time.perf_counter() - began) * rate), total)
        if come == done:
            time.sleep(0.01)
            continue
        fresh = orders(range(done, come), customers)
        start, work = time.perf_counter(), time.process_time()
        people = fresh["customer_id"].to_list()
        live.classify(ledger, standing, AS_OF, people, [Pending("orders", [fresh])])
        end = time.perf_counter()
        batches.append(end - start)
        processor += time.process_time() - work
        waited += [end - began - number / rate for number in range(done, come)]
        done = come
    waited.sort()
    p95 = waited[int(len(waited) * 0.95)]
    print(f"{total} orders at {rate}/s in {len(batches)} batches of {total / len(batches):.0f}")
    print(f"a batch {processor / len(batches):.2f} s of processor time")
    print(f"a batch {statistics.median(batches):.2f} s; event to class: median")
    print(f"  {statistics.median(waited):.2f} s, 95 % {p95:.2f} s, worst {waited[-1]:.2f} s")
    print(f"  95 % ÷ goal: {p95 / GOAL:.2f}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
