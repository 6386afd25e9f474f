"""Runs that are kept as they were read: what they explain is what the run itself explains."""

from __future__ import annotations

import shutil
from datetime import date

import polars as pl
import pytest

import kefen
from kefen.run import RunCache
from kefen.run.retention import remove_run
from kefen.schemes import Override

SALES = {"K1": "60000", "K2": "30000", "K3": "10000"}
LIFTED = Override("K3", "A", "by hand", "Alice", date(2024, 6, 1))


@pytest.fixture
def ledger() -> kefen.Ledger:
    rows = [(who, f"{who}-{n}", amount) for n in range(2) for who, amount in SALES.items()]
    orders = pl.DataFrame(rows, ["customer_id", "order_id", "amount"], orient="row")
    return kefen.from_frames(orders=orders.with_columns(ordered_on=pl.lit("2024-06-01")))


def test_explains_as_each_run_does(ledger: kefen.Ledger) -> None:
    runs = kefen.grade_many(ledger, ["abc", "rfm", "weighted", "pyramid", "rfm-segments"])
    cache = RunCache()
    for _again in range(2):
        for who in SALES:
            found = cache.explanations(ledger, [run.id for run in runs], who)
            assert found == {run.id: run.explain(who) for run in runs}


def test_leaves_out_what_cannot_be_explained(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, "abc")
    broken = kefen.grade(ledger, "abc", overrides=[LIFTED])
    (broken.folder / "run.json").write_text("{", encoding="utf-8")
    without = kefen.grade(ledger, "rfm")
    (without.folder / "classes.parquet").unlink()
    cache = RunCache()
    asked = [run.id, broken.id, without.id, "none-of-this-id", "../runs"]
    assert list(cache.explanations(ledger, asked, "K1")) == [run.id]
    assert cache.explanations(ledger, asked, "K9") == {}
    assert cache.explanations(ledger, [], "K1") == {}


def test_another_run_that_takes_the_id_is_read_anew(ledger: kefen.Ledger) -> None:
    run, cache = kefen.grade(ledger, "abc", date(2024, 6, 2)), RunCache()
    assert cache.explanations(ledger, [run.id], "K3")[run.id].class_ == "C"
    run_id, folder = run.id, run.folder
    del run
    assert remove_run(folder)  # a run that is kept may be cleared away
    assert cache.explanations(ledger, [run_id], "K3") == {}
    lifted = kefen.grade(ledger, "abc", "2024-06-02", overrides=[LIFTED])
    assert lifted.id == run_id
    assert cache.explanations(ledger, [run_id], "K3")[run_id].class_ == "A"


def test_forgets_the_run_that_was_asked_for_longest_ago(ledger: kefen.Ledger) -> None:
    runs = [kefen.grade(ledger, name) for name in ("abc", "rfm", "pyramid")]
    cache = RunCache(most=2)
    for run in (*runs, *runs):
        assert cache.explanations(ledger, [run.id], "K1")[run.id] == run.explain("K1")
    every = cache.explanations(ledger, [run.id for run in runs], "K2")
    assert [one.class_ for one in every.values()] == [run.explain("K2").class_ for run in runs]
    shutil.rmtree(runs[0].folder)
    assert set(cache.explanations(ledger, [run.id for run in runs], "K2")) == {
        run.id for run in runs[1:]
    }
