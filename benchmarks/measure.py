"""Runs one contender in a process of its own: wall time with start-up, peak memory, its stages."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
USAGE = Path(__file__).with_name("usage.py")


@dataclass
class Result:
    """What one contender took over its repeats.

    Attributes:
        runs: wall seconds of each repeat, interpreter start included.
        cpu: processor seconds of each repeat, all cores; hardly moved by what else is running.
        peaks: greatest resident memory of each repeat, in MiB.
        stages: seconds by stage as the contender itself tells, of each repeat.
    """

    contender: str
    lines: int
    runs: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    stages: list[dict[str, float]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median wall time."""
        return statistics.median(self.runs)

    @property
    def peak(self) -> float:
        """The greatest memory of any repeat, in MiB."""
        return max(self.peaks)

    def middle_stages(self) -> dict[str, float]:
        """Stages of the repeat nearest the median; `start` is what was spent outside them."""
        at = min(range(len(self.runs)), key=lambda n: abs(self.runs[n] - self.seconds))
        stages = dict(self.stages[at])
        return {"start": max(self.runs[at] - sum(stages.values()), 0.0), **stages}

    def add(self, source: Path, out: Path) -> None:
        """Run `python -m benchmarks.contenders.<contender> SOURCE OUT` once more."""
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        module = f"benchmarks.contenders.{self.contender}"
        usage = out / "usage.json"
        command = [sys.executable, "-m", module, str(source), str(out)]
        code = subprocess.call(
            [sys.executable, "-I", "-S", str(USAGE), str(usage), *command], cwd=ROOT
        )
        if code:
            raise SystemExit(f"{self.contender} ended with {code}")
        took = json.loads(usage.read_text())
        self.runs.append(took["seconds"])
        self.cpu.append(took["cpu"])
        self.peaks.append(took["peak_mib"])
        self.stages.append(json.loads((out / "stages.json").read_text()))

    def as_dict(self) -> dict[str, object]:
        """For the JSON record."""
        return {
            "seconds": self.seconds,
            "cpu_seconds": statistics.median(self.cpu),
            "peak_mib": self.peak,
            **asdict(self),
        }
