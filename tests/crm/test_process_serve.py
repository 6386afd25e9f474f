"""`serve` as people use it: real processes, real signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager

import psutil
import pytest

SERVE = """
import sys
from kefen.errors import KefenError
from kefen.wording import describe
from kefen_crm.process.supervisor import serve
try:
    serve(
        sys.argv[1],
        port=int(sys.argv[2]),
        workers=int(sys.argv[3]) or None,
        say=lambda words: print(words, flush=True),
        on_ready=lambda address: print("READY", address, flush=True),
    )
except KefenError as error:
    print("REFUSED", error.code, describe(error), flush=True)
    sys.exit(1)
"""
PATIENCE = 240


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One data directory for the module: every start after the first finds a database."""
    from kefen_crm.process.postgres import Embedded

    folder = tmp_path_factory.mktemp("serve")
    yield folder
    Embedded(folder).remove()


class Serving:
    """A running `serve` and all it started."""

    def __init__(self, process):
        self.process = process
        self.address = ""
        self.started = []

    def wait_until(self, word):
        said = []
        for line in self.process.stdout:
            said.append(line)
            if word in line:
                self.look()
                return line
        raise AssertionError(f"{word} was never said, but: {''.join(said)}")

    def look(self):
        self.started = psutil.Process(self.process.pid).children(recursive=True)

    def wait_until_ready(self):
        self.address = self.wait_until("READY").split()[1]
        return self

    def named(self, words):
        return [p for p in self.started if words in " ".join(p.cmdline())]

    def remaining(self):
        """What is still there once everything had time to end."""
        return psutil.wait_procs(self.started, timeout=40)[1]


@contextmanager
def serving(data, port=0, workers=1, **variables):
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | variables
    command = [sys.executable, "-c", SERVE, str(data), str(port), str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        try:
            yield Serving(process)
        finally:
            watchdog.cancel()
            process.kill()


def run_to_the_end(data, port=0, **variables):
    with serving(data, port, **variables) as it:
        return it.process.stdout.read(), it.process.wait()


def end_by(it, number):
    """A stop signal ends all of it."""
    it.look()
    it.process.send_signal(number)
    assert it.process.wait(60) == 0
    assert it.remaining() == []


def test_it_answers_sends_others_away_and_keeps_its_processes_up(data):
    with serving(data, workers=0) as it:  # as many as there are cores
        it.wait_until_ready()
        (database, *_), (web, *_) = it.named("postgres"), it.named("process.web_server")
        (worker,) = it.named("process.worker")
        request = urllib.request.Request(it.address + "static/vendor/tabler.min.css")
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200
        assert (data / "secret-key").stat().st_mode & 0o777 == 0o600
        assert {log.name for log in (data / "logs").iterdir()} >= {
            "postgres.log",
            "web.log",
            "worker.log",
        }
        words, code = run_to_the_end(data)
        assert code == 1
        assert "REFUSED already-serving" in words
        assert str(it.process.pid) in words
        assert it.address in words
        assert worker.nice() == max(5, web.nice())  # people who wait go before the worker
        web.kill()
        assert "web" in it.wait_until("started again")
        worker.kill()
        assert "worker ended (signal SIGKILL)" in it.wait_until("started again")
        assert database.is_running()
        end_by(it, signal.SIGINT)


def test_killed_outright_it_leaves_nothing_and_starts_again(data):
    with serving(data) as it:
        it.wait_until_ready()
        port = it.address.rstrip("/").rpartition(":")[2]
        it.process.kill()
        it.process.wait()
        assert it.remaining() == []
    with serving(data, port) as again:
        again.wait_until_ready()
        end_by(again, signal.SIGHUP)


def test_a_port_in_use_is_named_with_the_way_out(data):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words, code = run_to_the_end(data, port)
    assert code == 1
    assert "REFUSED port-in-use" in words
    assert f"Port {port}" in words
    assert "--port" in words


def test_settings_that_are_damaged_are_told_before_anything_starts(tmp_path):
    (tmp_path / "settings.json").write_text("{")
    words, code = run_to_the_end(tmp_path)
    assert code == 1
    assert "REFUSED settings-damaged" in words
    assert "Traceback" not in words
    assert not (tmp_path / "postgres").exists()


def test_one_that_keeps_ending_takes_none_of_the_others_along(data):
    data.chmod(0o755)
    with serving(data) as it:
        it.wait_until("for you alone")
        assert data.stat().st_mode & 0o777 == 0o700
        it.wait_until_ready()
        for _ in range(3):
            while not it.named("process.worker"):
                it.look()
            for worker in it.named("process.worker"):
                worker.kill()
            assert "worker" in it.wait_until("started again")
            it.started = []
        with urllib.request.urlopen(it.address) as answer:
            assert answer.status == 200
        end_by(it, signal.SIGTERM)


def test_what_cannot_start_ends_with_its_last_words(data):
    words, code = run_to_the_end(data, KEFEN_TIMEZONE="Nowhere/Never")
    assert code == 1
    assert "REFUSED migration-failed" in words
    assert "Nowhere/Never" in words


def test_a_slow_step_of_the_start_is_said_to_go_on(tmp_path, monkeypatch):
    from kefen_crm.process import supervisor

    said = []
    monkeypatch.setattr(supervisor, "TICK_SECONDS", 0)
    monkeypatch.setattr(supervisor, "PATIENCE_SECONDS", 0)
    starting = supervisor.Supervisor(tmp_path, "", 0, 1, lambda code, **facts: said.append(code))
    ticks = starting._ticks()
    assert next(ticks)
    assert said == ["start-waiting"]
    starting.stopping.set()
    assert not next(ticks)
    assert said == ["start-waiting"]
