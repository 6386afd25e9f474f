"""A site's database in a backup: read in one snapshot, brought back in one transaction.

Needs no program of PostgreSQL's and no right of a superuser, so that a backup moves between the
embedded server and any other. The tables' shape comes from Kefen's own migrations.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from kefen.backup import BackupError
from kefen_crm.process import belonging
from kefen_crm.process.migrations import collect_garbage_seldom
from kefen_crm.process.tables import in_order, plain, sequences, set_sequences, tables

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kefen.backup import Backup
    from kefen.backup.archive import Archive

_MIGRATIONS = "SELECT app, name FROM django_migrations ORDER BY app, name"


@dataclass(frozen=True)
class Snapshot:
    """A database in one transaction that sees it as it was when that began."""

    connection: psycopg.Connection[Any]

    def dump(self, archive: Archive) -> dict[str, Any]:
        """Write every table and give rows and hash of each, sequences and migrations."""
        proofs = {}
        for table in tables(self.connection):
            lines = 0
            with archive.entry(f"database/{table.name}.copy") as out:
                for part in table.rows(self.connection):
                    out.write(part)
                    lines += part.count(b"\n")
            proofs[table.name] = {
                "rows": lines,
                "columns": table.columns,
                "sha256": out.sha256,
            }
        migrations = [list(row) for row in self.connection.execute(_MIGRATIONS).fetchall()]
        return {
            "tables": proofs,
            "sequences": sequences(self.connection),
            "migrations": migrations,
        }


@dataclass(frozen=True)
class SiteDatabase:
    """The database at `url` that belongs to the data directory `data`."""

    url: str
    data: Path
    own: bool

    def is_there(self) -> bool:
        """Whether the site has made its tables in it."""
        with belonging.connect(self.url) as connection:
            return belonging.has_tables(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """Hold on to the database as it is now."""
        with belonging.connect(self.url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            plain(connection)  # the first query takes the snapshot
            yield Snapshot(connection)
            connection.rollback()

    def load(self, backup: Backup, *, again: bool) -> None:
        """Make the tables as the backup knew them, fill them, prove them; all or nothing.

        Raises:
            BackupError: `restore-database-not-empty`, `backup-of-newer-kefen`, `restore-differs`.
        """
        told = backup.manifest["database"]
        with belonging.connect(self.url) as connection:
            before = belonging.known(connection)
            ours = again and (before is None or before[1] == str(self.data))
            if belonging.has_tables(connection) and not ours:
                raise BackupError("restore-database-not-empty", address=belonging.address(self.url))
        migrate([(app, name) for app, name in told["migrations"]])
        with belonging.connect(self.url) as connection:
            plain(connection)
            _fill(connection, backup, told)
            belonging.renew(connection, self.data)
        belonging.keep(self.data, self.url, own=self.own)


def _fill(connection: psycopg.Connection[Any], backup: Backup, told: dict[str, Any]) -> None:
    listed = tables(connection)
    if missing := told["tables"].keys() - {table.name for table in listed}:
        raise BackupError("restore-differs", what=", ".join(sorted(missing)))
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in listed)
    connection.execute(sql.SQL("TRUNCATE {}").format(names))
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in listed:
        _triggers(connection, table.name, "DISABLE")
    listed = [table for table in listed if table.name in told["tables"]]
    for table in in_order(connection, listed):
        table.fill(connection, backup.read(f"database/{table.name}.copy"))
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    set_sequences(connection, told["sequences"])
    for table in tables(connection):
        _triggers(connection, table.name, "ENABLE")
    if connection.execute("SELECT to_regclass('customers_searched')").fetchone() != (None,):
        connection.execute(_SEARCHED)  # which followed no customer while triggers were off
    if connection.execute("SELECT to_regclass('platform_storedfigure')").fetchone() != (None,):
        connection.execute("TRUNCATE platform_storedfigure")  # they are of what was here before
    for table in listed:
        wanted = told["tables"][table.name]
        if table.proof(connection) != {name: wanted[name] for name in ("rows", "sha256")}:
            raise BackupError("restore-differs", what=table.name)


_SEARCHED: Final = """
    INSERT INTO customers_searched SELECT id, search FROM customers_customer ON CONFLICT DO NOTHING
"""


def _triggers(connection: psycopg.Connection[Any], table: str, what: str) -> None:
    query = sql.SQL("ALTER TABLE {} {} TRIGGER USER")
    connection.execute(query.format(sql.Identifier(table), sql.SQL(what)))


def migrate(applied: list[tuple[str, str]]) -> None:
    """Bring the configured database to the state in which just these migrations are applied.

    Raises:
        BackupError: `backup-of-newer-kefen` when one of them is unknown here.
    """
    # Only now, because Django is set up by whoever knows the database.
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    collect_garbage_seldom()
    connection = connections["default"]
    try:
        executor = MigrationExecutor(connection)
        graph, wanted = executor.loader.graph, set(applied)
        unknown = sorted(".".join(one) for one in wanted - graph.nodes.keys())
        if unknown:
            raise BackupError("backup-of-newer-kefen", migration=unknown[0])
        ends = [
            one
            for one in wanted
            if not any(child.key in wanted for child in graph.node_map[one].children)
        ]
        executor.migrate(sorted(ends))
        call_command("createcachetable", verbosity=0)
    finally:
        connection.close()
