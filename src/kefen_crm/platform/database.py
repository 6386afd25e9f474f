"""The address of the site's own database, for programs that open it themselves."""

from __future__ import annotations

from django.db import connection
from psycopg.conninfo import make_conninfo


def database_url() -> str:
    """The address of the site's own database."""
    given = connection.get_connection_params()
    names = ("host", "port", "dbname", "user", "password", "sslmode", "sslrootcert")
    return make_conninfo(**{name: given[name] for name in names if given.get(name)})
