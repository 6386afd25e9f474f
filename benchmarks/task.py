"""The task every contender is set: read the ledger's files, write four Parquet files.

`indicators.parquet` holds `customer_id` and every transaction indicator of the twelve months
before 2026; `abc`, `rfm` and `weighted` hold class, score, the scheme's indicators and what the
method adds. All are in order of `customer_id` and hold every customer.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

AS_OF = "2026-01-01"
WINDOW = "12m"
SCHEMES = ("abc", "rfm", "weighted")
OUTPUTS = ("indicators", *SCHEMES)


def arguments() -> tuple[Path, Path]:
    """The folder of the ledger's facts (or, for Kefen, the data directory) and of the outputs."""
    return Path(sys.argv[1]), Path(sys.argv[2])


class Stages:
    """Seconds a contender says it spent on what, kept as `stages.json` beside its outputs."""

    def __init__(self, out: Path) -> None:
        self._out = out
        self.spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        began = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Put seconds to a stage."""
        self.spent[name] = self.spent.get(name, 0.0) + seconds

    def tell(self) -> None:
        """Write them down."""
        (self._out / "stages.json").write_text(json.dumps(self.spent))
