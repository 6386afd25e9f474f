"""What the engine's tests share."""

import pytest

from kefen.engines import open_engine


@pytest.fixture(scope="session")
def engine():
    """One DuckDB for all tests that only compute."""
    opened = open_engine("duckdb")
    yield opened
    opened.close()
