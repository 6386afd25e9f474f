"""A small company with its ledger, graded. The people of the tests are in `tests/cast.py`."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import current_thread, main_thread
from typing import Any

import company
import pytest
from databases import connected, copy_of_database, is_transactional
from django.db import connection
from django.db.backends.signals import connection_created
from django.test import override_settings

import kefen
import site_under_test
from cast import person
from kefen_crm.grading.actions import adopt_runs, install_ready_made
from kefen_crm.grading.models import Run
from kefen_crm.team.roles import Role

pytest_configure = site_under_test.pytest_configure


@pytest.fixture
def ledger(tmp_path, settings):
    """An empty ledger, which is the site's for this test."""
    settings.KEFEN_DATA = tmp_path
    settings.MEDIA_ROOT = tmp_path / "uploads"
    opened = kefen.open(tmp_path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def graded_data(tmp_path_factory) -> Path:
    """The data directory of `company`, graded by ABC and by RFM; copy it, do not change it."""
    data = tmp_path_factory.mktemp("graded")
    opened = kefen.open(data)
    opened.load(company.CUSTOMERS, kind="customers")
    opened.load(company.ORDERS, kind="orders")
    kefen.grade_many(opened, ["abc", "rfm"], company.AS_OF)
    opened.close()
    return data


@pytest.fixture(scope="session")
def graded_database(graded_data, django_db_setup, django_db_blocker) -> Iterator[Any]:
    """A database of `company`, graded, with who sells to it; nobody commits to it."""
    with django_db_blocker.unblock():
        graded = copy_of_database(f"{connection.settings_dict['NAME']}_graded")
        md5 = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        told = {"KEFEN_DATA": graded_data, "LANGUAGE_CODE": "en", "PASSWORD_HASHERS": md5}
        with connected(graded), override_settings(**told):
            person("carol", "Carol 张", Role.REP)
            person("dave", "Dave 赵", Role.REP)
            install_ready_made()
            adopt_runs()
    yield graded
    with django_db_blocker.unblock():
        graded.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> Iterator[None]:
    """Let no connection that a thread left open keep the test database from being dropped."""
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND backend_type = 'client backend'"
        )


@pytest.fixture
def _threads_leave_no_connection() -> Iterator[None]:
    """Close what other threads opened: they end without it, and some later test is blamed."""
    opened = []

    def note(connection, **_):
        if current_thread() is not main_thread():
            opened.append(connection)

    connection_created.connect(note)
    yield
    connection_created.disconnect(note)
    for left in opened:
        left.inc_thread_sharing()
        left.close()


@pytest.fixture
def database(request, django_db_setup, _threads_leave_no_connection) -> Iterator[None]:
    """Choose the database of a test: the graded one for what is `graded`, or else the empty one."""
    if "graded" in request.fixturenames and not is_transactional(request):
        with connected(request.getfixturevalue("graded_database")):
            yield
    else:
        yield


@pytest.fixture
def _django_db_helper(database, _django_db_helper):
    """Begin the test's transaction once its database is chosen."""


@pytest.fixture
def graded(graded_data, tmp_path, settings, carol, dave) -> dict[str, Run]:
    """The five customers of `company` on the site, graded; the runs by scheme."""
    settings.KEFEN_DATA = tmp_path / "data"
    shutil.copytree(graded_data, settings.KEFEN_DATA)
    if not Run.objects.exists():
        install_ready_made()
        adopt_runs()
    return {run.scheme.name: run for run in Run.objects.select_related("version__scheme")}
