"""The tables of the site's database that may tell of a customer, whatever app they belong to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg import sql

from kefen_crm.gateway.rights import NAMED_BY, Person, clean

PASSED = frozenset(
    {
        *("django_migrations", "django_session", "kefen_installation", "shared_cache"),
        *("team_user", "team_historicaluser", "account_emailaddress"),
        *("mfa_authenticator", "usersessions_usersession", "customers_searched"),
        *("platform_storedfigure", "customers_lateindex", "grading_classcount"),
    }
)
"""Of the site's own people and of the site itself; the cache and the figures that were read
ahead are emptied as a whole, and what customers are found by follows their rows."""
_COLUMNS = """
    SELECT c.table_name, c.column_name, c.udt_name, c.character_maximum_length
    FROM information_schema.columns c JOIN information_schema.tables t
      ON t.table_schema = c.table_schema AND t.table_name = c.table_name
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE'
      AND c.udt_name IN ('text', 'varchar', 'jsonb', 'json', 'bytea') AND c.is_generated = 'NEVER'
    ORDER BY c.table_name, c.ordinal_position
"""


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    longest: int | None


@dataclass(frozen=True)
class Row:
    """A row that tells of the person: where it stands, and the cells that are to change."""

    place: str
    changes: dict[str, Any]


def texts() -> dict[str, list[Column]]:
    """The columns of words, documents and bytes of every table, by table."""
    found: dict[str, list[Column]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        for table, name, kind, longest in cursor.fetchall():
            if table not in PASSED:
                found.setdefault(table, []).append(Column(name, kind, longest))
    return found


def naming(table: str, columns: list[Column], person: Person) -> list[Row]:
    """The rows of a table that tell of the person."""
    like = [f"%{_escaped(needle)}%" for needle in person.needles]
    quoted = f'%"{_escaped(person.customer_id)}"%'
    tests: list[sql.Composed] = []
    values: list[Any] = []
    for column in columns:
        if column.type == "bytea":
            continue
        tests.append(sql.SQL("{}::text ILIKE ANY (%s)").format(sql.Identifier(column.name)))
        values.append([*like, quoted] if column.type.startswith("json") else like)
        if column.name in NAMED_BY:
            tests.append(sql.SQL("{} = %s").format(sql.Identifier(column.name)))
            values.append(person.customer_id)
    read = [column for column in columns if column.type != "bytea"]
    if not read:
        return []
    query = sql.SQL("SELECT ctid::text, {} FROM {} WHERE {}").format(
        sql.SQL(", ").join(
            sql.SQL("{}::text").format(sql.Identifier(column.name)) for column in read
        ),
        sql.Identifier(table),
        sql.SQL(" OR ").join(tests),
    )
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
    found = []
    for place, *cells in rows:
        changes = {
            column.name: new
            for column, cell in zip(read, cells, strict=True)
            if (new := _cleaned(column, cell, person)) != cell
        }
        if changes:
            found.append(Row(place, changes))
    return found


def whole(table: str, rows: list[Row]) -> list[dict[str, Any]]:
    """All cells of rows that `naming` found."""
    query = sql.SQL("SELECT to_jsonb(t) FROM {} t WHERE ctid = ANY (%s::tid[])").format(
        sql.Identifier(table)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [[row.place for row in rows]])
        return [
            json.loads(cell) if isinstance(cell, str) else cell for (cell,) in cursor.fetchall()
        ]


def bodies(table: str, columns: list[Column], person: Person) -> list[Row]:
    """The rows of a table whose bytes tell of the person."""
    found = []
    for column in columns:
        if column.type != "bytea":
            continue
        for trace in person.traces:
            query = sql.SQL("SELECT ctid::text FROM {} WHERE position(%s::bytea IN {}) > 0").format(
                sql.Identifier(table), sql.Identifier(column.name)
            )
            with connection.cursor() as cursor:
                cursor.execute(query, [trace.encode()])
                found += [Row(place, {column.name: b""}) for (place,) in cursor.fetchall()]
    return found


def change(table: str, row: Row) -> None:
    """Write the changed cells of a row."""
    sets = [sql.SQL("{} = %s").format(sql.Identifier(name)) for name in row.changes]
    query = sql.SQL("UPDATE {} SET {} WHERE ctid = %s::tid").format(
        sql.Identifier(table), sql.SQL(", ").join(sets)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [*row.changes.values(), row.place])


def _cleaned(column: Column, cell: str | None, person: Person) -> str | None:
    if cell is None:
        return None
    if column.type.startswith("json"):
        told = json.loads(cell)
        cleaned = clean(told, person)
        return cell if cleaned == told else json.dumps(cleaned, ensure_ascii=False)
    if column.name in NAMED_BY:
        return person.key if person.is_named(cell) else cell
    return person.masked(cell)[: column.longest]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
