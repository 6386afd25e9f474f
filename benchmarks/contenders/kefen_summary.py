"""Kefen doing what lifetimes' summary function does, and no more: like against like."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import kefen
from benchmarks.task import AS_OF, Stages, arguments
from kefen.period import Window

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("frequency", "recency", "tenure", "sales")


def main() -> None:
    data, out = arguments()
    grade(data, out)


def grade(data: Path, out: Path) -> None:
    stages = Stages(out)
    indicators, ledger = kefen.indicators, kefen.open(data)
    with stages.stage("indicators"):
        requests = [indicators.Request(name, Window.parse("all")) for name in NAMES]
        table = indicators.compute(ledger, requests, date.fromisoformat(AS_OF))
    with stages.stage("write"):
        ledger.engine.write_parquet(table, out / "indicators.parquet")
    stages.tell()


if __name__ == "__main__":
    main()
