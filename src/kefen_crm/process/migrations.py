"""Whether the tables of a database are those of this Kefen, of an older or of a newer one."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Any, Final

import psycopg

from kefen_crm.process import belonging
from kefen_crm.process.errors import ProcessError

if TYPE_CHECKING:
    Connection = psycopg.Connection[Any]

OURS: Final = "check-data-ok"
SHOWN: Final = 3
OBJECTS: Final = 100_000


def collect_garbage_seldom() -> None:
    """Look for garbage after as many new objects, before migrations run in this process.

    Django makes the classes of the models anew for each operation: looking after every few hundred
    objects takes a third of the whole, and looking seldom 50 MB more of memory.
    """
    gc.set_threshold(OBJECTS)


def refuse_others(address: str) -> None:
    """Refuse the tables of another Kefen, before anything is done with them.

    Raises:
        ProcessError: `check-data-newer`, `check-migrations-missing`.
    """
    with psycopg.connect(address, autocommit=True, connect_timeout=10) as connection:
        if not belonging.has_tables(connection):
            return
        code, data = compared(connection)
        if code != OURS:
            raise ProcessError(code, **data)


def compared(connection: Connection) -> tuple[str, dict[str, Any]]:
    """The code and the data of what is said of the tables: `OURS`, or whose they are."""
    known, applied = _known(), _applied(connection)
    for code, names in (
        ("check-data-newer", sorted(applied - known)),
        ("check-migrations-missing", sorted(known - applied)),
    ):
        if names:
            found = [".".join(one) for one in names[:SHOWN]]
            return code, {"count": len(names), "found": found}
    return OURS, {"count": len(applied)}


def _applied(connection: Connection) -> set[tuple[str, str]]:
    found = connection.execute("SELECT app, name FROM django_migrations").fetchall()
    return {(app, name) for app, name in found}


def _known() -> set[tuple[str, str]]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kefen_crm.site.settings")
    # Only now, because the settings read the environment.
    import django
    from django.db.migrations.loader import MigrationLoader

    django.setup()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    return set(loader.disk_migrations or ())
