"""Kefen through its public face: all transaction indicators and three ready-made schemes."""

from __future__ import annotations

import time
from datetime import date
from typing import TYPE_CHECKING

STARTED = time.perf_counter()

import kefen  # noqa: E402
from benchmarks.task import AS_OF, SCHEMES, WINDOW, Stages, arguments  # noqa: E402
from kefen.indicators.transaction import INDICATORS  # noqa: E402
from kefen.period import Window  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path

NAMES = [one.name for one in INDICATORS]


def main() -> None:
    data, out = arguments()
    grade(data, out)


def grade(data: Path, out: Path) -> None:
    """`data` is the data directory; the runs are saved in it, and linked to from `out`."""
    stages = Stages(out)
    indicators, ledger = kefen.indicators, kefen.open(data)
    engine, grade_many = ledger.engine, kefen.grade_many
    requests = [indicators.Request(name, Window.parse(WINDOW)) for name in NAMES]
    stages.add("import", time.perf_counter() - STARTED)
    with stages.stage("indicators"):
        facts = indicators.measured(ledger, requests, date.fromisoformat(AS_OF))
    with stages.stage("write"):
        table = facts.indicators(requests).order_by("customer_id")
        engine.write_parquet(table, out / "indicators.parquet")
    began = time.perf_counter()
    # Every contender scores the twelve months; the ready-made RFM looks at all of history.
    wanted = [kefen.schemes.load(name).dump() | {"window": WINDOW} for name in SCHEMES]
    runs = grade_many(ledger, wanted, as_of=AS_OF)
    took = time.perf_counter() - began
    for run in runs:
        for stage, seconds in run.timings.items():
            if stage != "indicators":  # measured above; here they are only looked up
                stages.add(f"{run.scheme.name} {stage}", seconds)
                took -= seconds
        path = out / f"{run.scheme.name}.parquet"
        path.unlink(missing_ok=True)
        path.symlink_to(run.folder / "classes.parquet")
        assert run.standard is not None, run.reason
        path.with_suffix(".json").write_text(run.standard.model_dump_json())
    stages.add("other", took)
    stages.tell()


if __name__ == "__main__":
    main()
