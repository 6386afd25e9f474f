"""Previews say what a run would, without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from company_for_previews import AS_OF, EARLIER, company

import kefen
from kefen import schemes
from kefen.evaluate import compare
from kefen.run.preview import ABSENT, Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.ledger import Ledger
    from kefen.run import Run


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    opened = company()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def bench(ledger: Ledger) -> Iterator[Bench]:
    opened = Bench(ledger, AS_OF)
    yield opened
    opened.close()


def changed(name: str, **fields: Any) -> dict[str, Any]:
    return schemes.load(name).dump() | fields


@pytest.mark.parametrize("name", schemes.READY)
def test_a_preview_counts_what_a_run_counts(name: str, ledger: Ledger, bench: Bench) -> None:
    before = kefen.grade(ledger, name, EARLIER)
    found = bench.preview(name, before)
    run = kefen.grade(ledger, name, AS_OF)
    assert found.faults == []
    assert found.counts == run.counts
    assert found.standard == run.standard
    assert found.matrix == compare(before, run).matrix
