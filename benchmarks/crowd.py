"""Many people who click without rest on the site's own web processes."""

from __future__ import annotations

import itertools
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

from benchmarks.site_company import MANAGER, SELLERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PATIENCE = 60.0
"""Seconds after which an answer is an error."""
START_SECONDS = 180


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(data: Path, workers: int) -> Iterator[int]:
    """The site's web processes as `kefen serve` has them, on a port of their own."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "kefen_crm.process.web_server",
        "--interface",
        "wsgi",
        "--no-ws",
    ]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    command += ["--blocking-threads", "4", "kefen_crm.process.web:application"]
    log = (data / "logs" / "benchmark-web.log").open("w")
    server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        answering(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def answering(port: int) -> None:
    """Wait until the site answers for the first time."""
    for _try in range(START_SECONDS):
        try:
            HTTPConnection("127.0.0.1", port, timeout=START_SECONDS).request("GET", "/health")
        except OSError:
            time.sleep(1)
        else:
            return
    raise SystemExit(f"the site does not answer within {START_SECONDS} s")


def resident(port: int) -> list[int]:
    """MiB of each web process and of the one they are made from; what is shared is divided."""
    import psutil

    me = psutil.Process(os.getpid())
    return sorted(
        process.memory_full_info().pss >> 20
        for process in me.children(recursive=True)
        if str(port) in " ".join(process.cmdline())
    )


@dataclass(frozen=True)
class Clicks:
    """How long each answer took, in seconds; what was answered with an error."""

    length: float
    took: list[float]
    errors: list[str]

    @property
    def slow(self) -> float:
        """So many seconds at most took 95 of 100 answers."""
        return sorted(self.took)[int(len(self.took) * 0.95)]

    def __str__(self) -> str:
        return (
            f"{len(self.took) / self.length:.1f} requests/s, "
            f"median {statistics.median(self.took):.2f} s, 95 % {self.slow:.2f} s, "
            f"{len(self.errors)} errors {self.errors[:3]}"
        )


def cookie_of(username: str) -> str:
    """The cookie of a session of a person of the site in this process."""
    from django.conf import settings
    from django.test import Client

    from kefen_crm.team.models import User

    client = Client(HTTP_HOST="localhost")
    client.force_login(User.objects.get(username=username))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


class Crowd:
    """So many people, every second of whom is a manager; each asks for the addresses in turn.

    Each keeps the connection, as a browser does; `anew`, they connect for each page, as through a
    proxy that keeps none. A process is chosen for each connection by chance.
    """

    def __init__(self, users: int, addresses: Sequence[str], *, anew: bool = False) -> None:
        from django.utils.encoding import iri_to_uri

        self._anew = anew
        self._addresses = [iri_to_uri(one) for one in addresses]
        self._cookies = []
        for number in range(users):
            name = MANAGER if number % 2 else f"seller{number // 2 % SELLERS}"
            self._cookies.append(cookie_of(name))

    def run(self, port: int, seconds: float) -> Clicks:
        """Let them click for so long."""
        took: list[float] = []
        errors: list[str] = []
        began = time.perf_counter()
        clickers = [
            threading.Thread(target=self._click, args=(port, number, began + seconds, took, errors))
            for number in range(len(self._cookies))
        ]
        for one in clickers:
            one.start()
        for one in clickers:
            one.join()
        return Clicks(time.perf_counter() - began, took, errors)

    def _click(
        self, port: int, number: int, end: float, took: list[float], errors: list[str]
    ) -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        for turn in itertools.count(number * 7):
            began = time.perf_counter()
            if began > end:
                break
            address = self._addresses[turn % len(self._addresses)]
            try:
                connection.request("GET", address, headers={"Cookie": self._cookies[number]})
                answer = connection.getresponse()
                answer.read()
                # A seller does not see the customer of the manager's page.
                if answer.status not in {200, 404}:
                    errors.append(f"{answer.status} {address}")
            except (OSError, HTTPException) as error:
                errors.append(f"{error!r} {address}")
                connection.close()
            if self._anew:
                connection.close()
            took.append(time.perf_counter() - began)
        connection.close()
