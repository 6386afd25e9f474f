"""Kefen's own PostgreSQL: made on first use, reached over a private local socket only.

Only Linux and macOS: the server trusts the system's word on who connects (`peer`).
"""

from __future__ import annotations

import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

import psutil
import psycopg

from kefen_crm.process import belonging, bi, leash, roles, sizing
from kefen_crm.process.errors import ProcessError, folder_errors
from kefen_crm.process.program import Home, home

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DATABASE = "kefen"
START_SECONDS = 60
STILL_ENDING = "pre-existing shared memory block"
"""What a new server says while processes of one that was killed are still ending."""
STOP_SECONDS = 30
UNSAFE_AND_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "log_checkpoints": "off",
    # A statement that fails is told to the site, which says so without naming anybody.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_line_prefix": "%m [%p] ",
    "max_connections": "100",
    # A finished piece of the log is removed: what was erased must not wait in it to be overwritten.
    "wal_recycle": "off",
}
ROLES = (roles.SITE, roles.ADMIN, roles.UPGRADE)
HBA = "".join(f"local all {role} peer map=kefen\n" for role in ROLES)


class Embedded:
    """The PostgreSQL server of one data directory.

    `start` creates the database on first use, starts the server unless it is already running for
    this directory, and gives the address. Whoever started the server stops it; when its starter
    dies, however that happens, the server shuts down by itself.

    Args:
        data: the data directory (`KEFEN_DATA`).
        settings: server settings on top of Kefen's; `UNSAFE_AND_FAST` is for tests.
        log: where the server writes its messages; `<data>/logs/postgres.log` by default.
    """

    def __init__(
        self,
        data: Path | str,
        *,
        settings: Mapping[str, str] | None = None,
        log: Path | None = None,
    ) -> None:
        self.data = Path(data).resolve()
        self.log = log or self.data / "logs" / "postgres.log"
        self.listening = bi.listening(self.data)
        asked = self.listening.settings if self.listening else {}
        sized = sizing.database_settings(sizing.memory())
        self.settings = SETTINGS | sized | asked | dict(settings or {})
        self.process: subprocess.Popen[bytes] | None = None
        self._home: Home | None = None

    @property
    def home(self) -> Home:
        """Program, folders and user of this server."""
        if self._home is None:
            self._home = home(self.data)
        return self._home

    @property
    def url(self) -> str:
        """The address of the database `kefen` for its owner; known before the server runs."""
        return self._url(roles.SITE, DATABASE)

    @property
    def admin_url(self) -> str:
        """The address of the same database for the server's administrator."""
        return self._url(roles.ADMIN, DATABASE)

    def _url(self, role: str, database: str) -> str:
        socket = quote(str(self.home.socket), safe="")
        return f"postgresql://{role}@/{database}?host={socket}&port={self.port}"

    @property
    def port(self) -> str:
        """The number in the socket's name: that of the server while it runs."""
        running = self._note(3) if self._living_server() is not None else ""
        return running or self.settings["port"]

    def start(self) -> str:
        """Start the server, or find it running, and give the address of its database.

        Raises:
            ProcessError: `database-failed` with the server's last words, `database-version`,
                `database-missing`, `database-elsewhere`, `disk-full`, `folder-not-writable`, and
                those of `program.home`.
        """
        with folder_errors(self.data):
            self.log.parent.mkdir(parents=True, exist_ok=True)
        if not self.home.cluster.exists():
            self._check_expected()  # nothing is made where a lost one is to be brought back
        with folder_errors(self.home.folder):
            self.home.make()
        with self._turn():
            self._check_version()
            if not self._runs():
                if not self.home.cluster.exists():
                    self._create()
                self._launch()
                self._prepare_database()
        return self.url

    def stop(self) -> None:
        """Stop the server if this object started it; open connections are closed."""
        if self.process is None:
            return
        for number, seconds in (
            (signal.SIGINT, STOP_SECONDS),
            (signal.SIGQUIT, 5),
            (signal.SIGKILL, 5),
        ):
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        self.process = None

    def is_running(self) -> bool:
        """Whether the server is up, whoever started it."""
        if self.process is not None:
            return self.process.poll() is None
        return self._living_server() is not None

    def remove(self) -> None:
        """Stop the server and delete its data for good."""
        self.stop()
        try:
            shutil.rmtree(self.home.folder)
        except FileNotFoundError:  # a server on its way out took a file of its own along
            shutil.rmtree(self.home.folder, ignore_errors=True)
        if not self.home.socket.is_relative_to(self.home.folder):
            shutil.rmtree(self.home.socket, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # -- starting ---------------------------------------------------------------------------

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One process at a time looks after the server of a folder."""
        with folder_errors(self.home.folder), (self.home.folder / "lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _check_expected(self) -> None:
        """Refuse to begin with an empty database where there has been one."""
        belonging.refuse_without_address(self.data)
        if belonging.expects_cluster(self.data):
            place = belonging.read(self.data).get("address", "?")
            raise ProcessError(
                "database-missing", data=str(self.data), address=self.url, before=place
            )

    def _check_version(self) -> None:
        written = self.home.cluster / "PG_VERSION"
        if not written.exists():
            return
        found, ours = written.read_text().strip(), self.home.version.split(".")[0]
        if found != ours:
            raise ProcessError(
                "database-version", found=found, ours=ours, path=str(self.home.cluster)
            )

    def _runs(self) -> bool:
        """Whether a server is up for this cluster; waits for one that is starting or stopping."""
        end = time.monotonic() + START_SECONDS
        while (pid := self._living_server()) is not None:
            if self._status() == "ready":
                return True
            if time.monotonic() > end:
                raise ProcessError("database-stuck", pid=pid, path=str(self.home.cluster))
            time.sleep(0.05)
        # Left by a killed server; its number may by now belong to an unrelated process, which
        # PostgreSQL alone could not tell from a server of its own.
        (self.home.cluster / "postmaster.pid").unlink(missing_ok=True)
        return False

    def _living_server(self) -> int | None:
        pid = self._note(0)
        if not pid.isdigit():
            return None
        try:
            process = psutil.Process(int(pid))
            same = process.name() == "postgres" and Path(process.cwd()) == self.home.cluster
        except psutil.Error:
            return None
        return int(pid) if same and process.status() != psutil.STATUS_ZOMBIE else None

    def _status(self) -> str:
        return self._note(7)

    def _note(self, line: int) -> str:
        """A line of the server's own note about itself: 0 is its number, 7 its status."""
        try:
            lines = (self.home.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        return lines[line].strip() if len(lines) > line else ""

    def _create(self) -> None:
        """Make a new cluster beside its final place, so that a kill leaves no half of one."""
        scratch = self.home.folder / "cluster.new"
        shutil.rmtree(scratch, ignore_errors=True)
        command = [self.home.tool("initdb"), "--pgdata", str(scratch), "--username", roles.ADMIN]
        command += ["--encoding", "UTF8", "--locale", "C"]
        command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
        command += ["--auth", "peer", "--no-instructions"]
        if self.settings.get("fsync") == "off":
            command.append("--no-sync")
        begin = self._log_size()
        if self._spawn(command).wait() != 0:
            shutil.rmtree(scratch, ignore_errors=True)
            raise self._failure(begin)
        scratch.rename(self.home.cluster)

    def _launch(self) -> None:
        self._check_port()
        self._prepare_socket()
        self._write_access()
        command = [self.home.tool("postgres"), "-D", str(self.home.cluster)]
        for name, value in (
            self.settings | {"unix_socket_directories": str(self.home.socket)}
        ).items():
            command += ["-c", f"{name}={value}"]
        begin = self._log_size()
        self.process = self._spawn(command)
        end = time.monotonic() + START_SECONDS
        while not (self._note(0) == str(self.process.pid) and self._status() == "ready"):
            if self.process.poll() is not None:
                self.process = None
                if STILL_ENDING in self._words(begin) and time.monotonic() < end:
                    time.sleep(0.2)
                    begin, self.process = self._log_size(), self._spawn(command)
                    continue
                raise self._failure(begin)
            if time.monotonic() > end:
                self.stop()
                raise self._failure(begin)
            time.sleep(0.01)

    def _check_port(self) -> None:
        """Refuse a port for BI programs that another one has, before the server fails at it."""
        if self.listening is not None:
            self.listening.check()

    def _prepare_socket(self) -> None:
        socket = self.home.socket
        socket.mkdir(mode=0o700, exist_ok=True)
        owner = self.home.user[0] if self.home.user else os.geteuid()
        if self.home.user:
            os.chown(socket, *self.home.user)
        found = socket.lstat()
        if socket.is_symlink() or found.st_uid != owner or found.st_mode & 0o077:
            raise ProcessError("database-socket-unsafe", path=str(socket))

    def _write_access(self) -> None:
        """Let in the user who runs Kefen, and the server's own; nobody over the network."""
        names = {pwd.getpwuid(os.geteuid()).pw_name}
        if self.home.user:
            names.add(pwd.getpwuid(self.home.user[0]).pw_name)
        ident = "".join(f'kefen "{name}" {role}\n' for name in sorted(names) for role in ROLES)
        access = HBA + (self.listening.access if self.listening else "")
        for file, text in (("pg_hba.conf", access), ("pg_ident.conf", ident)):
            (self.home.cluster / file).write_text(text, encoding="utf-8")

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        terms: dict[str, Any] = {"signal": signal.SIGINT, "parent": os.getpid()}
        if self.home.user:
            terms["user"] = self.home.user
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_"))}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-I", "-S", leash.__file__, json.dumps(terms), *command],
                cwd=self.home.folder,
                env=kept | {"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
            )

    def _prepare_database(self) -> None:
        try:
            roles.prepare(self._connect, DATABASE)
        except psycopg.Error as error:
            self.stop()
            if isinstance(error, psycopg.errors.DiskFull):
                raise ProcessError("disk-full", path=str(self.home.folder)) from error
            raise

    def _connect(self, role: str, database: str) -> psycopg.Connection[Any]:
        return psycopg.connect(self._url(role, database), autocommit=True)

    # -- failing ----------------------------------------------------------------------------

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0

    def _words(self, begin: int) -> str:
        """What the server has said since."""
        with self.log.open("rb") as file:
            file.seek(begin)
            return file.read().decode(errors="replace").strip()

    def _failure(self, begin: int) -> ProcessError:
        """What the server's last words mean."""
        words = self._words(begin)
        if "No space left on device" in words or "Disk quota exceeded" in words:
            return ProcessError("disk-full", path=str(self.home.folder))
        if "Permission denied" in words:
            reason = next(x for x in words.splitlines() if "Permission denied" in x)
            return ProcessError(
                "folder-not-writable", path=str(self.home.folder), reason=reason.strip()
            )
        last = "\n".join(words.splitlines()[-8:])
        return ProcessError("database-failed", log=str(self.log), words=last)
