"""A small company with its ledger, graded. The people of the tests are in `tests/cast.py`."""

import shutil
from pathlib import Path

import company
import pytest

import kefen
import site_under_test
from kefen_crm.grading.actions import adopt_runs, install_ready_made
from kefen_crm.grading.models import Run

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


@pytest.fixture
def graded(graded_data, tmp_path, settings, carol, dave) -> dict[str, Run]:
    """The five customers of `company` on the site, graded; the runs by scheme."""
    settings.KEFEN_DATA = tmp_path / "data"
    shutil.copytree(graded_data, settings.KEFEN_DATA)
    install_ready_made()
    return {run.scheme.name: run for run in adopt_runs()}
