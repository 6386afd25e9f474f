"""Which database belongs to which data directory: an id that both sides hold.

`installation.json` in the directory and the table `kefen_installation` in the database. A directory
without its database, and a database with another directory, are told instead of starting empty.
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from kefen.storage import write_whole
from kefen_crm.process.errors import ProcessError
from kefen_crm.process.tables import INSTALLATION

if TYPE_CHECKING:
    from pathlib import Path

    Connection = psycopg.Connection[Any]

FILE: Final = "installation.json"
_TABLE: Final = sql.Identifier(INSTALLATION)


def connect(url: str) -> Connection:
    """A connection to the database at `url`.

    Raises:
        ProcessError: `database-unreachable` with the reason.
    """
    try:
        return psycopg.connect(url)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise ProcessError("database-unreachable", address=address(url), reason=reason) from error


def claim(data: Path, url: str, *, own: bool) -> None:
    """See that the data directory and the database at `url` belong together; new ones are paired.

    `own`: the database is the one of Kefen's own server.

    Raises:
        ProcessError: `database-missing`, `database-of-another-data`, `data-of-another-database`,
            `data-directory-emptied`, `database-unreachable`.
    """
    note = read(data)
    with connect(url) as connection:
        there, tables = known(connection), has_tables(connection)
        facts = {"data": str(data), "address": address(url)}
        if there is None and note.get("paired"):
            code = "database-of-another-data" if tables else "database-missing"
            raise ProcessError(code, **facts, before=note.get("address", "?"))
        if there is not None and not note:
            same = there[1] == str(data)
            code = "data-directory-emptied" if same else "data-of-another-database"
            raise ProcessError(code, **facts, before=there[1])
        if there is not None and note["id"] != there[0]:
            code = "database-of-another-data"
            raise ProcessError(code, **facts, before=note.get("address", "?"))
        if there is None:
            note = note or {"id": uuid.uuid4().hex}
            # First here, as not yet paired: a kill in between leaves nothing that refuses itself.
            _write(data, note | {"paired": False})
            _record(connection, note["id"], data)
        elif there[1] != str(data):
            _record(connection, note["id"], data)
    told = {"id": note["id"], "paired": True, "address": address(url), "own": own}
    if note != told:
        _write(data, told)


def expects_cluster(data: Path) -> bool:
    """Whether this directory has had a database of Kefen's own."""
    note = read(data)
    return bool(note.get("paired") and note.get("own"))


def refuse_without_address(data: Path) -> None:
    """See that a directory whose database is not Kefen's own is not taken for one without.

    Raises:
        ProcessError: `database-elsewhere` where the database was at another address.
    """
    note = read(data)
    if note.get("paired") and not note.get("own"):
        place = note.get("address", "?")
        raise ProcessError("database-elsewhere", data=str(data), before=place)


def read(data: Path) -> dict[str, Any]:
    """What the directory knows of its database; nothing when it never had one."""
    path = data / FILE
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return {"id": str(told["id"]), **told}
    except (ValueError, KeyError, TypeError) as error:
        raise ProcessError("installation-damaged", path=str(path)) from error


def known(connection: Connection) -> tuple[str, str] | None:
    """The id that the database holds, and the directory it was used with last."""
    there = connection.execute("SELECT to_regclass(%s)", [INSTALLATION]).fetchone()
    if there is None or there[0] is None:
        return None
    query = sql.SQL("SELECT id, data FROM {}").format(_TABLE)
    row = connection.execute(query).fetchone()
    return (row[0], row[1]) if row else None


def has_tables(connection: Connection) -> bool:
    """Whether the site has made its tables here."""
    row = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
    return row is not None and row[0] is not None


def renew(connection: Connection, data: Path) -> None:
    """Give the database a new id: what was brought back is another pair than its original."""
    _record(connection, uuid.uuid4().hex, data)


def keep(data: Path, url: str, *, own: bool) -> None:
    """Write down in the directory which database it has now."""
    with connect(url) as connection:
        found = known(connection)
    if found:
        _write(data, {"id": found[0], "paired": True, "address": address(url), "own": own})


def address(url: str) -> str:
    """Where a database is, without names and passwords: a socket's folder, or host and name."""
    parts = conninfo_to_dict(url)
    host = str(parts.get("host") or "")
    if host.startswith("/"):
        return f"{host}/{parts.get('dbname') or ''}"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{host}{port}/{parts.get('dbname') or ''}"


def _record(connection: Connection, key: str, data: Path) -> None:
    create = "CREATE TABLE IF NOT EXISTS {} (id text PRIMARY KEY, data text NOT NULL)"
    connection.execute(sql.SQL(create).format(_TABLE))
    connection.execute(sql.SQL("DELETE FROM {}").format(_TABLE))
    insert = sql.SQL("INSERT INTO {} VALUES (%s, %s)").format(_TABLE)
    connection.execute(insert, [key, str(data)])


def _write(data: Path, note: dict[str, Any]) -> None:
    write_whole(data / FILE, json.dumps(note, indent=1), 0o600)
