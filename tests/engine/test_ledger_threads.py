"""Many threads read one ledger at once, each through an engine of its own, as a site does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import kefen
from kefen.ledger.facts import KINDS

if TYPE_CHECKING:
    from pathlib import Path


def test_kinds_without_rows_are_read_by_many_threads_at_once(tmp_path: Path) -> None:
    def read(_turn: int) -> int:
        with kefen.open(tmp_path) as ledger:
            return sum(len(ledger.table(kind).to_polars()) + ledger.count(kind) for kind in KINDS)

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(read, range(16))) == {0}


def test_a_table_without_rows_has_its_declared_columns(tmp_path: Path) -> None:
    with kefen.open(tmp_path) as ledger:
        for name, kind in KINDS.items():
            assert ledger.table(name).schema() == kind.schema()
