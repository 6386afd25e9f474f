"""Figures of a query that are read once and remembered until a table they are of changes.

Every transaction that writes to a watched table leaves a mark of that table (`kefen_remembered` is
the trigger). What was read is remembered under the marks of its tables that were there before it
was read: one more, and it is read anew. So a remembered figure is never older than the answer it
stands in.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.db import connection

from kefen_crm.platform import stored_figures
from kefen_crm.platform.per_request import PerRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet

T = TypeVar("T")
TRIGGER = "kefen_remembered"
_TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')
_UNQUOTED = re.compile(r"(?:FROM|JOIN) (\w+)", re.IGNORECASE)
_MANY = 500
"""Marks beyond which the clock replaces those of a table by one."""


def watch(table: str, *columns: str, group: str = "") -> str:
    """SQL for a migration: writing to this table tells that figures of it are old.

    With `columns` only writing to these does, besides rows that come and go. With the name of a
    `group` these columns leave marks of their own, for the figures that read one of them; what
    comes and goes is told by the trigger without a group, which the table has, too.
    """
    of = f" OF {', '.join(columns)}" if columns else ""
    others = "" if group else "INSERT OR DELETE OR TRUNCATE OR "
    return f"""
        CREATE TRIGGER {TRIGGER}{group} AFTER {others}UPDATE{of} ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION kefen_table_changed();
    """


def remembered(about: QuerySet[Any], what: str, read: Callable[[], T], *, stored: Any = None) -> T:
    """What `read` gives of the query `about`, which it alone reads.

    Read each time where the query asks tables that are not watched, and within a transaction,
    which may yet be taken back. With `stored`, the type of the figure, it is looked up among
    those that are kept for all processes.
    """
    if connection.in_atomic_block:
        return read()
    try:
        sql, params = about.query.sql_with_params()
    except EmptyResultSet:  # nothing can fit, which needs no asking
        return read()
    mark = _mark(sql)
    if mark is None:
        return read()
    told = "\n".join([_version(), what, sql, repr(params)])
    key = hashlib.sha256(told.encode()).hexdigest()
    if stored is not None:
        found = stored_figures.Figure(key, mark, f"{what}: {sql}", stored)
        if stored_figures.ahead():
            return found.read_ahead(read)
        return _known(key + mark, lambda: found.get(read))
    return _known(key + mark, read)


@cache
def _version() -> str:
    return version("kefen")  # it reads a file each time


def _known(key: str, read: Callable[[], T]) -> T:
    key = hashlib.sha256(key.encode()).hexdigest()
    known = caches["figures"].get(key)
    if known is None:
        known = (read(),)
        caches["figures"].set(key, known)
    return cast("T", known[0])


def _mark(sql: str) -> str | None:
    """What the tables of a query hold; None where one of them does not tell of its changes."""
    asked = set(_TABLE.findall(sql))
    if not asked <= watched().keys():
        return None
    loose = set(_UNQUOTED.findall(sql))
    # What follows a watched table, such as the index of the search, may follow all its columns.
    every = bool(loose - watched().keys())
    marks = _stamp()
    depends = [
        source
        for table in sorted(asked | (loose & watched().keys()))
        for source, columns in watched()[table].items()
        if source == table or every or any(f'"{one}"' in sql for one in columns)
    ]
    return "\n".join(f"{source} {marks.get(source, '')}" for source in depends)


def stamp() -> Mapping[str, str]:
    """What the watched tables held when this was read; never again the same after a change."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return dict(cursor.fetchall())


_stamp = PerRequest(stamp, reading=True)
"""Of a request that reads one is enough: what was there when it began is no older than it."""


@cache
def watched() -> dict[str, dict[str, list[str]]]:
    """The tables that tell of their changes: under which names, upon which columns."""
    found: dict[str, dict[str, list[str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_WATCHED, [TRIGGER, TRIGGER])
        for table, source, columns in cursor.fetchall():
            found.setdefault(table, {})[source] = columns
    return found


def forget() -> None:
    """Replace the marks of transactions that are over by one a table, where they became many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [_MANY])


_STAMP = """
    SELECT source, count(*) || md5(string_agg(mark::text, '' ORDER BY changed))
    FROM platform_tablechange GROUP BY source
"""
_WATCHED = """
    SELECT relname, relname || substr(tgname, length(%s) + 1),
        array(SELECT attname FROM pg_attribute WHERE attrelid = tgrelid AND attnum = ANY (tgattr))
            ::text[]
    FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE starts_with(tgname, %s) AND relnamespace = current_schema()::regnamespace
"""
_FORGET = """
    WITH gone AS (
        DELETE FROM platform_tablechange
        WHERE changed < pg_snapshot_xmin(pg_current_snapshot())
            AND (SELECT count(*) FROM platform_tablechange) > %s
        RETURNING source)
    INSERT INTO platform_tablechange (source, changed)
    SELECT DISTINCT source, pg_current_xact_id() FROM gone
    ON CONFLICT DO NOTHING
"""
