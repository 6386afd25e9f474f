"""Runs that take over from before, through the shell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "customer_id,class,reason,by,since,until\n"


def test_overrides_from_a_file(company: Any, tmp_path: Path) -> None:
    path = tmp_path / "decided.csv"
    path.write_text(f"{HEAD}K2,A,新合同,Ann,2025-12-01,\nK9,B,error,Ann,2025-12-01,2026-12-31\n")
    done = company("grade", "abc", "--as-of", "2026-01-01", "--overrides", str(path), "--json")
    run = json.loads(done.stdout)
    assert [(c["class"], c["customers"]) for c in run["counts"]] == [("A", 2), ("B", 0), ("C", 2)]
    assert [(o["customer_id"], o["why"]) for o in run["ignored_overrides"]] == [
        ("K9", "not-in-population")
    ]
    shown = company("grade", "abc", "--as-of", "2026-01-01", "--overrides", str(path)).stdout
    assert "1 class set by people; 1 of their decisions did not count." in shown


def test_overrides_that_cannot_be_read(company: Any, tmp_path: Path) -> None:
    path = tmp_path / "decided.csv"
    for text in (
        "customer_id,class\nK2,A\n",
        f"{HEAD}K2,A,so,Ann,yesterday,\n",
        f"{HEAD}K2,A,,,,\n",
    ):
        path.write_text(text)
        done = company("grade", "abc", "--overrides", str(path))
        assert done.exit_code == 1
        assert "line 2" in " ".join((done.stdout + done.stderr).split())


def test_the_run_before(company: Any) -> None:
    first = json.loads(company("grade", "abc", "--as-of", "2025-12-01", "--json").stdout)["run"]
    done = company("grade", "abc", "--as-of", "2026-01-01", "--previous", first, "--json")
    assert json.loads(done.stdout)["previous"] == first


def test_remarks_are_shown(company: Any, tmp_path: Path) -> None:
    path = tmp_path / "due.yaml"
    path.write_text(
        """
name: due
method: threshold
title: {zh: 逾期, en: Overdue}
indicator: overdue_amount
better: lower
classes:
  - {key: good, title: {zh: 好, en: Good}, at_most: 0}
  - {key: bad, title: {zh: 差, en: Bad}}
"""
    )
    shown = company("grade", str(path)).stdout
    assert "The scheme needs Invoices, but the ledger has none." in shown
    assert "Nobody could be rated when the standard was fitted." in shown
