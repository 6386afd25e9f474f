"""`python -m benchmarks`: Kefen against hand-written SQL, Polars, pandas and lifetimes."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from benchmarks import check, generate, refresh, report
from benchmarks.measure import Result
from benchmarks.profile import shares


@dataclass(frozen=True)
class Contender:
    """A module of `benchmarks.contenders`.

    Attributes:
        whole: whether it does the whole task, so that its files can be checked.
        ledger: whether it is given the ledger's data directory; else its folder of facts.
        needs: the package it cannot run without.
        most: the most order lines it is given; more would not fit in this machine's memory.
    """

    module: str
    title: str
    whole: bool
    ledger: bool
    needs: str
    most: int = 10**12


CONTENDERS = {
    "kefen": Contender("kefen_grade", "Kefen", True, True, "kefen"),
    "sql": Contender("sql_duckdb", "DuckDB SQL by hand", True, False, "duckdb"),
    "polars": Contender("polars_streaming", "Polars, streaming", True, False, "polars"),
    "pandas": Contender("pandas_frames", "pandas", True, False, "pandas", 10**7),
    "lifetimes": Contender(
        "lifetimes_summary", "lifetimes' summary", False, False, "lifetimes", 10**7
    ),
    "kefen-summary": Contender("kefen_summary", "Kefen, summary only", False, True, "kefen"),
}


def main() -> None:
    options = _options()
    cache: Path = options.cache
    cache.mkdir(parents=True, exist_ok=True)
    if options.memory:
        os.environ["KEFEN_MEMORY"] = options.memory  # the hand-written SQL keeps to it as well
    record: dict[str, Any] = {"machine": machine(), "sizes": []}
    print(report.machine(record["machine"]))
    with tempfile.TemporaryDirectory(prefix="kefen-bench-") as scratch:
        for lines in options.lines:
            size = measure(lines, options, cache, Path(scratch))
            record["sizes"].append(size)
            print(report.table(size, CONTENDERS), flush=True)
            if options.refresh:
                size["refresh"] = refresh.measure(generate.ledger(cache, lines), Path(scratch))
                print(refresh.table(size["refresh"]), flush=True)
    print(report.growth(record["sizes"], CONTENDERS))
    if options.json:
        options.json.write_text(json.dumps(record, indent=1))


def measure(lines: int, options: argparse.Namespace, cache: Path, scratch: Path) -> dict[str, Any]:
    """All contenders on one size, turn by turn, so that they share the machine's moods."""
    print(f"\n{lines:,} order lines: making them ready", flush=True)
    data = generate.ledger(cache, lines)
    fit = [n for n in options.contenders if lines <= CONTENDERS[n].most]
    names = [n for n in fit if find_spec(CONTENDERS[n].needs)]
    results = {n: Result(CONTENDERS[n].module, lines) for n in names}
    loads = []
    for turn in range(options.repeat):
        for name, result in results.items():
            contender = CONTENDERS[name]
            loads.append(os.getloadavg()[0])
            if name == "kefen":
                _forget(data)
            result.add(data if contender.ledger else data / "ledger" / "facts", scratch / name)
            print(f"  {turn + 1}/{options.repeat} {contender.title:20} {result.runs[-1]:7.2f} s")
            if turn == 0 and contender.whole and name != "kefen" and "kefen" in results:
                verify(scratch / "kefen", scratch / name)
    profiled = {}
    if "kefen" in results and options.profile:
        _forget(data)
        profiled = shares(data, scratch / "profile", results["kefen"])
    _forget(data)
    return {
        "lines": lines,
        "skipped": [n for n in fit if n not in names],
        "load": [min(loads), max(loads)],
        "results": {name: result.as_dict() for name, result in results.items()},
        "kefen_shares": profiled,
    }


def verify(kefen: Path, rival: Path) -> None:
    """Stop unless the rival gives the same; see `check`."""
    alike = check.same(kefen, rival)
    check.prove(kefen, rival)
    print(f"      the same as Kefen; weighted classes {alike:.2%}, by exact percentiles")


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    packages = ("kefen", "duckdb", "ibis-framework", "polars", "pandas", "pyarrow", "lifetimes")
    found = {name: version(name) for name in packages if find_spec(name.split("-")[0])}
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(pages / 1024**3, 1),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "packages": found,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _forget(data: Path) -> None:
    """Leave of earlier runs nothing that would make the next one quicker."""
    for folder in (data / "runs", data / "ledger" / "measures"):
        shutil.rmtree(folder, ignore_errors=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--memory", help="a limit for DuckDB, in Kefen and by hand, such as 4GB")
    parser.add_argument(
        "--refresh", action="store_true", help="also refresh after 0.1 %% new lines"
    )
    parser.add_argument(
        "--no-profile",
        dest="profile",
        action="store_false",
        help="do not run Kefen once more to tell scanning from grouping",
    )
    parser.add_argument("--json", type=Path, help="also write everything measured to this file")
    parser.add_argument(
        "--cache",
        type=Path,
        default=user_cache_path("kefen") / "benchmarks",
        help="where generated ledgers are kept (default: %(default)s)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
