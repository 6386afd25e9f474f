"""Access of BI programs to the views of the schema `bi`: a role that reads, and where it may.

Kept in `<data>/bi.json`: Kefen's own PostgreSQL listens for them only while it is there. A role of
the name `kefen_bi` reads the views and nothing else.
"""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from kefen.storage import write_whole
from kefen_crm.process.address import free_port
from kefen_crm.process.errors import ProcessError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE: Final = "bi.json"
ROLE: Final = "kefen_bi"
SCHEMA: Final = "bi"
HOST: Final = "127.0.0.1"
PORT: Final = 5433
CONNECTIONS: Final = 10
"""So many the role has at most, that the site keeps its own."""
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Listening:
    """Where Kefen's own PostgreSQL listens for BI programs."""

    host: str = HOST
    port: int = PORT

    @property
    def settings(self) -> dict[str, str]:
        """What that is in the server's words."""
        return {"listen_addresses": self.host, "port": str(self.port)}

    @property
    def access(self) -> str:
        """The lines of `pg_hba.conf` that let the role in, and nobody else."""
        near = self.host in _LOOPBACK
        places = ("127.0.0.1/32", "::1/128") if near else ("0.0.0.0/0", "::/0")
        return "".join(f"host kefen {ROLE} {place} scram-sha-256\n" for place in places)

    def check(self) -> None:
        """Refuse an address that is none, or that another program has.

        Raises:
            ProcessError: `bi-port-not-free`.
        """
        try:
            free_port(self.host, self.port)
        except ProcessError as error:
            told = {"host": self.host, "port": self.port}
            raise ProcessError("bi-port-not-free", **told, reason=error.code) from error


def listening(data: Path) -> Listening | None:
    """Where the server of a data directory listens for BI programs; None while it does not.

    Raises:
        ProcessError: `bi-damaged` when the file cannot be understood.
    """
    path = data / FILE
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Listening(str(told["host"]), int(told["port"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProcessError("bi-damaged", path=str(path)) from error


def listen(data: Path, wanted: Listening | None) -> None:
    """Have the server listen from its next start on, or no more."""
    if wanted is None:
        (data / FILE).unlink(missing_ok=True)
    else:
        write_whole(data / FILE, json.dumps(asdict(wanted), indent=1), 0o600)


@contextmanager
def not_listening(data: Path) -> Iterator[None]:
    """Have a server that is started meanwhile listen on its socket alone.

    So an address that cannot be listened at does not keep anybody from changing it. What was said
    before stands again when the block fails, or says nothing else.
    """
    path = data / FILE
    before = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
    path.unlink(missing_ok=True)
    try:
        yield
    finally:
        if before is not None and not path.exists():
            write_whole(path, before, 0o600)


def allow(url: str) -> str:
    """Make the role, or give it a new password; gives the password, which is not kept.

    `url` is of someone who may make roles.

    Raises:
        ProcessError: `bi-no-views` where the site never made its views, `bi-no-right` with what an
            administrator of the server has to run.
    """
    password = secrets.token_urlsafe(18)
    with psycopg.connect(url) as connection:
        there = connection.execute("SELECT to_regnamespace(%s)", [SCHEMA]).fetchone()
        if there is None or there[0] is None:
            raise ProcessError("bi-no-views")
        # Only what proves the password goes to the server, and into no log.
        proof = connection.pgconn.encrypt_password(
            password.encode(), ROLE.encode(), b"scram-sha-256"
        ).decode()
        try:
            for command in _commands(connection, proof):
                connection.execute(command)
        except psycopg.errors.InsufficientPrivilege as error:
            connection.rollback()
            told = ";\n".join(one.as_string(connection) for one in _commands(connection, proof))
            raise ProcessError("bi-no-right", role=ROLE, commands=f"{told};") from error
    return password


def withdraw(url: str) -> None:
    """Take the role away; its connections end."""
    with psycopg.connect(url, autocommit=True) as connection:
        if not _known(connection):
            return
        role = sql.Identifier(ROLE)
        try:
            connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(role))
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [ROLE]
            )
            connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
            connection.execute(sql.SQL("DROP ROLE {}").format(role))
        except psycopg.errors.InsufficientPrivilege as error:
            raise ProcessError(
                "bi-no-right", role=ROLE, commands=f"DROP OWNED BY {ROLE};\nDROP ROLE {ROLE};"
            ) from error


def _known(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
    return row is not None


def _commands(connection: psycopg.Connection[Any], proof: str) -> list[sql.Composed]:
    """What makes the role what it is."""
    role, schema = sql.Identifier(ROLE), sql.Identifier(SCHEMA)
    database = sql.Identifier(connection.info.dbname)
    made = [] if _known(connection) else [sql.SQL("CREATE ROLE {}").format(role)]
    terms = (
        "ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT "
        "CONNECTION LIMIT {} PASSWORD {}"
    )
    return [
        *made,
        sql.SQL(terms).format(role, sql.Literal(CONNECTIONS), sql.Literal(proof)),
        sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role),
        sql.SQL("ALTER ROLE {} SET search_path = {}").format(role, schema),
        sql.SQL("ALTER ROLE {} SET statement_timeout = '10min'").format(role),
        # Read-only is where it begins, and a program may say otherwise.
        sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database),
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role),
        sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role),
        sql.SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(schema, role),
    ]
