"""People at work while facts come and go: nothing may fail, slow down for good, or grow.

    python -m benchmarks.soak FOLDER [--customers 200000] [--minutes 60] [--users 20]

The company of `benchmarks.site`, served by `kefen serve` as people have it: web processes,
worker, supervisor and database. So many users click without rest, at first alone; then while order
lines are sent through the API, everybody is graded, a list is exported by the page of files, and
the lines are taken back, again and again, all of it done by the worker. Told are requests a second,
the time that 95 of 100 answers took, errors, and the memory of each process, what is shared
divided. It ends with 1 where an answer was an error, no turn of that work ended, a process grew by
more than a fifth, or 95 of 100 answers took more than twice their quiet time.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import kefen
from benchmarks.crowd import PATIENCE, Clicks, Crowd, answering, cookie_of, free_port
from benchmarks.site import pages
from benchmarks.site_company import AS_OF, MANAGER, SCHEMES, site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINES = 600
"""So many order lines come at a time: more than wait for others, so that everybody is graded."""
GROWN = 1.2
"""Memory may grow by that factor: what is remembered fills up."""
STEP_SECONDS = 1800
"""A step of the work that takes longer has failed."""
LOOK_SECONDS = 1.0


@dataclass
class Doors:
    """How the work of a turn reaches the site."""

    port: int
    key: str
    cookie: str
    api: kefen.Client = field(init=False)

    def __post_init__(self) -> None:
        self.api = kefen.Client(f"http://127.0.0.1:{self.port}", self.key, seconds=PATIENCE)

    def turn(self, number: int) -> None:
        """Send some lines, grade everybody, write the list to a file, and take the lines back."""
        batch = self.api.send("order_lines", list(_lines(number)), seconds=STEP_SECONDS)
        self._grade()
        self._export("class=abc:A")
        answer = self.api.delete(f"/batches/{batch['id']}")
        if answer.get("status") == "queued":
            _until(lambda: self._landed(answer["id"]), "undo")
        self._grade()

    def _landed(self, write: str) -> bool:
        told = self.api.get(f"/writes/{write}")
        if told["status"] == "refused":
            raise RuntimeError(str(told["problem"]))
        return bool(told["status"] == "landed")

    def _grade(self) -> None:
        asked = self.api.post("/runs", {"schemes": list(SCHEMES), "as_of": str(AS_OF)})["items"]
        for run in asked:

            def ended(run: dict[str, Any] = run) -> bool:
                told = self.api.get(f"/runs/{run['id']}")
                if told["status"] == "failed":
                    raise RuntimeError(str(told["reason"]))
                return bool(told["status"] == "finished")

            _until(ended, "run")

    def _export(self, query: str) -> None:
        self._page("POST", "/customers/files/ask/", urlencode({"query": query, "form": "csv"}))
        listed = self._page("GET", "/customers/files/progress/").decode()
        newest = max(int(one) for one in re.findall(r"/customers/files/(\d+)/remove/", listed))
        here = f'"/customers/files/{newest}/"'.encode()
        _until(lambda: here in self._page("GET", "/customers/files/progress/"), "export")
        if len(self._page("GET", f"/customers/files/{newest}/").splitlines()) < 2:
            raise RuntimeError("the exported list has no rows")
        self._page("POST", f"/customers/files/{newest}/remove/", "")

    def _page(self, method: str, address: str, body: str | None = None) -> bytes:
        """An answer to a browser that is signed in; one that leads elsewhere counts, too."""
        guard = "k" * 32  # a page of the site's own would have it in its form
        headers = {"Cookie": f"{self.cookie}; csrftoken={guard}", "X-CSRFToken": guard}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request(method, address, body=body, headers=headers)
        answer = connection.getresponse()
        told = answer.read()
        if answer.status not in {200, 302}:
            raise RuntimeError(f"{answer.status} {method} {address}")
        return told


def _lines(number: int) -> Iterator[dict[str, Any]]:
    for line in range(LINES):
        day = AS_OF - timedelta(days=1 + line % 30)
        yield {
            "order_id": f"SOAK{number}-{line}",
            "line_no": 1,
            "customer_id": f"C{line * 37:08}",
            "ordered_on": str(day),
            "amount": str(100 + line),
        }


def _until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + STEP_SECONDS
    while not done():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(LOOK_SECONDS)


class Work:
    """Turns one after the other beside the crowd, until they are to stop."""

    def __init__(self, doors: Doors) -> None:
        self.turns = 0
        self.failed: str = ""
        self._doors = doors
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Work:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                self._doors.turn(self.turns)
                self.turns += 1
        except Exception as error:  # told at the end, whatever it is
            self.failed = repr(error)


@contextmanager
def installation(data: Path) -> Iterator[tuple[int, int]]:
    """`kefen serve` of a folder: its port and the process that leads it."""
    port = free_port()
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "KEFEN_DATA", "KEFEN_HOSTS"}
    }
    command = [sys.executable, "-m", "kefen", "serve", "--data", str(data), "--port", str(port)]
    with (data / "logs" / "soak.log").open("w") as log:
        leader = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            answering(port)
            yield port, leader.pid
        finally:
            leader.terminate()
            leader.wait()


def memory(leader: int) -> dict[str, int]:
    """MiB of the supervisor, the largest web process and the worker; what is shared is divided."""
    import psutil

    found = {"supervisor": 0, "web": 0, "worker": 0}
    first = psutil.Process(leader)
    for process in [first, *first.children(recursive=True)]:
        try:
            called = " ".join(process.cmdline())
            size = process.memory_full_info().pss >> 20
        except psutil.Error:  # it has just ended
            continue
        name = "supervisor" if process.pid == leader else ""
        name = name or ("worker" if "process.worker" in called else "")
        name = name or ("web" if "process.web" in called else "")
        if name:
            found[name] = max(found[name], size)
    return found


def soak(data: Path, crowd: Crowd, key: str, cookie: str, minutes: float) -> bool:
    """Whether all held."""
    quiet_seconds = max(5.0, min(60.0, minutes * 6))
    with installation(data) as (port, leader):
        crowd.run(port, quiet_seconds)  # each process imports and reads what it keeps
        quiet = crowd.run(port, quiet_seconds)
        print(f"quiet: {quiet}; MiB {memory(leader)}", flush=True)
        end = time.perf_counter() + minutes * 60
        errors = len(quiet.errors)
        sizes: list[dict[str, int]] = []
        with Work(Doors(port, key, cookie)) as work:
            parts: list[Clicks] = []
            while time.perf_counter() < end:
                parts.append(crowd.run(port, min(60.0, max(1.0, end - time.perf_counter()))))
                errors += len(parts[-1].errors)
                sizes.append(memory(leader))
                print(f"at work: {parts[-1]}; {work.turns} turns; MiB {sizes[-1]}", flush=True)
    took = [one for part in parts for one in part.took]
    busy = Clicks(sum(part.length for part in parts), took, [])
    print(f"{work.turns} turns {work.failed}; 95 %: quiet {quiet.slow:.2f} s")
    print(f"at work {busy}, {busy.slow / quiet.slow:.2f} of quiet, {errors} errors in all")
    return (
        not errors
        and not work.failed
        and work.turns > 0
        and flat(sizes)
        and busy.slow <= 2 * quiet.slow
    )


def flat(sizes: list[dict[str, int]]) -> bool:
    """Whether no process is larger in the last quarter than in the second, but for a fifth.

    The first quarter fills what is remembered; a process at work has its peaks in each of them.
    """
    quarter = max(1, len(sizes) // 4)
    held = True
    for name in sizes[0]:
        early = max(one[name] for one in sizes[quarter : 2 * quarter] or sizes)
        late = max(one[name] for one in sizes[-quarter:])
        print(f"{name}: at most {early} MiB in the second quarter, {late} MiB in the last")
        held = held and late <= GROWN * early
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--users", type=int, default=20)
    asked = parser.parse_args()
    with site(asked.folder, asked.customers) as data:
        from kefen_crm.team.actions import create_token
        from kefen_crm.team.models import User
        from kefen_crm.team.roles import Role

        crowd = Crowd(asked.users, [page.address for page in pages(asked.customers)])
        admin = User.objects.filter(role=Role.ADMIN, is_active=True).first()
        cookie = cookie_of(MANAGER)
        _token, key = create_token(admin or User.objects.get(username=MANAGER), "soak")
    held = soak(data, crowd, key, cookie, asked.minutes)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
