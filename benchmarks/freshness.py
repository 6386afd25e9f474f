"""From an order that a program sends to the task that its owner has: how long each takes.

    KEFEN_URL=http://127.0.0.1:8000 KEFEN_TOKEN=kfn_… python -m benchmarks.freshness [EVENTS]

The site runs as it does for people, with its web and worker processes, and has a playbook with a
play for customers who rise to the best class of `abc` (a demo has). Order after order comes, each
of another customer that is not in that class; the clock stops when `/tasks` tells the task of the
play. Figures are seconds, with the goal of 5 s.

First everybody is graded anew, so that what is known includes what earlier measurements sent. Then
each order makes its customer the most valuable of all, those included that had an order before it:
whoever brings most is in the best class, wherever the cut has moved by these orders.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from typing import Any

import requests

PAUSE = 0.05
PATIENCE = 60
GOAL = 5.0
STEP = 1_000
"""So much more an order brings its customer than anybody else brings."""


def most(site: requests.Session, api: str, scheme: str) -> float:
    """What the most valuable customer brings, of a run of now."""
    run = site.post(f"{api}/runs", json={"schemes": [scheme]}).json()["items"][0]
    while run["status"] in ("queued", "running"):
        time.sleep(1)
        run = site.get(f"{api}/runs/{run['id']}").json()
    assert run["status"] == "finished", run
    [first] = site.get(f"{api}/runs/{run['id']}/classes", params={"limit": 1}).json()["items"]
    return float(first["value"])


def candidates(site: requests.Session, api: str, scheme: str, wanted: int) -> dict[str, float]:
    """Customers with an owner who are not in the best class, with what they bring."""
    classes = site.get(f"{api}/schemes/{scheme}").json()["document"].get("classes") or []
    lower = [one["key"] for one in classes[1:]] or ["B", "C"]
    page: dict[str, Any] = {
        "next": f"{api}/customers?limit=500" + "".join(f"&class={scheme}:{one}" for one in lower)
    }
    found: dict[str, float] = {}
    while page["next"] and len(found) < wanted:
        page = site.get(page["next"]).json()
        found |= {
            one["code"]: float(one["figures"]["sales"] or 0)
            for one in page["items"]
            if one["owner"]
        }
    return dict(list(found.items())[:wanted])


def risen(site: requests.Session, api: str, code: str) -> bool:
    """Whether the customer has an open task of a play for who rose."""
    told = site.get(f"{api}/tasks", params={"customer": code, "state": "open"}).json()
    return any(one["origin"] == "play.rising" for one in told["items"])


def main(events: int = 200) -> None:
    api = os.environ["KEFEN_URL"].rstrip("/") + "/api/v1"
    site = requests.Session()
    site.headers["Authorization"] = f"Bearer {os.environ['KEFEN_TOKEN']}"
    took, missed, highest = [], 0, most(site, api, "abc")
    for number, (code, sales) in enumerate(candidates(site, api, "abc", events).items()):
        if risen(site, api, code):
            continue
        day = time.strftime("%Y-%m-%d")
        order = {"order_id": f"FRESH-{number}-{time.time_ns()}", "customer_id": code}
        amount = int(highest) + STEP
        highest = sales + amount
        began = time.perf_counter()
        answer = site.post(
            f"{api}/facts/orders?source=freshness",
            json=[order | {"ordered_on": day, "amount": str(amount)}],
        )
        assert answer.ok, answer.text
        while not risen(site, api, code):
            if time.perf_counter() - began > PATIENCE:
                missed += 1
                break
            time.sleep(PAUSE)
        else:
            took.append(time.perf_counter() - began)
            print(f"{len(took)}: {took[-1]:.2f} s", flush=True)
    took.sort()
    late = sum(one > GOAL for one in took)
    print(f"{len(took)} events; missed after {PATIENCE} s: {missed}; later than {GOAL} s: {late}")
    print(f"p50 {statistics.median(took):.2f}, p95 {took[int(len(took) * 0.95)]:.2f}, "
          f"most {took[-1]:.2f} s")  # fmt: skip


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
