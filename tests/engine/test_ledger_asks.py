"""What an import asks before it lands: codes of several names, statuses that are codes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from messy_files import csv_file

import kefen
from kefen.errors import LedgerError
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.ledger.reading.model import Notice

SHARED = """客户编号,客户名称,日期,单号,金额
C1,甲公司,2025-03-01,A1,100
C1,乙公司,2025-03-02,A2,200
C2,丙公司,2025-03-02,A3,300
C2,丙公司（北京）,2025-03-03,A4,400
"""
CODED = """订单号,客户,下单日期,金额,{heading}
O1,甲,2025-03-01,100,1
O2,乙,2025-03-02,200,2
O3,丙,2025-03-03,300,3
O4,甲,2025-03-04,400,1
"""


def customers(ledger: kefen.Ledger) -> dict[str, Decimal]:
    rows = ledger.table("orders").to_pyarrow().to_pylist()
    found: dict[str, Decimal] = {}
    for row in rows:
        found[row["customer_id"]] = found.get(row["customer_id"], Decimal(0)) + row["amount"]
    return found


def said(notices: tuple[Notice, ...], code: str) -> list[Notice]:
    found = [notice for notice in notices if notice.code == code]
    for notice in found:
        assert all("{" not in sentence(code, notice.data, lang) for lang in ("zh", "en"))
    return found


def test_a_code_of_several_names_is_asked_about(tmp_path) -> None:
    path, ledger = csv_file(tmp_path, SHARED), kefen.open(tmp_path / "data")
    with pytest.raises(LedgerError) as asked:
        ledger.load(path)
    assert asked.value.code == "codes-of-several-names"
    assert asked.value.data["examples"] == ["C1: 甲公司 / 乙公司"]
    assert asked.value.data["money"] == "300.00"
    assert said(ledger.check(path).notices, "codes-of-several-names")
    batch = ledger.load(path, shared_codes="apart")
    assert customers(ledger) == {"C1": 100, "C1-乙公司": 200, "C2": 700}
    assert said(batch.notices, "codes-parted")
    ledger.undo(batch.id)
    batch = ledger.load(path, shared_codes="one")
    assert customers(ledger) == {"C1": 300, "C2": 700}
    assert said(batch.notices, "codes-of-one-customer")
    # The ledger's name stands against another one of a later file: told, not asked.
    later = csv_file(
        tmp_path, "客户编号,客户名称,日期,单号,金额\nC2,丁,2025-04-01,B1,1\n", name="b.csv"
    )
    assert said(ledger.load(later).notices, "code-known-by-another-name")


@pytest.mark.parametrize("heading", ["订单状态", "状态"])
def test_statuses_that_are_codes_are_asked_about(tmp_path, heading: str) -> None:
    path = csv_file(tmp_path, CODED.format(heading=heading))
    ledger = kefen.open(tmp_path / "data")
    with pytest.raises(LedgerError) as asked:
        ledger.load(path, statuses={"2": False})
    assert (asked.value.code, asked.value.data["heading"]) == ("statuses-unclear", heading)
    assert asked.value.data["codes"] == ["1 (2 – 500.00)", "3 (1 – 300.00)"]
    codes = said(ledger.check(path).notices, "status-unclear")
    assert {notice.data["status"]: notice.data["money"] for notice in codes} == {
        "1": "500.00",
        "2": "200.00",
        "3": "300.00",
    }
    ledger.load(path, statuses={"1": True, "2": False, "3": False})
    assert customers(ledger) == {"甲": 500}


def test_sides_of_an_account_are_asked_about(tmp_path) -> None:
    text = "Date,Customer,Amount,Dr/Cr\n2025-03-01,Acme,1000,Dr\n2025-03-02,Acme,200,Cr\n"
    path, ledger = csv_file(tmp_path, text), kefen.open(tmp_path / "data")
    with pytest.raises(LedgerError) as asked:
        ledger.load(path)
    assert asked.value.data["codes"] == ["Cr (1 – 200.00)", "Dr (1 – 1,000.00)"]


def test_some_numbers_that_begin_again_another_month_are_asked_about(tmp_path) -> None:
    head, same = "单号,客户,日期,金额", [f"{n},己,2025-03-05,{n}00" for n in range(3, 9)]
    first = "\n".join([head, "1,甲,2025-03-01,100", "2,乙,2025-03-02,200", *same])
    second = "\n".join([head, "1,甲,2025-04-01,150", "2,乙,2025-04-02,250", *same])
    ledger = kefen.open(tmp_path / "data")
    ledger.load(csv_file(tmp_path, first, name="1.csv"))
    with pytest.raises(LedgerError) as asked:
        ledger.load(csv_file(tmp_path, second, name="2.csv"))
    assert (asked.value.code, asked.value.data["count"]) == ("known-keys", 2)


def test_one_number_of_two_customers_can_be_told_to_be_two_orders(tmp_path) -> None:
    text = "单号,客户,日期,金额\nA1,明达,2025-03-01,100\nA1,永昌,2025-03-01,200\n"
    path, ledger = csv_file(tmp_path, text), kefen.open(tmp_path / "data")
    assert ledger.check(path).rejected == 1
    ledger.load(path, known_keys="new")
    assert customers(ledger) == {"明达": 100, "永昌": 200}


def test_signs_that_look_alike_are_told_with_the_pairs(tmp_path) -> None:
    rows = ["A01,甲", "AO1,乙", "Cl2,丙", "C12,丁", "X9,АСМЕ", "X8,ACME"]
    lines = [f"{row},2025-03-01,S{n},100" for n, row in enumerate(rows)]
    path = csv_file(tmp_path, "\n".join(["客户编号,客户名称,日期,单号,金额", *lines]))
    [notice] = said(kefen.open(tmp_path / "data").check(path).notices, "customers-look-alike")
    assert notice.data["examples"] == ["A01 / AO1", "ACME / АСМЕ", "C12 / Cl2"]
