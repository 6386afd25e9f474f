"""Runs a whole installation: PostgreSQL, the site and the background worker, as one."""

from __future__ import annotations

import fcntl
import getpass
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import webbrowser
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import psutil
import psycopg

from kefen.errors import KefenError
from kefen.ledger.place import refuse_foreign
from kefen.ledger.settings import SettingsFile
from kefen.wording import sentence
from kefen_crm.environment import FIRST_LOGIN, refuse_faults
from kefen_crm.process import belonging, sizing
from kefen_crm.process.address import answers, free_port, site_address, site_names
from kefen_crm.process.children import Child, Pauses
from kefen_crm.process.errors import ProcessError, folder_errors
from kefen_crm.process.ledger_checks import refuse_lost_ledger
from kefen_crm.process.logs import Formatter, configuration, to_stdout
from kefen_crm.process.postgres import Embedded
from kefen_crm.process.private import make_private
from kefen_crm.process.stopping import Stopping
from kefen_crm.process.turning import limits, turn_over

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

TICK_SECONDS = 0.1
ANSWER_SECONDS = 180
"""So long the site may take to answer for the first time; on a busy machine that is a minute."""
PATIENCE_SECONDS = 15
"""After each so many seconds of a step of the start, it is said that it goes on."""
STOP_SECONDS = 10
TURN_SECONDS = 60
FIGURES = "kefen-figures-"
MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of its own is made there
LAST_LINES = 3
SECRET = {"first-login"}
"""What is told to whoever starts Kefen, and is written into no log."""
logger = logging.getLogger("kefen_crm.process.supervisor")
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def serve(
    data: Path | str,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int | None = None,
    *,
    open_browser: bool = False,
    language: str = "en",
    say: Callable[[str], None] = print,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Run the installation of the data directory until SIGINT, SIGTERM or SIGHUP.

    Args:
        data: the data directory.
        host: the address to listen at; `0.0.0.0` for every network of this machine.
        port: the port; 0 takes any free one.
        workers: processes of the web server; as many as cores where none are given.
        open_browser: show the site in the person's browser once it answers.
        language: of the messages, `en` or `zh`.
        say: takes each message as a sentence.
        on_ready: called with the site's address once it really answers.

    Raises:
        ProcessError: `already-serving`, `port-in-use`, `port-not-allowed`, `host-unknown`,
            `migration-failed`, `site-not-answering`, and those of `Embedded.start`,
            `belonging.claim` and `refuse_lost_ledger`. Everything that was started is stopped
            first. Once the site answers, a process that ends is started again for as long as it
            takes.
        LedgerError: `settings-damaged`; `ledger-folder-itself`, `data-further-down` or
            `no-kefen-data` when this is not a data directory, nor an empty or new folder that may
            become one.
    """

    def tell(code: str, **facts: object) -> None:
        if code in SECRET or not to_stdout():
            with suppress(OSError):  # the terminal may be gone; the processes have to be ended
                say(sentence(code, facts, language))
        if code not in SECRET:
            logger.info("%s", sentence(code, facts, "en"))

    if workers is None:
        workers = sizing.web_processes(sizing.memory(), sizing.cores())
    Supervisor(Path(data).resolve(), host, port, workers, tell).run(open_browser, on_ready)


class Supervisor:
    """The processes of one installation and what keeps them up."""

    def __init__(
        self, data: Path, host: str, port: int, workers: int, tell: Callable[..., None]
    ) -> None:
        self.data = data
        self.host = host
        self.port = port
        self.workers = workers
        self.tell = tell
        self.postgres: Embedded | None = None
        self.children: list[Child] = []
        self.stopping = Stopping()
        self._database_pauses = Pauses()
        self._database_at = self._database_up = 0.0
        self._database_told = ""
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def run(self, open_browser: bool, on_ready: Callable[[str], None] | None) -> None:
        """Start everything in order, watch it, and stop everything however that ends."""
        refuse_foreign(self.data)
        refuse_faults()
        limits()
        SettingsFile(self.data).written()  # refuses a damaged file before anything is started
        with ExitStack() as stack:
            with folder_errors(self.data):
                tightened = make_private(self.data)
                (self.data / "logs").mkdir(exist_ok=True)
                stack.enter_context(own_log(None if to_stdout() else self._log("serve")))
                note = stack.enter_context(sole_supervisor(self.data))
            self.port = free_port(self.host, self.port)
            address = site_address(self.host, self.port)
            write_note(note, address)
            stack.enter_context(self._signals())
            stack.callback(self._stop)
            if tightened:
                self.tell("folder-made-private", path=str(self.data))
            environment = self._start_database()
            self._migrate(environment)
            self._start_site(environment)
            if self.stopping.is_set():
                return
            self.tell("site-ready", address=address, data=str(self.data))
            if self.postgres and self.postgres.home.user:
                self.tell("database-place", path=str(self.postgres.home.folder))
            self._tell_logins()
            if open_browser:
                threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()
            if on_ready:
                on_ready(address)
            self._watch()

    def _tell_logins(self) -> None:
        if os.environ.get("KEFEN_DEMO"):
            self.tell("demo-logins")
        first = self.data / FIRST_LOGIN
        if first.exists():
            user, password = first.read_text(encoding="utf-8").split()
            self.tell("first-login", user=user, password=password, file=str(first))

    # -- starting ---------------------------------------------------------------------------

    def _start_database(self) -> dict[str, str]:
        environment = dict(os.environ)
        if not environment.get("DATABASE_URL"):
            self.tell("database-starting")
            self.postgres = Embedded(self.data)
            environment["DATABASE_URL"] = self.postgres.start()
            environment["KEFEN_DATABASE_FOLDER"] = str(self.postgres.home.folder)
        belonging.claim(self.data, environment["DATABASE_URL"], own=self.postgres is not None)
        refuse_lost_ledger(self.data, environment["DATABASE_URL"])
        environment |= {
            "KEFEN_DATA": str(self.data),
            "KEFEN_SUPERVISED": "alone" if self.postgres else "shared",
            "DJANGO_SETTINGS_MODULE": "kefen_crm.site.settings",
            "PYTHONUNBUFFERED": "1",
        }
        if not environment.get("KEFEN_HOSTS"):
            environment["KEFEN_HOSTS"] = ",".join(site_names(self.host))
        return environment

    def _migrate(self, environment: dict[str, str]) -> None:
        if self.stopping.is_set():
            return
        self.tell("database-updating")
        steps = ["-m", "django", "prepare", "--verbosity", "0" if to_stdout() else "1"]
        migrate = self._child("migrate", steps, environment)
        migrate.start()
        ticks = self._ticks()
        while migrate.exit_code is None and next(ticks):
            pass  # however long: what is ended midway is done again
        failed = migrate.exit_code != 0 and not self.stopping.is_set()
        migrate.end(0)
        if failed:
            raise ProcessError("migration-failed", log=str(migrate.log), words=migrate.last_words())

    def _start_site(self, environment: dict[str, str]) -> None:
        if self.stopping.is_set():
            return
        self.tell("site-starting")
        arguments = ["-m", "kefen_crm.process.web_server", "--interface", "wsgi", "--no-ws"]
        arguments += ["--host", self.host, "--port", str(self.port)]
        arguments += ["--workers", str(self.workers), "--workers-kill-timeout", "5"]
        if self.workers > 1:  # one that dies takes none of the others along
            arguments += ["--respawn-failed-workers", "--respawn-interval", "0.5"]
        with folder_errors(self.data):
            log = self.data / "logs" / "web.json"
            log.write_text(json.dumps(configuration("web")), encoding="utf-8")
        arguments += ["--log-config", str(log)]
        arguments += ["--blocking-threads", "4", "kefen_crm.process.web:application"]
        # Pages read little and at once; a cluster is for what the worker does.
        own = {"KEFEN_ENGINE": "duckdb", "PROMETHEUS_MULTIPROC_DIR": str(self._figures())}
        web = self._child("web", arguments, environment | own)
        worker = self._child("worker", ["-m", "kefen_crm.process.worker"], environment)
        for child in (web, worker):
            self.children.append(child)
            child.start()
        end = time.monotonic() + ANSWER_SECONDS
        ticks = self._ticks()
        while next(ticks):
            if answers(self.host, self.port):
                return
            if web.exit_code is not None or time.monotonic() > end:
                raise ProcessError("site-not-answering", log=str(web.log), words=web.last_words())

    def _ticks(self) -> Iterator[bool]:
        """Whether to wait on, a tick later each time; it says now and then that a step goes on."""
        begun = said = time.monotonic()
        while True:
            going = not self.stopping.wait(TICK_SECONDS)
            if going and time.monotonic() - said >= PATIENCE_SECONDS:
                said = time.monotonic()
                self.tell("start-waiting", seconds=f"{said - begun:.0f}")
            yield going

    def _child(self, name: str, arguments: list[str], environment: dict[str, str]) -> Child:
        log = None if to_stdout() else self._log(name)
        environment = environment | {"KEFEN_PROCESS": name}
        return Child(name, [sys.executable, *arguments], environment, log)

    def _figures(self) -> Path:
        """An empty folder for the web processes' counters, in memory where the system has such."""
        if self._scratch is None:
            # A counter is a mapped file: on a full disk, writing to it would end its process.
            place = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
            remove_left(place)
            prefix = f"{FIGURES}{os.getpid()}-"
            self._scratch = tempfile.TemporaryDirectory(prefix=prefix, dir=place)
        return Path(self._scratch.name)

    def _log(self, name: str) -> Path:
        return self.data / "logs" / f"{name}.log"

    # -- watching and stopping --------------------------------------------------------------

    def _watch(self) -> None:
        """Start again what ends, for ever: one that keeps ending must not take the others along."""
        turned = time.monotonic()
        while not self.stopping.wait(TICK_SECONDS):
            if time.monotonic() - turned > TURN_SECONDS:
                turned = time.monotonic()
                turn_over(self.data / "logs")
            self._watch_database()
            for child in self.children:
                if child.process is None:
                    self._start_again(child)
                elif (code := child.exit_code) is not None:
                    child.end(0)
                    self._tell_end(child, code)

    def _tell_end(self, child: Child, code: int) -> None:
        seconds = child.pause()
        facts = {"name": child.name, "how": ending(code), "seconds": f"{seconds:.0f}"}
        if seconds:
            words = child.last_words(LAST_LINES)
            self.tell("process-keeps-ending", **facts, log=str(child.log), words=words)
        else:
            self.tell("process-restarting", **facts)

    def _start_again(self, child: Child) -> None:
        if time.monotonic() < child.restart_at:
            return
        try:
            child.start()
        except OSError as error:  # such as a full disk or no room for another process
            seconds = child.pause()
            facts = {"name": child.name, "reason": str(error), "seconds": f"{seconds:.0f}"}
            self.tell("process-not-started", **facts)

    def _watch_database(self) -> None:
        """Start the database again when it has ended; a full disk may be made room on meanwhile."""
        if self.postgres is None or self.postgres.is_running():
            return
        now = time.monotonic()
        if now < self._database_at:
            return
        if not self._database_told:
            ended = self.postgres.process
            how = ending(ended.returncode if ended else None)
            self.tell("process-restarting", name="postgres", how=how)
        try:
            self.postgres.start()
        except (KefenError, OSError, psycopg.Error) as error:
            seconds = self._database_pauses.next(up=now - self._database_up) or 1.0
            self._database_at, self._database_up = time.monotonic() + seconds, time.monotonic()
            code = error.code if isinstance(error, KefenError) else "process-not-started"
            facts = error.data if isinstance(error, KefenError) else {"reason": str(error)}
            if code != self._database_told:  # once, not at every try
                self.tell(code, **{"name": "postgres", "seconds": f"{seconds:.0f}"} | facts)
            self._database_told = code
        else:
            self._database_up = time.monotonic()
            if self._database_told:
                self.tell("database-back")
            self._database_told = ""

    def _stop(self) -> None:
        self.tell("site-stopping")
        for child in self.children:
            child.ask_to_stop()
        end = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.end(end - time.monotonic())
        if self.postgres:
            self.postgres.stop()
        if self._scratch:
            self._scratch.cleanup()
        self.tell("site-stopped")

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let the stop signals end the watch instead of the process, and restore them after."""

        def stop(_number: int, _frame: FrameType | None) -> None:
            self.stopping.set()

        before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
        # Under nohup SIGHUP is ignored on purpose and stays so.
        for number in STOP_SIGNALS:
            if not (number == signal.SIGHUP and before[number] == signal.SIG_IGN):
                signal.signal(number, stop)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def ending(code: int | None) -> dict[str, Any]:
    """How a process ended, as a sentence within another: by an exit code or by a signal.

    >>> ending(1)["data"], ending(-9)["data"]
    ({'number': 1}, {'name': 'SIGKILL'})
    """
    if code is None:
        return {"code": "process-exit-unknown", "data": {}}
    if code >= 0:
        return {"code": "process-exit-code", "data": {"number": code}}
    try:
        name = signal.Signals(-code).name
    except ValueError:  # one of the numbers that the system has no name for
        name = str(-code)
    return {"code": "process-exit-signal", "data": {"name": name}}


def remove_left(place: Path) -> None:
    """Remove the folders of counters that supervisors left which were killed."""
    for folder in place.glob(f"{FIGURES}*"):
        pid = folder.name.removeprefix(FIGURES).partition("-")[0]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def own_log(path: Path | None) -> Iterator[None]:
    """Write what the supervisor says into a log of its own; without one, to the standard output."""
    logging.raiseExceptions = False  # a full disk must not fill the terminal
    handler: logging.Handler = logging.StreamHandler(sys.stdout)
    if path is not None:
        handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    handler.setFormatter(Formatter("serve"))
    before = logger.level, logger.propagate
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()
        logger.level, logger.propagate = before


@contextmanager
def sole_supervisor(data: Path) -> Iterator[TextIO]:
    """Hold the data directory's lock; the system lets go of it however this process ends."""
    with (data / "serve.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            try:
                told = json.loads(file.read())
            except ValueError:
                told = {"pid": "?", "user": "?", "address": "?"}
            raise ProcessError("already-serving", path=str(data), **told) from None
        try:
            yield file
        finally:
            file.truncate(0)


def write_note(file: TextIO, address: str) -> None:
    """Tell the next one who runs this data directory, and where."""
    file.truncate(0)
    file.write(json.dumps({"pid": os.getpid(), "user": getpass.getuser(), "address": address}))
    file.flush()
