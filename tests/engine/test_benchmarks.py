"""Every contender of the benchmark runs, and those that do the whole task agree with Kefen."""

from __future__ import annotations

import shutil
from importlib.util import find_spec

import polars as pl
import pytest
from benchmarks import check, generate
from benchmarks.__main__ import CONTENDERS
from benchmarks.measure import Result

LINES = 20_000


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return generate.ledger(tmp_path_factory.mktemp("lines"), LINES)


@pytest.fixture(scope="module")
def kefen(data, tmp_path_factory):
    return _run("kefen", data, tmp_path_factory.mktemp("kefen"))


def _run(name, data, out):
    contender = CONTENDERS[name]
    if not find_spec(contender.needs):
        pytest.skip(f"{contender.needs} is not installed")
    result = Result(contender.module, LINES)
    result.add(data if contender.ledger else data / "ledger" / "facts", out)
    assert result.seconds > 0
    assert result.peak > 0
    assert result.middle_stages()["start"] >= 0
    return out


@pytest.mark.parametrize("name", ["sql", "polars", "pandas"])
def test_rivals_agree(name, data, kefen, tmp_path):
    rival = _run(name, data, tmp_path / name)
    assert check.same(kefen, rival) > 0.98
    check.prove(kefen, rival)


@pytest.mark.parametrize("name", ["lifetimes", "kefen-summary"])
def test_others_run(name, data, tmp_path):
    assert (_run(name, data, tmp_path / name) / "indicators.parquet").exists()


def test_a_difference_is_seen(kefen, tmp_path):
    rival = shutil.copytree(kefen, tmp_path / "rival", symlinks=False)
    _halve_scores(rival / "abc.parquet")
    with pytest.raises(check.DifferenceError, match=r"abc\.score"):
        check.same(kefen, rival)


def _halve_scores(path):
    halved = pl.read_parquet(path).with_columns(pl.col("score") / 2)
    halved.write_parquet(path)
