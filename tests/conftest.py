"""Gives every test session a data directory and a PostgreSQL server of its own.

`DATABASE_URL`, when set, is used instead of an own server. Django reads its settings once, and
the conftest files below import models, so the addresses are set here at import.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import django
import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright

from kefen_crm.process.postgres import UNSAFE_AND_FAST, Embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["cast"]

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

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


def pytest_configure(config: pytest.Config) -> None:
    """Let parallel workers read the settings only once their own addresses are set, as above."""
    if getattr(config.option, "numprocesses", None):
        del os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    if SERVER:
        SERVER.remove()
    shutil.rmtree(DATA, ignore_errors=True)


@pytest.fixture(autouse=True)
def own_environment() -> Iterator[None]:
    """What a test, or a command it runs, puts into the environment goes with it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


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


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium that `make chromium` found or fetched, or else one of this machine."""
    note = Path(sys.prefix) / ".kefen-chromium"
    noted = note.read_text().strip() if note.exists() else ""
    told = os.environ.get("KEFEN_CHROMIUM") or (noted if Path(noted).is_file() else "")
    found = told or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not found:
        pytest.fail("No Chromium: run `make chromium`, or set KEFEN_CHROMIUM.")
    return found


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for all browser tests: Playwright runs once in a process."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _nothing_stays_registered() -> Iterator[None]:
    """Indicators that a test registers go with it."""
    yield
    sys.modules["kefen.indicators.catalogue"]._REGISTERED.clear()
