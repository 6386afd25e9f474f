"""The roles of Kefen's own PostgreSQL: an administrator, and the site's ordinary owner.

The site signs in as `SITE`, which owns its database and nothing else: it can neither read the
server's files nor make roles. Only `Embedded` signs in as `ADMIN`, to prepare the database. Older
clusters knew the site's role as their superuser; they are brought over at the next start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Callable

    Connection = psycopg.Connection[Any]

SITE: Final = "kefen"
ADMIN: Final = "kefen_admin"
UPGRADE: Final = "kefen_upgrade"
"""A superuser for the moment in which another one is renamed."""

_FOREIGN: Final = """
    SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW'
             WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.oid::regclass::text
    FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
    WHERE r.rolname = %(admin)s AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
      AND c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid
                      AND d.classid = 'pg_class'::regclass AND d.deptype IN ('e', 'i', 'a'))
    UNION ALL
    SELECT 'ROUTINE', p.oid::regprocedure::text
    FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner
    WHERE r.rolname = %(admin)s
      AND p.pronamespace::regnamespace::text !~ '^(pg_|information_schema)'
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'TYPE', t.oid::regtype::text
    FROM pg_type t JOIN pg_roles r ON r.oid = t.typowner
    WHERE r.rolname = %(admin)s AND t.typtype IN ('e', 'd', 'c', 'r')
      AND t.typnamespace::regnamespace::text !~ '^(pg_|information_schema)'
      AND (t.typrelid = 0 OR EXISTS (
            SELECT 1 FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
      AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 'SCHEMA', quote_ident(n.nspname)
    FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
    WHERE r.rolname = %(admin)s AND n.nspname !~ '^(pg_|information_schema)'
"""
"""What stands in the database and still belongs to the administrator."""


def prepare(connect: Callable[[str, str], Connection], database: str) -> None:
    """Have the site's role own its database, and be nothing more; done again it changes nothing.

    Args:
        connect: opens a connection as a role to a database of the server.
        database: the site's database; made when it is missing.
    """
    _rename_superuser(connect)
    with connect(ADMIN, "postgres") as connection:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(UPGRADE)))
        _make_role(connection)
        _make_database(connection, database)
    with connect(ADMIN, database) as connection, connection.transaction():
        _give(connection)


def _rename_superuser(connect: Callable[[str, str], Connection]) -> None:
    """Where the site's role is the cluster's first superuser, give that one its present name."""
    try:
        with connect(ADMIN, "postgres"):
            return
    except psycopg.OperationalError:  # an older cluster has no such role
        with connect(SITE, "postgres") as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [UPGRADE])
            if known.fetchone() is None:
                create = sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(sql.Identifier(UPGRADE))
                connection.execute(create)
    with connect(UPGRADE, "postgres") as connection:
        rename = sql.SQL("ALTER ROLE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(SITE), sql.Identifier(ADMIN)))


def _make_role(connection: Connection) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [SITE]).fetchone()
    if known is None:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(SITE)))


def _make_database(connection: Connection, database: str) -> None:
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
    owner = connection.execute(query, [database]).fetchone()
    names = sql.Identifier(database), sql.Identifier(SITE)
    if owner is None:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    elif owner[0] != SITE:
        connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(*names))


def _give(connection: Connection) -> None:
    """Give the site what older versions made for it; the schema `public` is the owner's anyway."""
    for what, name in connection.execute(_FOREIGN, {"admin": ADMIN}).fetchall():
        # Both come from the catalogue, quoted by it.
        command = sql.SQL("ALTER {} {} OWNER TO {}")
        connection.execute(command.format(sql.SQL(what), sql.SQL(name), sql.Identifier(SITE)))
