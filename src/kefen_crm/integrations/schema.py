"""Makes the schema `bi` of the views that the apps declare, and keeps it up to date."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import errors, sql

from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

    from kefen_crm.platform.parts import SqlView

logger = logging.getLogger(__name__)

SCHEMA = "bi"
ROLE = "kefen_bi"


def refresh() -> bool:
    """Make the views anew where one is another than before; whether that was so.

    Where the site's user may not make a schema, the site goes on without.
    """
    commands = _commands()
    digest = hashlib.sha256(repr(commands).encode()).hexdigest()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if _made(cursor) == digest:
                return False
            for command in (*_drop(), *commands):
                cursor.execute(command)
            cursor.execute(
                sql.SQL("COMMENT ON SCHEMA {} IS {}").format(
                    sql.Identifier(SCHEMA), sql.Literal(f"Views of Kefen for BI programs. {digest}")
                )
            )
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
            if cursor.fetchone():
                for grant in ("USAGE ON SCHEMA", "SELECT ON ALL TABLES IN SCHEMA"):
                    cursor.execute(f"GRANT {grant} {SCHEMA} TO {ROLE}")
    except Exception as error:
        if isinstance(error.__cause__, errors.InsufficientPrivilege):
            logger.warning("The views for BI programs were not made: %s", error)
            return False
        raise
    return True


def drop_before_upgrade() -> None:
    """Take the views away while tables change under them; `refresh` makes them anew."""
    executor = MigrationExecutor(connection)
    if executor.loader.applied_migrations and executor.migration_plan(
        executor.loader.graph.leaf_nodes()
    ):
        with connection.cursor() as cursor:
            if _made(cursor) is not None:
                for command in _drop():
                    cursor.execute(command)


def _made(cursor: CursorWrapper) -> str | None:
    """What the views that are there were made of; None without any."""
    cursor.execute("SELECT obj_description(to_regnamespace(%s), 'pg_namespace')", [SCHEMA])
    row: Any = cursor.fetchone()
    return row[0].rpartition(" ")[2] if row and row[0] else None


def _drop() -> list[str]:
    return [f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"]


def _commands() -> list[str]:
    views: tuple[SqlView, ...] = declared("sql_views")
    return [f"CREATE SCHEMA {SCHEMA}", *(part for view in views for part in _view(view))]


def _view(view: SqlView) -> list[str]:
    name = f'{SCHEMA}."{view.name}"'
    told = [("VIEW", name, view.comment)]
    told += [("COLUMN", f'{name}."{column}"', text) for column, text in view.columns.items()]
    quoted = [(kind, where, text.replace("'", "''")) for kind, where, text in told]
    return [
        f"CREATE VIEW {name} AS {view.select}",
        *(f"COMMENT ON {kind} {where} IS '{text}'" for kind, where, text in quoted),
    ]
