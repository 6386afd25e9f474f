"""Whether DuckDB and a standalone Spark cluster give the same classes on data of some size.

    python -m benchmarks.parity                        # the grocery company's 1.5 million lines
    python -m benchmarks.parity --ledger FOLDER        # any data directory
    python -m benchmarks.parity --master spark://…     # a cluster that is already there
    python -m benchmarks.parity --master 'local[2]' --company trade

Every customer's class, score and figures are compared; money, counts, labels and dates exactly,
ratios to twelve digits. Nothing is written into the ledger's own folder.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import polars as pl
import psutil

import kefen
from benchmarks.standalone import Standalone
from kefen.demo import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.run import Run

SCHEMES = ("abc", "rfm", "value-tiers")
WITHIN = 1e-12


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade on both engines, compare, and say what differs; 1 when anything does."""
    asked = _options().parse_args(arguments)
    with ExitStack() as stack:
        ledger = asked.ledger or _made_up(stack, asked.company)
        master = asked.master or _cluster(stack, asked.memory)
        runs: dict[str, list[Run]] = {}
        for engine in ("duckdb", master):
            view = _view(ledger, stack)
            began, spent = perf_counter(), _processor_time()
            with kefen.open(view, engine) as opened:
                runs[engine] = kefen.grade_many(opened, asked.schemes, asked.as_of)
                spent = _processor_time() - spent
            told = f"{perf_counter() - began:.1f} s, {spent:.1f} s of processor time here"
            print(f"{engine}: {told}", flush=True)
        pairs = list(zip(*runs.values(), strict=True))
        return sum(differing(*pair) for pair in pairs) > 0


def _processor_time() -> float:
    """Of this process and those it has begun, such as Spark's own on `local[2]`."""
    own = psutil.Process()
    times = [one.cpu_times() for one in (own, *own.children(recursive=True))]
    return sum(one.user + one.system for one in times)


def differing(one: Run, other: Run) -> int:
    """How many customers the runs tell apart in any column."""
    if one.status != "finished" or other.status != "finished":
        print(f"{one.scheme.name}: {one.reason or other.reason}")
        return 1
    left, right = one.classes.to_polars(), other.classes.to_polars()
    same = left.columns == right.columns and left["customer_id"].equals(right["customer_id"])
    if not same:
        print(f"{one.scheme.name}: other customers or columns")
        return 1
    apart = pl.repeat(value=False, n=left.height, eager=True)
    for name in left.columns:
        apart |= _apart(left[name], right[name])
    classes = int(left["class"].ne_missing(right["class"]).sum())
    found = int(apart.sum())
    told = f"{left.height:,} customers, {classes} other classes, {found} other rows"
    print(f"{one.scheme.name}: {told}", flush=True)
    return found


def _apart(one: pl.Series, other: pl.Series) -> pl.Series:
    differ = one.ne_missing(other)
    if one.dtype.is_float():
        return differ & ~((one - other).abs() <= WITHIN * one.abs()).fill_null(value=False)
    return differ


def _view(ledger: Path, stack: ExitStack) -> Path:
    """A data directory with this ledger's facts and runs of its own."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kefen-parity-")))
    (folder / "ledger").mkdir()
    for part in ("facts", "versions"):
        (folder / "ledger" / part).symlink_to(ledger.absolute() / "ledger" / part)
    return folder


def _made_up(stack: ExitStack, company: str) -> Path:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kefen-company-")))
    with kefen.open(folder, "duckdb") as ledger:
        load(ledger, company)
    return folder


def _cluster(stack: ExitStack, memory: int) -> str:
    cluster = stack.enter_context(Standalone(memory))
    os.environ.setdefault("KEFEN_SPARK", cluster.settings)
    return cluster.master


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=__doc__)
    parser.add_argument("--ledger", type=Path, help="a data directory; default: a company's")
    parser.add_argument("--company", default="grocery", help="one to try Kefen with")
    parser.add_argument("--master", help="a running cluster; default: one of this machine")
    parser.add_argument("--memory", type=int, default=1536, help="megabytes of each executor")
    parser.add_argument("--schemes", nargs="+", default=list(SCHEMES))
    parser.add_argument("--as-of", default=None, help="default: the day after the last sale")
    return parser


if __name__ == "__main__":
    sys.exit(main())
