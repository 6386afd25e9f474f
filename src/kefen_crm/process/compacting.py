"""Has rows that were deleted leave the disk: the tables are written anew, the server's log ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from kefen_crm.process import belonging
from kefen_crm.process.errors import ProcessError
from kefen_crm.process.postgres import Embedded

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE: Final = "60s"
"""So long a table is waited for that somebody reads or writes."""
SEGMENTS: Final = 64
_TABLES: Final = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'm')
      AND (pg_relation_size(c.oid) + coalesce(pg_relation_size(c.reltoastrelid), 0) > 0 OR EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = c.oid
          AND pg_relation_size(i.indexrelid) > current_setting('block_size')::int))
    ORDER BY c.relname
"""
"""The tables that have anything on the disk, or an index that has more than its first page."""
_AHEAD: Final = """
    SELECT count(*) FROM pg_ls_waldir()
    WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_lsn())
"""


def compact(data: Path, url: str) -> None:
    """Write all tables of the database at `url` anew; with Kefen's own server end its log, too.

    Raises:
        ProcessError: `database-busy` when somebody holds on to a table; `database-unreachable`.
    """
    with belonging.connect(url) as connection:
        connection.commit()
        connection.autocommit = True
        connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(PATIENCE)))
        for (name,) in connection.execute(_TABLES).fetchall():
            try:
                connection.execute(
                    sql.SQL("VACUUM (FULL, ANALYZE) {}").format(sql.Identifier(name))
                )
            except psycopg.errors.LockNotAvailable as error:
                raise ProcessError("database-busy", table=name) from error
    if belonging.read(data).get("own"):
        with psycopg.connect(Embedded(data).admin_url, autocommit=True) as connection:
            _end_log(connection)


def _end_log(connection: psycopg.Connection[Any]) -> None:
    """Have the server forget what its statistics and the finished pieces of its log held."""
    connection.execute("VACUUM (FULL) pg_statistic")
    for _segment in range(SEGMENTS):
        connection.execute("SELECT pg_logical_emit_message(false, 'kefen', '')")
        connection.execute("SELECT pg_switch_wal()")
        connection.execute("CHECKPOINT")
        ahead = connection.execute(_AHEAD).fetchone()
        if not ahead or not ahead[0]:
            break
    connection.execute("SELECT pg_switch_wal()")
    connection.execute("CHECKPOINT")
