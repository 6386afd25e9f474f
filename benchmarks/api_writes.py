"""Writers at once against a running site: how long an answer takes, and whether all landed.

    python -m benchmarks.api_writes http://127.0.0.1:8000 kfn_… [WRITERS] [ROUNDS]

Writes orders of a customer `BENCH` to the site's ledger: use one that is for trying things.
"""

from __future__ import annotations

import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import requests

Answer = tuple[float, int, str]


def write(address: str, token: str, order: str) -> Answer:
    row = {"order_id": order, "customer_id": "BENCH", "ordered_on": "2025-12-24", "amount": "1"}
    began = time.perf_counter()
    answer = requests.post(
        f"{address}/api/v1/facts/orders",
        json=[row],
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": order},
        timeout=120,
    )
    return time.perf_counter() - began, answer.status_code, order


def landed(address: str, token: str, wanted: set[str]) -> set[str]:
    found: set[str] = set()
    page = f"{address}/api/v1/facts/orders?customer=BENCH&limit=500"
    while page:
        told = requests.get(page, headers={"Authorization": f"Bearer {token}"}, timeout=120).json()
        found |= {one["order_id"] for one in told["items"]}
        page = told["next"]
    return found & wanted


def main(address: str, token: str, writers: int = 20, rounds: int = 5) -> None:
    mark = uuid4().hex[:8]
    orders = [f"{mark}-{number}" for number in range(writers * rounds)]
    with ThreadPoolExecutor(writers) as pool:
        answers = list(pool.map(lambda order: write(address, token, order), orders))
    times = sorted(seconds for seconds, _code, _order in answers)
    codes = {code: sum(1 for one in answers if one[1] == code) for code in {a[1] for a in answers}}
    began = time.perf_counter()
    while len(there := landed(address, token, set(orders))) < len(orders):
        if time.perf_counter() - began > 600:
            break
        time.sleep(1)
    print(f"answers {codes}; median {statistics.median(times):.3f} s, worst {times[-1]:.3f} s")
    print(
        f"landed {len(there)} of {len(orders)}, {time.perf_counter() - began:.1f} s after the last"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
