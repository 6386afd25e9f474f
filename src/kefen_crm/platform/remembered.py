"""Figures of a query that are read once and remembered until a table they are of changes.

Every transaction that writes to a watched table leaves a mark (`kefen_remembered` is the trigger).
What was read is remembered under the marks that were there before it was read: one more, and it is
read anew. So a remembered figure is never older than the answer it stands in.
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

from kefen_crm.platform.per_request import PerRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

T = TypeVar("T")
TRIGGER = "kefen_remembered"
_TABLE = re.compile(r'(?:FROM|JOIN) "(\w+)"')
_MANY = 500
"""Marks beyond which the clock replaces them by one."""


def watch(table: str, *columns: str) -> str:
    """SQL for a migration: writing to this table tells that figures of it are old.

    With `columns` only writing to these does, besides rows that come and go.
    """
    of = f" OF {', '.join(columns)}" if columns else ""
    return f"""
        CREATE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE{of} OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION kefen_table_changed();
    """


def remembered(about: QuerySet[Any], what: str, read: Callable[[], T]) -> T:
    """What `read` gives of the query `about`, which it alone reads.

    Read each time where the query asks tables that are not watched, and within a transaction,
    which may yet be taken back.
    """
    if connection.in_atomic_block:
        return read()
    try:
        sql, params = about.query.sql_with_params()
    except EmptyResultSet:  # nothing can fit, which needs no asking
        return read()
    if not set(_TABLE.findall(sql)) <= watched():
        return read()
    told = "\n".join([version("kefen"), _stamp(), what, sql, repr(params)])
    key = hashlib.sha256(told.encode()).hexdigest()
    known = caches["figures"].get(key)
    if known is None:
        known = (read(),)
        caches["figures"].set(key, known)
    return cast("T", known[0])


def stamp() -> str:
    """What the watched tables held when this was read; never again the same after a change."""
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        return "/".join(str(one) for one in cursor.fetchone())


_stamp = PerRequest(stamp, reading=True)
"""Of a request that reads one is enough: what was there when it began is no older than it."""


@cache
def watched() -> frozenset[str]:
    """The tables that tell of their changes."""
    with connection.cursor() as cursor:
        cursor.execute(_WATCHED, [TRIGGER])
        return frozenset(name for (name,) in cursor.fetchall())


def forget() -> None:
    """Replace the marks of transactions that are over by one, where they have become many."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [_MANY])


_STAMP = """
    SELECT count(*), md5(string_agg(mark::text, '' ORDER BY changed)) FROM platform_tablechange
"""
_WATCHED = """
    SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname = %s AND relnamespace = current_schema()::regnamespace
"""
_FORGET = """
    WITH gone AS (
        DELETE FROM platform_tablechange
        WHERE changed < pg_snapshot_xmin(pg_current_snapshot())
            AND (SELECT count(*) FROM platform_tablechange) > %s
        RETURNING 1)
    INSERT INTO platform_tablechange SELECT pg_current_xact_id() FROM gone LIMIT 1
    ON CONFLICT DO NOTHING
"""
