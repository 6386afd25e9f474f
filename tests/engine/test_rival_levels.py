"""Another system's levels: read, matched, made a scheme, and how far they agree with ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest
import xlsxwriter

import kefen
from kefen.errors import RunError
from kefen.evaluate import kappa, kappa_interval, rival_levels

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = pl.DataFrame(
    {
        "customer code": ["C1", "C2", "C3", "C4", "C5"],
        "order date": ["2025-03-01"] * 5,
        "amount": [200_000, 150_000, 50_000, 30_000, 1_000],
    }
)
CUSTOMERS = pl.DataFrame(
    {
        "customer code": ["C1", "C2", "C3", "C4", "C5"],
        "name": ["明达", "Acme", "Twin", "Twin", "永昌"],
    }
)


def test_kappa_and_its_interval_by_hand() -> None:
    # Observed 35 of 50 = 0.7, by chance 0.5 × 0.6 + 0.5 × 0.4 = 0.5: (0.7 - 0.5) / 0.5.
    table = [[20, 5], [10, 15]]
    assert kappa(table, "none") == pytest.approx(0.4)
    # By Fleiss, Cohen & Everitt: 0.4 × 0.34² + 0.1 × 0.66² + 0.2 × 0.54² + 0.3 × 0.46² - 0.1²
    # = 0.2016; its root by √50 and 1 - 0.5 is 0.127.
    assert kappa_interval(table, "none") == pytest.approx((0.4 - 0.24891, 0.4 + 0.24891), abs=1e-4)
    # Three classes, one step apart costs a quarter of two: costs 10/4 observed of 60; expected
    # (rows 20 each, columns 20 each) 20 × (4 × 1/4 + 2 × 1) / 9.
    ordered = [[15, 5, 0], [5, 10, 5], [0, 5, 15]]
    assert kappa(ordered, "quadratic") == pytest.approx(1 - (20 / 4 / 60) / ((4 / 4 + 2) / 9))
    assert kappa_interval([[10, 0], [0, 10]], "none") == (1.0, 1.0)
    assert kappa_interval([[10, 0], [0, 0]], "none") is None


def test_any_export_becomes_a_scheme_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "crm.csv").write_bytes(
        "客户,城市,会员等级\n明达,上海,金\nC2,北京,金\nC3,深圳,银\nTwin,深圳,银\nC5,,铜\n无名,,铜\nC5,,金\n".encode(
            "gb18030"
        )
    )
    with xlsxwriter.Workbook(tmp_path / "crm.xlsx") as book:
        sheet = book.add_worksheet()
        for at, row in enumerate((["code", "level"], ["C1", 1], ["C2", 2])):
            sheet.write_row(at, 0, row)
    ledger = kefen.open(tmp_path / "data")
    ledger.load(CUSTOMERS, "customers")
    ledger.load(ORDERS, "orders")
    table = rival_levels.read_table(tmp_path / "crm.csv")
    assert rival_levels.suggest(ledger, table) == ("客户", "会员等级")
    matched = rival_levels.match(ledger, table, "客户", "会员等级")
    # 明达 by name; Twin is two customers and so nobody's name; C5 stands twice.
    assert dict(matched.rows.rows()) == {"C1": "金", "C2": "金", "C3": "银", "C5": "铜"}
    assert (matched.unknown, matched.near, matched.twice) == (2, ("Twin", "无名"), 1)
    batch = rival_levels.land(ledger, matched)
    assert ledger.count("customers") == 5  # nobody new
    theirs = kefen.grade(ledger, rival_levels.scheme_of(["金", "银", "铜"]), "2026-01-01")
    classes = dict(theirs.classes.to_polars().select("customer_id", "class").rows())
    assert classes == {"C1": "L1", "C2": "L1", "C3": "L2", "C4": None, "C5": "L3"}
    # Ours: large from 100,000 (C1, C2), medium from 20,000 (C3, C4), small (C5).
    ours = kefen.grade(ledger, "single-sales", "2026-01-01")
    agreed = kefen.agreement(theirs, ours)
    assert agreed.matrix == ((2, 0, 0), (0, 1, 0), (0, 0, 1))
    assert (agreed.kappa, agreed.interval) == (1.0, (1.0, 1.0))
    # A newer export without C5: its level is gone, and it is rated no more.
    newer = rival_levels.read_table(tmp_path / "crm.xlsx")
    assert newer.rows() == [("C1", "1"), ("C2", "2")]
    rival_levels.land(ledger, rival_levels.match(ledger, newer, "code", "level"))
    again = kefen.grade(ledger, rival_levels.scheme_of(["1", "2"]), "2026-01-01")
    assert [one["customers"] for one in again.counts] == [1, 1, 3]
    assert batch
    with pytest.raises(RunError, match="Nobody in the column 城市"):
        rival_levels.match(ledger, table, "城市", "会员等级")
    (tmp_path / "x.csv").write_text("one\n1\n")
    for bad in ("x.csv", "none.xlsx"):
        with pytest.raises(RunError, match="is no table"):
            rival_levels.read_table(tmp_path / bad)
    with pytest.raises(RunError, match="There are 1 levels"):
        rival_levels.scheme_of(["A", "A "])
    ledger.close()
