"""A real standalone Spark cluster on this machine: a master and two workers, on loopback only.

For tests and measurements. Every process is on a leash: it ends when this one does, however.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Self

from benchmarks.crowd import free_port
from kefen_crm.process import leash

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = "127.0.0.1"
_SPEC = find_spec("pyspark")
HOME = Path(_SPEC.origin if _SPEC and _SPEC.origin else "nowhere").parent
"""Where Spark is: its Python package brings all of it."""
SECONDS = 90.0
WORKERS = 2
PLACES = 2
"""Executors a worker has room for: one of this application's, one of another's."""


def java() -> str | None:
    """The Java to run Spark with; None when there is none."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")


class Standalone:
    """A master and its workers; an application has one core of each.

    Args:
        memory: megabytes of each executor.
    """

    def __init__(self, memory: int = 768) -> None:
        self.memory = memory
        self.folder = Path(tempfile.mkdtemp(prefix="kefen-cluster-"))
        self.processes: list[subprocess.Popen[bytes]] = []
        self.port = free_port()

    @property
    def master(self) -> str:
        """What to put into `KEFEN_ENGINE`."""
        return f"spark://{HERE}:{self.port}"

    @property
    def settings(self) -> str:
        """What to put into `KEFEN_SPARK`."""
        return (
            f"spark.executor.memory={self.memory}m spark.executor.cores=1 "
            f"spark.cores.max={WORKERS} "
            f"spark.driver.memory=1g spark.driver.extraJavaOptions=-XX:+UseSerialGC "
            f"spark.executor.extraJavaOptions=-XX:+UseSerialGC "
            f"spark.sql.shuffle.partitions={2 * WORKERS}"
        )

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End workers first, then the master; nothing they started is left."""
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.processes.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        self._run("master.Master", "--port", str(self.port), "--webui-port", "0")
        self._until("master.log", "I have been elected leader", 1)
        for number in range(WORKERS):
            place = self.folder / f"worker-{number}"
            options: list[str] = [
                "--port",
                "0",
                "--webui-port",
                "0",
                "--cores",
                str(PLACES),
                "--work-dir",
                str(place),
            ]
            self._run(
                "worker.Worker", *options, "--memory", f"{PLACES * self.memory}m", self.master
            )
        self._until("master.log", "Registering worker", WORKERS)

    def _run(self, name: str, *options: str) -> None:
        """Start a daemon of Spark's under its own name, as its scripts would."""
        runs, log = java(), self.folder / f"{name.partition('.')[0]}.log"
        if runs is None:
            raise RuntimeError("no Java")
        command = [runs, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        command += ["-Dspark.master.rest.enabled=false", "-cp", f"{HOME}/jars/*"]
        command += [f"org.apache.spark.deploy.{name}", "--host", HERE, *options]
        terms = json.dumps({"signal": signal.SIGTERM, "parent": os.getpid()})
        with log.open("ab") as out:
            self.processes.append(
                subprocess.Popen(
                    [sys.executable, "-I", "-S", leash.__file__, terms, *command],
                    env=self._environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=out,
                    process_group=0,
                )
            )

    def _environment(self) -> dict[str, str]:
        """Nothing is bound to a network; what fills up goes with the folder."""
        own = {
            "SPARK_HOME": str(HOME),
            "SPARK_SCALA_VERSION": "2.13",
            "SPARK_LOCAL_IP": HERE,
            "SPARK_PUBLIC_DNS": HERE,
            "SPARK_LOCAL_DIRS": str(self.folder / "local"),
        }
        return {k: v for k, v in os.environ.items() if not k.startswith("SPARK_")} | own

    def _until(self, log: str, words: str, times: int) -> None:
        deadline = time.monotonic() + SECONDS
        while (said := _said(self.folder / log)).count(words) < times:
            if any(process.poll() is not None for process in self.processes):
                raise RuntimeError(f"Spark ended early:\n{_end(self._all())}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"Spark did not say {words!r}:\n{_end([said])}")
            time.sleep(0.1)

    def _all(self) -> Sequence[str]:
        return [_said(file) for file in sorted(self.folder.glob("*.log"))]


def _said(log: Path) -> str:
    return log.read_text(errors="replace") if log.exists() else ""


def _end(texts: Sequence[str], lines: int = 20) -> str:
    return "\n".join(line for text in texts for line in text.splitlines()[-lines:])
