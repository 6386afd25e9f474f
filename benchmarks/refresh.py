"""Refreshing after a thousandth of new order lines, and after a day, against doing all anew.

Each step runs in a process of its own upon what the step before left on disk:

- `full`: nothing kept; all indicators and three schemes as of 31 December 2025;
- `lines`: the same date, after a batch of late order lines, a thousandth of all;
- `day`: the day after;
- `anew`: that day again with nothing kept, and whether it gives the same to the last digit.
"""

from __future__ import annotations

import json
import resource
import shutil
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

import kefen
from benchmarks.generate import BASE_VERSION
from benchmarks.measure import ROOT
from benchmarks.task import SCHEMES, WINDOW
from kefen.indicators import Request, measured
from kefen.indicators.transaction import INDICATORS
from kefen.period import Window
from kefen.run import grade_many

if TYPE_CHECKING:
    from collections.abc import Mapping

STEPS = {
    "full": (BASE_VERSION, date(2025, 12, 31)),
    "lines": (BASE_VERSION + 1, date(2025, 12, 31)),
    "day": (BASE_VERSION + 1, date(2026, 1, 1)),
    "anew": (BASE_VERSION + 1, date(2026, 1, 1)),
}
TITLES = {
    "full": "all anew",
    "lines": "0.1 % new order lines",
    "day": "a day later",
    "anew": "all anew on that day",
}


def measure(data: Path, out: Path) -> dict[str, Any]:
    """Wall and processor seconds of each step, for the indicators and for the classes."""
    found = {}
    for step in STEPS:
        command = [sys.executable, "-m", "benchmarks.refresh", str(data), str(out), step]
        subprocess.run(command, check=True, cwd=ROOT)
        found[step] = json.loads((out / f"{step}.json").read_text())
    if not found["anew"]["same"]:
        raise AssertionError("a refresh gave other figures than reading all facts")
    return found


def table(steps: Mapping[str, Any]) -> str:
    """The steps as Markdown, each part against the first step's."""
    rows = [
        "\n| | indicators | | three schemes | |",
        "|---|---:|---:|---:|---:|",
    ]
    whole = steps["full"]
    for step, found in steps.items():
        cells = []
        for part in ("indicators", "classes"):
            wall, cpu = found[part]
            cells.append(f"{wall:.1f} s, {cpu:.1f} s of processor")
            cells.append(f"{wall / whole[part][0]:.3f}, {cpu / whole[part][1]:.3f}")
        rows.append(f"| {TITLES[step]} | {' | '.join(cells)} |")
    return "\n".join(rows)


def main() -> None:
    data, out, step = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    version, as_of = STEPS[step]
    kept = data / "ledger" / "measures"
    aside = data / "ledger" / "measures-aside"
    if step == "full":
        shutil.rmtree(kept, ignore_errors=True)
        shutil.rmtree(data / "runs", ignore_errors=True)
    if step == "anew":
        kept.rename(aside)
    found: dict[str, Any] = {}
    requests = [Request(one.name, Window.parse(WINDOW)) for one in INDICATORS]
    with kefen.open(data) as opened:
        ledger = opened.at(version) if opened.engine else opened
        with Timed(found, "indicators"):
            facts = measured(ledger, requests, as_of)
        path = out / f"{step}.parquet"
        ledger.engine.write_parquet(facts.indicators(requests).order_by("customer_id"), path)
        with Timed(found, "classes"):
            runs = grade_many(ledger, SCHEMES, as_of=as_of)
        if step == "anew":
            found["same"] = _same(out, runs, Path(json.loads((out / "day.json").read_text())["at"]))
            shutil.rmtree(kept)
            aside.rename(kept)
    found["at"] = str(runs[0].folder.parent)
    found["runs"] = [run.id for run in runs]
    (out / f"{step}.json").write_text(json.dumps(found))


def _same(out: Path, runs: list[Any], folder: Path) -> bool:
    """Whether indicators and classes are those of the refresh, byte for byte as rows."""
    before = json.loads((out / "day.json").read_text())["runs"]
    pairs = [(out / "day.parquet", out / "anew.parquet")]
    pairs += [
        (folder / old / "classes.parquet", run.folder / "classes.parquet")
        for old, run in zip(before, runs, strict=True)
    ]
    return all(_rows(one) == _rows(other) for one, other in pairs)


def _rows(path: Path) -> Any:
    rows = duckdb.read_parquet(str(path))
    return rows.aggregate("count(*), sum(hash(columns(*))::hugeint)").fetchall()


class Timed:
    """Wall and processor seconds of what happens inside, put under a name."""

    def __init__(self, found: dict[str, Any], name: str) -> None:
        self._found, self._name = found, name

    def __enter__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), _cpu()

    def __exit__(self, *_: object) -> None:
        self._found[self._name] = (time.perf_counter() - self._wall, _cpu() - self._cpu)


def _cpu() -> float:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    main()
