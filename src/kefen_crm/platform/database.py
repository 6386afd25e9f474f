"""The site's own database: its address, for programs that open it themselves, and its refusals."""

from __future__ import annotations

from typing import Final

from django.db import connection
from psycopg.conninfo import make_conninfo

_AT_ONCE: Final = {"23505", "40001", "40P01"}
"""PostgreSQL's codes for what is there already, what cannot be serialised, and deadlocks."""


def database_url() -> str:
    """The address of the site's own database."""
    given = connection.get_connection_params()
    names = ("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert")
    return make_conninfo(**{name: given[name] for name in names if given.get(name)})


def at_once(error: BaseException | None) -> bool:
    """Whether an error comes of two who wrote the same at once; behind Django's errors too.

    What was asked is not done then, and may be asked again.
    """
    while error is not None:
        if getattr(error, "sqlstate", None) in _AT_ONCE:
            return True
        error = error.__cause__
    return False
