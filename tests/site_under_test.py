"""The site under test: a data directory and a PostgreSQL server of this session's own, the people.

A `conftest.py` whose tests are of the site imports this first and has `pytest_configure` of here.
Django reads its settings once, and those files import models; so this import sets the addresses.
`DATABASE_URL`, when set, is used instead of an own server.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import django
import psycopg
import pytest

from kefen_crm.process.postgres import UNSAFE_AND_FAST, Embedded

DATA = Path(tempfile.mkdtemp(prefix="kefen-tests-"))
# Parallel workers inherit the first process's variables, not its server: each has its own.
OWN_SERVER = os.environ.setdefault(
    "KEFEN_TESTS_SERVER", "given" if os.environ.get("DATABASE_URL") else "own"
)
SERVER = Embedded(DATA, settings=UNSAFE_AND_FAST) if OWN_SERVER == "own" else None

os.environ["KEFEN_DATA"] = str(DATA)
os.environ["DJANGO_SETTINGS_MODULE"] = "kefen_crm.site.settings"
if SERVER:
    os.environ["DATABASE_URL"] = SERVER.url
django.setup()

import cast  # noqa: E402  # it imports models


def pytest_configure(config: pytest.Config) -> None:
    """Have the fixtures of here and the people for every test that is collected from now on."""
    for module in (sys.modules[__name__], cast):
        if not config.pluginmanager.is_registered(module):
            config.pluginmanager.register(module)
    if getattr(config.option, "numprocesses", None):
        # Parallel workers read the settings only once their own addresses are set, as above.
        os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    if SERVER:
        SERVER.remove()
    shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def no_database_unless_asked_for(django_db_blocker: pytest.FixtureRequest) -> None:
    """Refuse the database to tests that do not say that they need it."""
    if not django_db_blocker.is_active:
        django_db_blocker.block()


@pytest.fixture(scope="session")
def database_server() -> str:
    """The address of a running PostgreSQL server; started by the first test that needs it."""
    if SERVER is None:
        return os.environ["DATABASE_URL"]
    url = SERVER.start()
    with psycopg.connect(SERVER.admin_url) as connection:  # for the test databases
        connection.execute("ALTER ROLE kefen CREATEDB")
    return url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, database_server: str
) -> None:
    """Start the server just before pytest-django makes the test database."""


@pytest.fixture(scope="session")
def kefen_data() -> Path:
    """The data directory that the site under test uses."""
    return DATA
