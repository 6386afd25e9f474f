"""`python -m benchmarks.fuzz`: damaged files of every format; each gives rows or a clear refusal.

Prints, for each format, how many files gave rows and how many each refusal, the most memory and
processor time that any took, and every file that did neither (kept with `--keep`).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

FORMATS = ("csv", "xlsx", "xls", "xlsb", "ods", "parquet")
PATIENCE = 30
MOST = 4 << 30


@dataclass
class Tally:
    """What became of the damaged files of one format; memory in MiB, processor time in seconds."""

    format: str
    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    child_memory: int = 0
    child_seconds: float = 0.0
    seconds: float = 0.0
    slowest: int = -1
    faults: list[str] = field(default_factory=list)


def damaged_file(format_: str, number: int) -> bytes:
    """Damaged file `number` of a format; the same each time."""
    from benchmarks.fuzz_damage import damaged
    from benchmarks.fuzz_seeds import SEEDS

    dice = random.Random(f"{format_}-{number}")
    return damaged(SEEDS[format_](dice), format_, dice)


def outcome(path: Path) -> str:
    """`rows`, or the code of the refusal; any other exception passes."""
    from kefen.errors import KefenError
    from kefen.ledger.reading import open_reader

    try:
        for chunk in open_reader(path).chunks():
            chunk.rows.to_dicts()
    except KefenError as error:
        from kefen.wording import describe

        describe(error, "zh")
        return error.code
    return "rows"


def fuzz(format_: str, numbers: range, keep: Path | None = None) -> Tally:
    """Read the damaged files of these numbers in this process."""
    tally = Tally(format_)
    signal.signal(signal.SIGPROF, _too_slow)
    with tempfile.TemporaryDirectory() as folder:
        for number in numbers:
            content = damaged_file(format_, number)
            path = Path(folder) / f"{number}.{format_}"
            path.write_bytes(content)
            began = time.process_time()
            signal.setitimer(signal.ITIMER_PROF, PATIENCE)
            try:
                tally.outcomes[outcome(path)] += 1
            except BaseException as error:  # whatever it is, it is a finding
                if isinstance(error, KeyboardInterrupt):
                    raise
                where = traceback.extract_tb(error.__traceback__)[-1]
                name = f"{type(error).__name__} in {Path(where.filename).name}:{where.name}"
                tally.outcomes[f"FAULT {name}"] += 1
                tally.faults.append(f"{number}: {name}: {str(error)[:200]}")
                if keep:
                    (keep / path.name).write_bytes(content)
            finally:
                signal.setitimer(signal.ITIMER_PROF, 0)
            spent = time.process_time() - began
            if spent > tally.seconds:
                tally.seconds, tally.slowest = spent, number
            tally.files += 1
            path.unlink()
    return tally


class TooSlowError(BaseException):
    """Reading a small file takes more processor time than `PATIENCE`, in seconds."""


def _too_slow(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError


def main(arguments: list[str]) -> None:
    """Fuzz one format, or all of them, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000, help="how many files of each format")
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--format", choices=FORMATS, action="append")
    parser.add_argument("--keep", type=Path, help="a folder for the files that were not survived")
    parser.add_argument("--together", action="store_true", help="a line of JSON a format")
    given = parser.parse_args(arguments)
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    from benchmarks.fuzz_children import Nursery, forking

    nurseries = {what: Nursery(what) for what in ("workbook", "parquet")}
    from kefen.extraction import process

    process.subprocess.Popen = forking(nurseries)  # type: ignore[attr-defined]
    resource.setrlimit(resource.RLIMIT_AS, (MOST, MOST))
    for format_ in given.format or FORMATS:
        tally = fuzz(format_, range(given.first, given.first + given.files), given.keep)
        nursery = nurseries["parquet" if format_ == "parquet" else "workbook"]
        tally.child_memory = nursery.memory >> 20
        tally.child_seconds = nursery.seconds
        told: dict[str, Any] = asdict(tally) | {"outcomes": dict(tally.outcomes.most_common())}
        print(json.dumps(told, ensure_ascii=False, indent=None if given.together else 1))


if __name__ == "__main__":
    main(sys.argv[1:])
