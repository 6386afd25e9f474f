"""Many rows at once: into PostgreSQL by COPY on Django's own connection, or named by their keys."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import polars as pl
from django.db import connection
from django.db.models.expressions import RawSQL
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_ROWS = 100_000


def into_temporary(
    name: str,
    columns: Mapping[str, str],
    rows: pl.DataFrame | Iterable[pl.DataFrame],
    *,
    analyzed: bool = True,
) -> None:
    """Fill a temporary table `name` with `rows`; it is gone at the end of the transaction.

    Args:
        name: of the table, which must not exist yet in this transaction.
        columns: PostgreSQL type by column, in the order they are taken from `rows`.
        rows: one frame or several; an empty string stays one, null becomes NULL.
        analyzed: whether the planner knows of them, which queries that join them need.
    """
    declared = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
        for column, kind in columns.items()
    )
    create = sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(
        sql.Identifier(name), declared
    )
    copy = sql.SQL("COPY {} FROM STDIN (FORMAT csv, NULL '\\N')").format(sql.Identifier(name))
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
        cursor.execute(create)
        for frame in [rows] if isinstance(rows, pl.DataFrame) else rows:
            with cursor.copy(copy) as stream:
                for part in frame.select(list(columns)).iter_slices(_ROWS):
                    block = io.BytesIO()
                    # Texts stand in quotes: one that is \N is no null.
                    part.write_csv(
                        block, include_header=False, null_value="\\N", quote_style="non_numeric"
                    )
                    stream.write(block.getvalue())
        if analyzed:
            cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))


def keyed(keys: Collection[int]) -> RawSQL:
    """These keys for a lookup `__in`, as one parameter: thousands of them take Django long."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(keys)])


def texts(values: Collection[str]) -> RawSQL:
    """These texts for a lookup `__in`, as `keyed` names keys."""
    return RawSQL("SELECT unnest(%s::text[])", [list(values)])
