"""A second test database, made of the empty one and filled once, beside it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection, connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from django.db.backends.base.base import BaseDatabaseWrapper


def copy_of_database(name: str) -> BaseDatabaseWrapper:
    """A connection to a new database that holds what the test database holds."""
    empty = connection.settings_dict["NAME"]
    connection.close()
    quoted = connection.ops.quote_name
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")
        cursor.execute(f"CREATE DATABASE {quoted(name)} TEMPLATE {quoted(empty)}")
    with _described(connections.settings["default"] | {"NAME": name}):
        return connections.create_connection("default")


@contextmanager
def connected(other: BaseDatabaseWrapper) -> Iterator[None]:
    """Have the site, in every thread, use the database of this connection."""
    before = connections["default"]
    with _described(other.settings_dict):
        connections["default"] = other
        try:
            yield
        finally:
            connections["default"] = before


@contextmanager
def _described(settings: dict[str, object]) -> Iterator[None]:
    before = connections.settings["default"]
    connections.settings["default"] = settings
    try:
        yield
    finally:
        connections.settings["default"] = before


def is_transactional(request: pytest.FixtureRequest) -> bool:
    """Whether a test commits, so that its database is emptied after it."""
    marker = request.node.get_closest_marker("django_db")
    committing = {"live_server", "transactional_db"} & set(request.fixturenames)
    return bool(committing or (marker and marker.kwargs.get("transaction")))
