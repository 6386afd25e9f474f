"""A mapping that a person made is used again for the same headings, told, changed and forgotten."""

from __future__ import annotations

import pytest
from messy_files import csv_file

import kefen
from kefen.errors import LedgerError
from kefen.wording import sentence

MAPPING = {"Wer": "customer_name", "Wann": "ordered_on", "Wieviel": "amount", "Rest": None}
JANUARY = "Wer,Wann,Wieviel,Rest\nAcme,2025-01-03,10,1\n"
FEBRUARY = "Wann,Wer,Rest,Wieviel\n2025-02-03,Acme,1,20\n"


@pytest.fixture
def ledger(tmp_path):
    with kefen.open(tmp_path / "data") as opened:
        yield opened


def amounts(ledger) -> list[str]:
    return sorted(str(row["amount"]) for row in ledger.table("orders").to_pyarrow().to_pylist())


def codes(notices) -> list[str]:
    return [notice.code for notice in notices]


def test_a_mapping_is_used_again_and_told(ledger, tmp_path) -> None:
    ledger.load(csv_file(tmp_path, JANUARY, name="jan.csv"), mapping=MAPPING, by="ann")
    path = csv_file(tmp_path, FEBRUARY, name="feb.csv")
    preview = ledger.inspect(path)
    assert preview.kind == "orders"
    assert preview.mapping == {"Wann": "ordered_on", "Wer": "customer_name", "Wieviel": "amount"}
    assert codes(ledger.check(path).notices) == ["mapping-remembered"]
    batch = ledger.load(path)
    [notice] = batch.notices
    assert "jan.csv" in sentence(notice.code, notice.data, "en")
    assert "jan.csv" in sentence(notice.code, notice.data, "zh")
    assert amounts(ledger) == ["10.00", "20.00"]
    [known] = ledger.mappings()
    assert (known.kind, known.by, known.mapping) == ("orders", "ann", MAPPING)


def test_other_headings_are_not_concerned(ledger, tmp_path) -> None:
    ledger.load(csv_file(tmp_path, JANUARY), mapping=MAPPING)
    other = csv_file(tmp_path, "Wer,Wann,Wieviel\nAcme,2025-01-03,10\n", name="other.csv")
    assert ledger.inspect(other).kind is None


def test_a_person_maps_otherwise(ledger, tmp_path) -> None:
    text = "客户,日期,金额,净额\n明达,{day},100,90\n"
    january = csv_file(tmp_path, text.format(day="2025-01-03"), name="jan.csv")
    ledger.load(january, mapping={"净额": "amount"})
    february = csv_file(tmp_path, text.format(day="2025-02-03"), name="feb.csv")
    assert ledger.inspect(february).mapping["净额"] == "amount"
    ledger.load(february, mapping={"金额": "amount", "净额": None})
    assert amounts(ledger) == ["100.00", "90.00"]
    march = csv_file(tmp_path, text.format(day="2025-03-03"), name="mar.csv")
    assert ledger.inspect(march).mapping["金额"] == "amount"
    assert ledger.mappings() == []


def test_what_is_no_correction_is_not_remembered(ledger, tmp_path) -> None:
    path = csv_file(tmp_path, "客户,日期,金额\n明达,2025-01-03,100\n")
    ledger.load(path, mapping={"客户": "customer_name", "金额": "amount"})
    assert ledger.mappings() == []


def test_another_kind_is_read_by_itself(ledger, tmp_path) -> None:
    ledger.load(csv_file(tmp_path, JANUARY), mapping=MAPPING)
    preview = ledger.inspect(csv_file(tmp_path, FEBRUARY, name="feb.csv"), "customers")
    assert (preview.mapping, preview.notices) == ({}, [])


def test_a_mapping_is_forgotten(ledger, tmp_path) -> None:
    ledger.load(csv_file(tmp_path, JANUARY), mapping=MAPPING)
    [known] = ledger.mappings()
    assert ledger.forget_mapping(known.id) == known
    assert ledger.inspect(csv_file(tmp_path, FEBRUARY, name="feb.csv")).kind is None
    with pytest.raises(LedgerError) as caught:
        ledger.forget_mapping(known.id)
    assert caught.value.code == "unknown-mapping"


def test_a_damaged_file_of_mappings_is_none(ledger, tmp_path) -> None:
    ledger.load(csv_file(tmp_path, JANUARY), mapping=MAPPING)
    (ledger.folder / "mappings.json").write_text("{")
    assert ledger.mappings() == []
    assert ledger.inspect(csv_file(tmp_path, FEBRUARY, name="feb.csv")).kind is None


def test_an_order_of_dates_that_a_file_showed_holds_for_the_next(ledger, tmp_path) -> None:
    head = "Order,Customer,Date,Amount\n"
    march = csv_file(
        tmp_path, f"{head}1,Acme,13/03/2025,100\n2,Bolt,02/03/2025,200\n", name="m.csv"
    )
    april = csv_file(
        tmp_path, f"{head}3,Acme,01/04/2025,100\n4,Bolt,02/04/2025,200\n", name="a.csv"
    )
    assert "date-order-assumed-mdy" in codes(ledger.check(april).notices)
    ledger.load(march)
    [told] = ledger.load(april).notices
    assert (told.code, told.data["source"]) == ("date-order-assumed-as-before", "m.csv")
    days = ledger.table("orders").ordered_on.to_pyarrow().to_pylist()
    assert sorted(str(day) for day in days)[-2:] == ["2025-04-01", "2025-04-02"]
    other = csv_file(tmp_path, f"{head}5,Acme,3/25/2025,7\n6,Acme,3/4/2025,8\n", name="o.csv")
    assert ledger.load(other).notices == ()
