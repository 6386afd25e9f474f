"""The tables of a PostgreSQL database as text: the same bytes from every server of any version.

Read by `COPY … TO`, in order of their keys, so that the hash of the text proves a table.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    Connection = psycopg.Connection[Any]

INSTALLATION: Final = "kefen_installation"
"""The table that says which data directory the database belongs to; it is no part of a backup."""
NO_PART: Final = [
    INSTALLATION,
    "platform_tablechange",
    "platform_storedfigure",
    "customers_searched",
    "customers_synchronised",
    "customers_lateindex",
    "grading_classcount",
]
"""The tables that are no part of a backup: the second is of the transactions of one server, the
third is read anew from others, the fourth follows customers by itself, the fifth is of a file
that is no part of a backup either, the sixth says what the database is about to make, the last is
counted anew."""
_PLAIN: Final = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "xmloption": "content",
}
_TABLES: Final = """
    SELECT c.oid, c.relname,
           array(SELECT a.attname FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   AND a.attgenerated = '' AND a.atttypid <> 'xid8'::regtype
                 ORDER BY a.attname)::text[],
           array(SELECT a.attname FROM pg_index i JOIN pg_attribute a
                   ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
                 WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY a.attname)::text[]
    FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND c.relname <> ALL (%s)
    ORDER BY c.relname COLLATE "C"
"""
_NEEDS: Final = """
    SELECT f.conrelid, f.confrelid FROM pg_constraint f
    WHERE f.contype = 'f' AND NOT f.condeferrable AND f.conrelid <> f.confrelid
"""


@dataclass(frozen=True)
class Table:
    """A table with its columns by name; `key` is its primary key.

    Numbers of transactions (`xid8`) mean nothing on another server: they are no columns here.
    """

    oid: int
    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]

    @property
    def place(self) -> sql.Composed:
        """The table with the columns that are copied."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL("{} ({})").format(sql.Identifier(self.name), columns)

    def rows(self, connection: Connection) -> Iterator[bytes]:
        """Its rows as text, a line each."""
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        order = [sql.SQL('t.{}::text COLLATE "C"').format(sql.Identifier(one)) for one in self.key]
        by = sql.SQL(", ").join(order) if order else sql.SQL('t.*::text COLLATE "C"')
        query = sql.SQL("COPY (SELECT {} FROM {} t ORDER BY {}) TO STDOUT").format(
            columns, sql.Identifier(self.name), by
        )
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for part in copy:
                yield bytes(part)

    def fill(self, connection: Connection, parts: Iterable[bytes]) -> None:
        """Put rows in, as `rows` gave them."""
        query = sql.SQL("COPY {} FROM STDIN").format(self.place)
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for part in parts:
                copy.write(part)

    def proof(self, connection: Connection) -> dict[str, Any]:
        """What tells whether two tables hold the same."""
        digest, lines = hashlib.sha256(), 0
        for part in self.rows(connection):
            digest.update(part)
            lines += part.count(b"\n")
        return {"rows": lines, "sha256": digest.hexdigest()}


def plain(connection: Connection) -> None:
    """Have this transaction write values in the one form that backups use."""
    for name, value in _PLAIN.items():
        connection.execute("SELECT set_config(%s, %s, true)", [name, value])


def tables(connection: Connection) -> list[Table]:
    """The tables of the database, by name."""
    found = connection.execute(_TABLES, [NO_PART]).fetchall()
    return [Table(oid, name, tuple(columns), tuple(key)) for oid, name, columns, key in found]


def in_order(connection: Connection, listed: list[Table]) -> list[Table]:
    """The tables so that each comes after those whose rows it must find at once."""
    needs: dict[int, set[int]] = {table.oid: set() for table in listed}
    for one, other in connection.execute(_NEEDS).fetchall():
        if one in needs and other in needs:
            needs[one].add(other)
    ordered: list[Table] = []
    left = list(listed)
    while left:
        done = {table.oid for table in ordered}
        ready = [table for table in left if needs[table.oid] <= done] or left
        ordered += ready
        left = [table for table in left if table not in ready]
    return ordered


def sequences(connection: Connection) -> dict[str, list[Any]]:
    """Where each sequence stands: its last value, and whether that was given out."""
    names = connection.execute(
        "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1"
    ).fetchall()
    found = {}
    for (name,) in names:
        query = sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(name))
        row = connection.execute(query).fetchone()
        found[name] = list(row or ())
    return found


def set_sequences(connection: Connection, told: dict[str, list[Any]]) -> None:
    """Have the sequences go on where they stood."""
    for name in sequences(connection).keys() & told.keys():
        value, called = told[name]
        quoted = sql.Identifier(name).as_string(connection)
        connection.execute("SELECT setval(%s::regclass, %s, %s)", [quoted, value, called])
