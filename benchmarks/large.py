"""Ten million customers on the engine's side: a run, a refresh, previews and live classes.

    python -m benchmarks.large FOLDER [--customers 10000000] [--memory 8GB]

A ledger of so many customers and five times as many order lines is written to FOLDER once, by the
ledger's own writing side. Each step runs in a process of its own upon what the step before left on
disk; told are seconds on the clock and of the processor, with the interpreter's start, the most
resident memory, and what FOLDER takes afterwards.

- `full`: all transaction indicators and three ready-made schemes, nothing kept;
- `lines`: the same after a thousandth of new order lines;
- `preview`: the first preview of `abc` and of `weighted` against these runs, then moves;
- `live`: the class of one customer who orders, by the three schemes, the first time and again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

import kefen
from benchmarks import generate, refresh
from benchmarks.measure import ROOT, USAGE
from benchmarks.preview import shares, timed, totals, weights
from benchmarks.task import AS_OF, SCHEMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from kefen.run import Run

LINES_PER_CUSTOMER = 5
TURNS = 3
DAY = date.fromisoformat(AS_OF)
STEPS = ("full", "lines", "preview", "live")


def runs_of(ledger: kefen.Ledger) -> dict[str, Run]:
    """The newest finished run of each scheme."""
    known = [run for run in kefen.runs(ledger) if run.status == "finished"]
    known.sort(key=lambda run: str(run.started_at))
    return {run.scheme.name: run for run in known}


def preview(data: Path, _out: Path) -> None:
    """Each preview as the designer asks for it, in one process."""
    from kefen.run.preview import PreviewSession

    ledger = kefen.open(data)
    known = runs_of(ledger)
    moves: list[tuple[str, str, Callable[[int], Any]]] = [
        ("abc", "a moved cut", totals),
        ("weighted", "a moved weight", weights),
        ("weighted", "a moved cut", shares),
    ]
    session, shown = PreviewSession(ledger, AS_OF), set()
    for name, what, moved in moves:
        for turn in range(TURNS + 1):
            first = name not in shown
            if not (first or turn):
                continue
            shown.add(name)
            document = name if first else moved(turn)
            told = "first" if first else what
            tell(f"{name}, {told}", partial(session.preview, document, known[name]))


def live(data: Path, _out: Path) -> None:
    """One order of one customer, as it comes."""
    from kefen.run.live import LiveClasses, Pending, Standing, prepare

    ledger = kefen.open(data)
    standing = [Standing(run) for name, run in runs_of(ledger).items() if name in SCHEMES]
    tell("the facts in order of customers", lambda: prepare(ledger))
    classes = LiveClasses()
    for number in range(TURNS + 1):
        who = f"C{number * 1_234_567:08d}"
        order = pl.DataFrame(
            {
                "order_id": [f"N-{number}"],
                "customer_id": [who],
                "ordered_on": ["2025-12-30"],
                "amount": ["4200.00"],
            }
        )
        pending = [Pending("orders", [order])]
        work = partial(classes.classify, ledger, standing, DAY, [who], pending)
        tell("the first class" if not number else "a class", work)


def tell(what: str, work: Callable[[], object]) -> None:
    clock, processor = timed(work)
    print(f"  {what}: {clock:.2f} s, {processor:.2f} s of the processor", flush=True)


def measured(command: list[str], out: Path) -> dict[str, float]:
    """Seconds and memory of a command in a process of its own."""
    usage = out / "usage.json"
    started = [sys.executable, "-I", "-S", str(USAGE), str(usage), sys.executable, *command]
    subprocess.run(started, check=True, cwd=ROOT)
    found: dict[str, float] = json.loads(usage.read_text())
    return found


def take(step: str, data: Path, out: Path) -> None:
    """One step, told."""
    commands = {
        "full": ["-m", "benchmarks.refresh", str(data), str(out), "full"],
        "preview": ["-m", "benchmarks.large", str(data), "--step", "preview"],
        "live": ["-m", "benchmarks.large", str(data), "--step", "live"],
        "lines": ["-m", "benchmarks.refresh", str(data), str(out), "lines"],
    }
    took = measured(commands[step], out)
    print(
        f"{step}: {took['seconds']:.1f} s, {took['cpu']:.1f} s of the processor, "
        f"{took['peak_mib']:,.0f} MiB, on disk {_size(data) >> 20:,} MiB",
        flush=True,
    )
    told = out / f"{step}.json"
    if step in refresh.STEPS and told.exists():
        for part in ("indicators", "classes"):
            clock, processor = json.loads(told.read_text())[part]
            print(f"  {part}: {clock:.1f} s, {processor:.1f} s of the processor", flush=True)


def _size(folder: Path) -> int:
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--memory", default="8GB")
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    parser.add_argument("--step", help="of one process, which is given the data directory")
    asked = parser.parse_args()
    if asked.step:
        {"preview": preview, "live": live}[asked.step](asked.folder, asked.folder)
        return
    os.environ["KEFEN_MEMORY"] = asked.memory
    generate.LINES_PER_CUSTOMER = LINES_PER_CUSTOMER
    began = time.perf_counter()
    data = generate.ledger(asked.folder, asked.customers * LINES_PER_CUSTOMER)
    print(f"{asked.customers:,} customers, {asked.customers * LINES_PER_CUSTOMER:,} order lines")
    print(f"written in {time.perf_counter() - began:.0f} s, {_size(data) >> 20:,} MiB", flush=True)
    out = asked.folder / "out"
    out.mkdir(exist_ok=True)
    for step in asked.steps:
        take(step, data, out)


if __name__ == "__main__":
    main()
