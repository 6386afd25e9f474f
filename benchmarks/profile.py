"""Where Kefen's time goes, from one more run with the engine's profiler on.

The profiler tells the time each operator of a query took; reading Parquet is `scan`, grouping and
joining `group`, writing Parquet `write`. What the stages of the measured runs took is divided in
these proportions, so that the profiler's own cost is left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.contenders import kefen_grade
from benchmarks.measure import ROOT
from kefen.engines.embedded import Embedded

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measure import Result

GROUPING = ("GROUP_BY", "JOIN", "AGGREGATE", "DISTINCT", "WINDOW")
ORDER = ("start", "compile", "scan", "group", "fit", "assign", "write", "other")


def shares(data: Path, out: Path, result: Result) -> dict[str, float]:
    """Shares of Kefen's wall time by stage; they add up to 1."""
    out.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.profile", str(data), str(out)]
    subprocess.run(command, check=True, cwd=ROOT)
    operators = json.loads((out / "operators.json").read_text())
    found = defaultdict[str, float](float)
    for stage, seconds in result.middle_stages().items():
        kind = stage.rpartition(" ")[2]
        if kind == "indicators":
            parts = _divided(operators["materialise"], seconds, "group", ("scan", "group"))
        elif kind == "write":
            parts = _divided(operators["write"], seconds, "assign", ("write", "assign"))
        else:
            renamed = {"import": "start", "assign": "compile"}
            parts = {renamed.get(kind, kind): seconds}
        for part, spent in parts.items():
            found[part] += spent
    whole = sum(found.values())
    return {stage: found[stage] / whole for stage in ORDER if found[stage] / whole > 0.001}


def _divided(
    operators: dict[str, float], seconds: float, rest: str, kinds: tuple[str, ...]
) -> dict[str, float]:
    """`seconds` in the proportions of these kinds; all other operators count as `rest`."""
    parts = defaultdict[str, float](float)
    for kind, spent in operators.items():
        parts[kind if kind in kinds else rest] += spent
    return {kind: seconds * spent / sum(parts.values()) for kind, spent in parts.items()}


def main() -> None:
    """Grade once with the profiler on, and keep the seconds of operators by what they serve."""
    data, out = Path(sys.argv[1]), Path(sys.argv[2])
    spent = {"materialise": defaultdict[str, float](float), "write": defaultdict[str, float](float)}
    Embedded.materialise = _profiled(Embedded.materialise, spent["materialise"])  # type: ignore[method-assign]
    Embedded.write_parquet = _profiled(Embedded.write_parquet, spent["write"])  # type: ignore[method-assign]
    kefen_grade.grade(data, out)
    (out / "operators.json").write_text(json.dumps(spent))


def _profiled(method: Callable[..., Any], spent: defaultdict[str, float]) -> Callable[..., Any]:
    """The method, adding to `spent` what the operators of each of its statements took."""

    def call(engine: Embedded, *args: Any, **named: Any) -> Any:
        backend, plain = engine.backend, engine.backend.con
        plain.execute("PRAGMA enable_profiling='no_output'")
        backend.con = _Watched(plain, spent)
        try:
            return method(engine, *args, **named)
        finally:
            backend.con = plain
            plain.execute("PRAGMA disable_profiling")

    return call


class _Watched:
    """A connection that is asked about each statement when it is done."""

    def __init__(self, connection: Any, spent: defaultdict[str, float]) -> None:
        self._connection = connection
        self._spent = spent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, *args: Any, **named: Any) -> _Watched:
        self._connection.execute(*args, **named)
        _add(json.loads(self._connection.get_profiling_information(format="json")), self._spent)
        return self


def _add(node: dict[str, Any], spent: defaultdict[str, float]) -> None:
    if "type" in node:
        spent[_kind(node["type"])] += node.get("timing", 0.0)
    for child in [*node.get("operator", []), *node.get("children", [])]:
        _add(child, spent)


def _kind(operator: str) -> str:
    if "COPY" in operator:
        return "write"
    if any(word in operator for word in GROUPING):
        return "group"
    return "scan" if "SCAN" in operator or "READ" in operator else "other"


if __name__ == "__main__":
    main()
