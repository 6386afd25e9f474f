"""Interactions and feedback land like any fact: once, by name or number, and can be taken back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
import pytest

import kefen

if TYPE_CHECKING:
    from pathlib import Path

VISITS = """拜访日期,客户名称,跟进方式,互动方向,是否回复,跟进人,跟进内容
2025/1/8,上海明达,拜访,去,是,王芳,看样品
2025/1/9,上海明达,电话,来,,王芳,问交期
2025/1/9,北京永昌,电话,去,否,李明,无人接听
"""
COMPLAINTS = """投诉单号,客户名称,投诉日期,类型,满意度,处理状态,解决日期
K1,上海明达,2025-01-12,投诉,,已解决,2025-01-15
K2,北京永昌,2025-01-13,投诉,,处理中,
K3,北京永昌,2025-01-20,满意度,85,,
"""


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def ledger(tmp_path: Path) -> kefen.Ledger:
    return kefen.open(tmp_path / "data")


def test_visits_land_once_and_make_their_customers(ledger: kefen.Ledger, tmp_path: Path) -> None:
    path = file(tmp_path, "拜访.csv", VISITS)
    assert ledger.inspect(path).kind == "interactions"
    batch = ledger.load(path)
    assert (batch.added, batch.rejected, batch.created_customers) == (3, 0, 2)
    again = ledger.load(
        file(tmp_path, "again.csv", VISITS + "2025/1/10,北京永昌,拜访,去,是,李明,\n")
    )
    assert (again.added, again.unchanged) == (1, 3)
    told = ledger.table("interactions").order_by("happened_on", "customer_id").to_polars()
    assert told["responded"].to_list() == [True, None, False, True]
    assert told["happened_on"][0] == date(2025, 1, 8)
    assert told["by"].to_list().count("王芳") == 2


def test_complaints_are_told_from_scores(ledger: kefen.Ledger, tmp_path: Path) -> None:
    batch = ledger.load(file(tmp_path, "客诉.csv", COMPLAINTS))
    assert (batch.kind, batch.added, batch.rejected) == ("feedback", 3, 0)
    told = ledger.table("feedback").order_by("feedback_id").to_polars()
    assert told["resolved_on"].to_list() == [date(2025, 1, 15), None, None]
    assert told["score"].to_list() == [None, None, 85.0]
    ledger.undo(batch.id)
    assert ledger.count("feedback") == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", ["interactions", "feedback"])
def test_the_template_can_be_imported(
    ledger: kefen.Ledger, tmp_path: Path, kind: str, lang: str
) -> None:
    path = tmp_path / f"{kind}.xlsx"
    ledger.template(kind, path, lang)
    batch = ledger.load(path)
    # The example row of the template is no fact.
    assert (batch.kind, batch.added, batch.rejected) == (kind, 0, 0)


def test_frames_of_a_notebook() -> None:
    ledger = kefen.from_frames(
        interactions=pl.DataFrame({"customer_id": ["ann"], "happened_on": ["2025-01-08"]}),
        feedback=pl.DataFrame({"customer_id": ["ann"], "given_on": ["2025-01-09"], "score": [90]}),
    )
    assert [ledger.count(kind) for kind in ("interactions", "feedback", "customers")] == [1, 1, 1]
