"""The cluster engine itself: what it keeps, writes, refuses, and how it divides the work."""

from __future__ import annotations

import re
import subprocess
import sys
from decimal import Decimal

import ibis
import nasty
import polars as pl
import pyarrow as pa
import pytest

import kefen
from kefen.engines import extent, open_engine
from kefen.engines.extent import Extent
from kefen.errors import EngineError
from kefen.indicators import Request, compute
from kefen.schemes import assign, fit, load


@pytest.fixture
def rows():
    amounts = [Decimal(n).scaleb(-2) for n in range(2_000)]
    table = pa.table({"customer_id": [f"C{n % 500:03}" for n in range(2_000)], "amount": amounts})
    return ibis.memtable(table)


def test_runs_on_both_workers(spark):
    context = spark._session.sparkContext
    assert context.master.startswith("spark://127.0.0.1:")
    spark._session.range(2).count()  # a first job waits until the workers are there
    executors = context._jsc.sc().getExecutorMemoryStatus().size() - 1
    assert executors == 2


def test_materialised_rows_are_kept_until_dropped(spark, rows):
    kept = spark.materialise(rows.group_by("customer_id").aggregate(total=rows.amount.sum()))
    [label] = spark._labels(kept)
    assert spark._kept[label].is_cached
    assert spark.fetch(kept.aggregate(n=kept.count()))["n"].to_pylist() == [500]
    spark.drop(kept)
    assert label not in spark._kept


def test_many_parts_are_written_in_order_and_read_by_all(spark, duck, rows, tmp_path):
    target = tmp_path / "figures.parquet"
    parts = spark._session.conf
    before = parts.get("spark.sql.adaptive.coalescePartitions.enabled")
    parts.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    spark.write_parquet(rows.order_by("customer_id"), target)
    parts.set("spark.sql.adaptive.coalescePartitions.enabled", before)
    assert target.is_dir()
    assert len(list(target.iterdir())) > 1
    assert {file.suffix for file in target.iterdir()} == {".parquet"}
    found = pl.read_parquet(target)
    assert found["customer_id"].is_sorted()
    for engine in (spark, duck):
        table = engine.read_parquet([str(target)], rows.schema())
        assert engine.fetch(table).num_rows == 2_000


def test_a_small_result_is_one_file(spark, rows, tmp_path):
    target = tmp_path / "figures.parquet"
    spark.write_parquet(rows.filter(rows.amount < 0), target)
    assert target.is_file()
    assert pl.read_parquet(target).schema == {
        "customer_id": pl.String,
        "amount": pl.Decimal(rows.amount.type().precision, 2),
    }


def test_numbers_keep_their_kind(spark):
    row = ibis.memtable(pa.table({"n": [3]})).select(
        share=1.0 / ibis._.n,
        tenth=ibis.literal(0.1) + 0.2,
        nan=ibis.literal(float("nan")),
        none=ibis._.n.count(where=ibis._.n > 5),
    )
    [found] = spark.fetch(row).to_pylist()
    assert found["share"] == 1 / 3
    assert found["tenth"] == 0.1 + 0.2
    assert found["nan"] != found["nan"]
    assert found["none"] == 0


def test_little_is_worked_through_in_one_piece_and_much_in_many(spark, rows, tmp_path, monkeypatch):
    """Settings go by the bytes that a session reads; what a person has set stays."""
    file = tmp_path / "rows.parquet"
    rows.to_polars().write_parquet(file)
    session = spark._session.newSession()
    read = session.read.parquet(f"file:{file}").repartition(4)
    chosen = Extent(session.newSession(), {"spark.sql.shuffle.partitions": "7"})
    assert chosen.part(read, [str(file)]).rdd.getNumPartitions() == 4
    by_size = Extent(session, {})
    assert by_size.part(read, [str(file)]).rdd.getNumPartitions() == 1
    assert session.conf.get("spark.sql.shuffle.partitions") == "1"
    assert session.conf.get("spark.sql.codegen.wholeStage") == "false"
    monkeypatch.setattr(extent, "SMALL", 1)
    monkeypatch.setattr(extent, "PIECE", file.stat().st_size // 9)
    assert by_size.part(read, [str(file)]).rdd.getNumPartitions() == 4
    assert session.conf.get("spark.sql.shuffle.partitions") == "9"
    assert session.conf.get("spark.sql.codegen.wholeStage") == "true"


def test_no_step_falls_into_one_partition(both, spark, monkeypatch):
    """Only totals of a few rows may meet in one place."""
    plans = []
    real = type(spark)._rows

    def noted(self, expr):
        rows = real(self, expr)
        plans.append(rows._jdf.queryExecution().executedPlan().toString())
        return rows

    monkeypatch.setattr(type(spark), "_rows", noted)
    ledger, scheme = both[1], load("weighted")
    requests = [*scheme.requests(), Request("categories", "12m"), Request("main_channel", "12m")]
    table = compute(ledger, requests, nasty.AS_OF)
    standard = fit(scheme, table, spark)
    spark.materialise(assign(scheme, standard, table))
    assert len(plans) > 5
    for plan in plans:
        for line, parent in _single(plan):
            assert re.search(r"Aggregate\(keys=\[\]|Aggregate\(key=\[\]", parent), f"{line}\n{plan}"
        assert "BatchEvalPython" not in plan
        assert "CartesianProduct" not in plan


def _single(plan):
    """Each exchange into a single partition, with the operator above it."""
    lines = plan.splitlines()
    for number, line in enumerate(lines):
        if "Exchange SinglePartition" in line:
            yield line, lines[number - 1]


BEGIN = """
import os
from kefen.engines import open_engine
from kefen.errors import EngineError
for setting in ("", "memory=1g"):
    os.environ["KEFEN_SPARK"] = setting
    try:
        open_engine("spark://127.0.0.1:1")
    except EngineError as error:
        print(error.code)
"""


def test_refuses_what_cannot_be(spark):
    with pytest.raises(EngineError, match="engine-other"):
        open_engine("local[1]")
    said = subprocess.run([sys.executable, "-c", BEGIN], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["engine-unreachable", "bad-engine-setting"]


def test_reads_what_the_embedded_engine_wrote_meanwhile(spark, tmp_path):
    ledger = kefen.open(tmp_path, spark)
    ledger.load(nasty.frame("orders", nasty.random.Random(1)), "orders")
    assert ledger.count("orders") == nasty.ROWS["orders"]
    assert spark.fetch(ledger.table("orders")).num_rows == nasty.ROWS["orders"]
