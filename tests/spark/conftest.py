"""One standalone cluster for all tests here: a master and two workers on loopback."""

from __future__ import annotations

import os
from pathlib import Path

import nasty
import pytest
from benchmarks.standalone import Standalone, java

import kefen
from kefen.engines import open_engine

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Everything in this folder needs Spark, and says so."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.spark)


@pytest.fixture(scope="session")
def cluster():
    """A running cluster; its settings are Kefen's as long as it runs."""
    if java() is None:
        pytest.skip("no Java on this machine: Spark needs one (17 or newer)")
    with pytest.MonkeyPatch.context() as settings, Standalone() as running:
        settings.setenv("KEFEN_SPARK", running.settings)
        yield running


@pytest.fixture(scope="session")
def spark(cluster):
    """An engine on the cluster, open for the whole session."""
    os.environ["KEFEN_SPARK"] = cluster.settings
    opened = open_engine(cluster.master)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def duck():
    """The embedded engine, to compare with."""
    opened = open_engine("duckdb")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The data directory of the nasty ledger; its name is nasty too."""
    place = tmp_path_factory.mktemp("facts") / "数据 [a] {b} 50% #1"
    with kefen.open(place, "duckdb") as ledger:
        nasty.fill(ledger)
    return place


@pytest.fixture(scope="session")
def both(folder, duck, spark):
    """The same ledger on both engines."""
    return kefen.open(folder, duck), kefen.open(folder, spark)
