"""`python -m benchmarks.preview`: how soon a moved slider shows, against Polars.

Customers are generated, measured once, graded once; then weights and cuts move. Kefen checks the
document, refits, reassigns, and tells classes, money, who moves against the run before, and the
distribution, from its bench. Polars is given the same indicators in memory, with each indicator's
points worked out ahead, and only scores, cuts, classes, counts and moves: no checks, no
distribution. They take turns; told are medians.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl

import kefen
from kefen import schemes
from kefen.run.preview import PreviewSession

if TYPE_CHECKING:
    from collections.abc import Callable

AS_OF, EARLIER = "2026-01-01", "2025-10-01"
_SQL = """
copy (
  with draw as (
    select i, hash(i) / 18446744073709551615.0 as who, hash(i + 77) / 18446744073709551615.0 as day,
      hash(i + 1000003) / 18446744073709551615.0 as size
    from range({orders}) as t(i)
  )
  select 'O' || i as order_id,
    'C' || lpad((floor(power(who, 1.4) * {customers}))::bigint::varchar, 8, '0') as customer_id,
    date '2024-01-01' + floor(day * 731)::int as ordered_on,
    round(5 + exp(9 * size) / 8, 2)::decimal(18, 2) as amount,
    round((3 + exp(9 * size) / 8) * (0.55 + 0.3 * who), 2)::decimal(18, 2) as cost
  from draw
) to '{path}' (format parquet)
"""


def company(data: Path, customers: int) -> kefen.Ledger:
    """A ledger of about this many customers with four orders each, made once."""
    ledger = kefen.open(data)
    if ledger.version == 0:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "orders.parquet"
            duckdb.sql(_SQL.format(orders=customers * 4, customers=customers, path=path))
            ledger.load(path, kind="orders")
    return ledger


def weights(turn: int) -> dict[str, Any]:
    """The ready-made weighted scheme with weight moved from one indicator to another."""
    document = deepcopy(schemes.load("weighted").dump())
    document["indicators"][0]["weight"] = 30 + turn
    document["indicators"][1]["weight"] = 20 - turn
    return document


def shares(turn: int) -> dict[str, Any]:
    """The ready-made weighted scheme with one cut moved."""
    document = deepcopy(schemes.load("weighted").dump())
    document["classes"][0]["upto"] = 0.2 + turn / 1000
    return document


def totals(turn: int) -> dict[str, Any]:
    """ABC with one cut moved."""
    document = deepcopy(schemes.load("abc").dump())
    document["classes"][0]["upto"] = 0.75 - turn / 1000
    return document


def fixed(turn: int) -> dict[str, Any]:
    """Fixed values with one moved."""
    document = deepcopy(schemes.load("single-sales").dump())
    document["classes"][0]["at_least"] = 100_000 - turn
    return document


def bands(turn: int) -> dict[str, Any]:
    """RFM in eight classes, split by median or mean in turns."""
    document = deepcopy(schemes.load("rfm").dump())
    document["split"] = {
        "by": ("mean", "median")[turn % 2],
        "of": ("score", "value")[turn // 2 % 2],
    }
    return document


MOVES: dict[str, tuple[str, Callable[[int], dict[str, Any]]]] = {
    "a weight": ("weighted", weights),
    "a cut by share of customers": ("weighted", shares),
    "a cut by share of sales": ("abc", totals),
    "a fixed cut": ("single-sales", fixed),
    "RFM, the split": ("rfm", bands),
}


class Rival:
    """Polars, from the same indicators."""

    def __init__(self, before: kefen.Run) -> None:
        """Take the indicators and points of a weighted run, or the sales of an ABC run."""
        frame = before.classes.to_polars()
        self.value = before.value_column
        norms = [name for name in frame.columns if name.startswith("norm_")]
        self.frame = frame.select("customer_id", *norms, before="class", value=self.value)

    def weighted(self, document: dict[str, Any]) -> pl.DataFrame:
        """Score, cuts by share of customers, classes, counts and moves."""
        items = document["indicators"]
        present = [
            pl.when(pl.col(f"norm_{item['indicator']}").is_not_null()).then(item["weight"])
            for item in items
        ]
        parts = [pl.col(f"norm_{item['indicator']}") * item["weight"] for item in items]
        score = pl.sum_horizontal(parts) / pl.sum_horizontal(present)
        rated = pl.col("norm_sales").is_not_null()
        scored = self.frame.with_columns(score=pl.when(rated).then(score))
        rank = pl.col("score").rank("max", descending=True) / pl.col("score").count()
        return self._classed(scored, rank, document)

    def share(self, document: dict[str, Any]) -> pl.DataFrame:
        """Cumulative share of sales, classes, counts and moves."""
        ordered = self.frame.sort("value", descending=True)
        worth = pl.col("value").cast(pl.Float64).clip(0)
        return self._classed(ordered, worth.cum_sum() / worth.sum(), document)

    def _classed(
        self, frame: pl.DataFrame, place: pl.Expr, document: dict[str, Any]
    ) -> pl.DataFrame:
        listed = document["classes"]
        chosen: Any = pl.lit(listed[-1]["key"])
        for part in reversed(listed[:-1]):
            chosen = pl.when(place <= part["upto"]).then(pl.lit(part["key"])).otherwise(chosen)
        return (
            frame.with_columns(after=chosen)
            .group_by("before", "after")
            .agg(customers=pl.len(), value=pl.col("value").sum())
        )


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds on the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def _sound(bench: PreviewSession, document: Any, before: kefen.Run) -> None:
    found = bench.preview(document, before)
    if found.faults:
        raise SystemExit(str(found.faults))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preview", description=__doc__)
    parser.add_argument("--customers", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--data", type=Path, help="keep the generated ledger here")
    asked = parser.parse_args()
    data = asked.data or Path(tempfile.mkdtemp(prefix="kefen-preview-"))
    ledger = company(data, asked.customers)
    bench = PreviewSession(ledger, AS_OF)
    print(
        f"{asked.customers:,} customers; medians of {asked.repeat}, "
        "seconds on the clock (of the processor)"
    )
    for title, (name, moved) in MOVES.items():
        before = kefen.grade(ledger, name, AS_OF)
        rival = Rival(before)
        first = timed(partial(_sound, bench, name, before))
        theirs = {"weighted": rival.weighted, "abc": rival.share}.get(name)
        rounds = []
        for turn in range(1, asked.repeat + 1):
            document = moved(turn)
            ours = timed(partial(_sound, bench, document, before))
            other = timed(partial(theirs, document)) if theirs else (0.0, 0.0)
            rounds.append((*ours, *other))
        clock, processor, their_clock, their_processor = (
            statistics.median(one[place] for one in rounds) for place in range(4)
        )
        line = f"{title:30} first {first[0]:6.2f}   then {clock:6.3f} ({processor:6.3f})"
        if theirs:
            line += f"   Polars {their_clock:6.3f} ({their_processor:6.3f})"
            line += f"   {their_clock / clock:5.1f}x"
        print(line, flush=True)
        best = before.scheme.keys()[0]
        listed = timed(partial(bench.members, document, before, to=best))
        print(
            f"{'  the customers of a class':30} {'':12}   then {listed[0]:6.3f} ({listed[1]:6.3f})"
        )


if __name__ == "__main__":
    main()
