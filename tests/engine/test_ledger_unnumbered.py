"""What comes again without its number or under a number written otherwise, with other words."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with kefen.open(tmp_path / "data") as opened:
        yield opened


def csv(*lines: str) -> io.BytesIO:
    """A text file; its lines as they stand."""
    return io.BytesIO("\n".join(lines).encode())


def money(ledger: kefen.Ledger) -> Decimal:
    return Decimal(ledger.table("orders").amount.sum().to_pyarrow().as_py())


PLAIN = ("客户,日期,金额", "甲,2025-03-01,100", "乙,2025-03-02,200", "乙,2025-03-02,50")


def test_more_words_make_no_other_rows(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*PLAIN))
    words = ("客户,日期,金额,业务员,备注", "甲,2025-03-01,100,张三,已核", "乙,2025-03-02,200,李四,")
    batch = ledger.load(csv(*words))
    assert (batch.added, batch.replaced, money(ledger)) == (0, 2, 350)
    told = next(one for one in batch.notices if one.code == "rows-known-again")
    assert told.data == {"rows": 2, "money": "300.00"}
    assert ledger.load(csv(*words), known_keys="new").added == 2


def test_another_amount_of_a_known_day_is_asked(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*PLAIN))
    corrected = (*PLAIN[:2], "乙,2025-03-02,250", PLAIN[3])
    with pytest.raises(LedgerError) as asked:
        ledger.load(csv(*corrected))
    data = asked.value.data
    assert asked.value.code == "rows-of-known-days"
    assert (data["rows"], data["money"], data["known"], data["known_money"]) == (
        *(1, "250.00"),
        *(1, "200.00"),
    )
    assert "rows-of-known-days" in {one.code for one in ledger.check(csv(*corrected)).notices}
    batch = ledger.load(csv(*corrected), known_keys="replace")
    assert (batch.replaced, batch.unchanged, money(ledger)) == (1, 2, 400)
    assert ledger.load(csv(*corrected, "丙,2025-03-03,1")).added == 1


def test_a_longer_file_only_adds(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*PLAIN))
    batch = ledger.load(csv(*PLAIN, "甲,2025-03-01,70"))
    assert (batch.added, batch.unchanged, money(ledger)) == (1, 3, 420)


def test_equal_rows_of_another_channel_are_asked(ledger: kefen.Ledger) -> None:
    head = "客户,日期,金额,渠道"
    ledger.load(csv(head, "散客,2025-03-01,100,东店"))
    west = (head, "散客,2025-03-01,100,西店")
    with pytest.raises(LedgerError, match="rows-of-known-days"):
        ledger.load(csv(*west))
    assert ledger.load(csv(*west), known_keys="new").added == 1


def test_what_a_program_says_again_is_another_sale(ledger: kefen.Ledger) -> None:
    sale = {"customer_id": "甲", "ordered_on": "2025-03-01", "amount": "100"}
    for more in ({}, {"channel": "west"}, {"amount": "250"}):
        assert ledger.load(pl.DataFrame([sale | more]), "orders").added == 1
    assert money(ledger) == 450


NUMBERED = ("订单号,客户,日期,金额", "0001,甲,2025-03-01,100", "XS-002,乙,2025-03-02,200")


@pytest.mark.parametrize("numbers", [("1", "XS002"), ("#0001", "xs-002"), ("0001.0", "xs 002")])
def test_numbers_written_otherwise_are_asked(
    ledger: kefen.Ledger, numbers: tuple[str, str]
) -> None:
    ledger.load(csv(*NUMBERED))
    lines = [f"{numbers[0]},甲,2025-03-01,100", f"{numbers[1]},乙,2025-03-02,210"]
    with pytest.raises(LedgerError) as asked:
        ledger.load(csv(NUMBERED[0], *lines))
    assert asked.value.code == "numbers-written-otherwise"
    assert (asked.value.data["count"], asked.value.data["money"]) == (2, "310.00")
    assert asked.value.data["examples"] == [f"0001 / {numbers[0]}", f"XS-002 / {numbers[1]}"]
    ledger.load(csv(NUMBERED[0], *lines), known_keys="replace")
    assert money(ledger) == 310
    assert ledger.load(csv(NUMBERED[0], *lines), known_keys="new").added == 2


def test_numbers_written_otherwise_of_other_days_are_told(ledger: kefen.Ledger) -> None:
    ledger.load(csv(*NUMBERED))
    batch = ledger.load(csv(NUMBERED[0], "1,丙,2025-04-01,30"))
    told = next(one for one in batch.notices if one.code == "numbers-alike")
    assert told.data == {"count": 1, "money": "30.00", "examples": ["0001 / 1"]}


def test_telephones_that_stand_for_customers_are_written_alike(ledger: kefen.Ledger) -> None:
    told = (
        "13800000001",
        "+86 138 0000 0001",
        "86-13800000001",
        "138-0000-0001",
        "0086 138 00000001",
    )
    rows = [f"{n},{phone},2025-03-0{n},100" for n, phone in enumerate(told, 1)]
    batch = ledger.load(csv("订单号,客户编号,日期,金额", *rows))
    assert ledger.table("customers").to_polars()["customer_id"].to_list() == ["13800000001"]
    notice = next(one for one in batch.notices if one.code == "phones-written-alike")
    assert notice.data["count"] == 4


def test_an_order_below_its_lines_is_told(ledger: kefen.Ledger) -> None:
    lines = ("订单号,客户,日期,商品,金额", "X1,甲,2025-03-01,杯,100", "X1,甲,2025-03-01,盘,50")
    ledger.load(csv(*lines))
    batch = ledger.load(csv("订单号,客户,日期,金额", "X1,甲,2025-03-01,140", "X2,乙,2025-03-02,60"))
    notice = next(one for one in batch.notices if one.code == "orders-below-lines")
    assert notice.data == {"orders": 1, "money": "140.00", "lines": "150.00", "number": "X1"}


def test_a_file_of_which_no_row_is_taken(ledger: kefen.Ledger) -> None:
    assert ledger.load(csv("订单号,客户,日期,金额", "X1,甲,,140"), "orders").rejected == 1


@pytest.mark.parametrize("words", [("", ""), (",商品", ",杯")])
def test_rows_known_without_numbers_are_asked(ledger: kefen.Ledger, words: tuple[str, str]) -> None:
    """The same rows come first without numbers and then with them, as orders or as lines."""
    first = ledger.load(csv(*PLAIN))
    head = f"订单号,客户,日期,金额{words[0]}"
    numbered = (head, f"A1,甲,2025-03-01,100{words[1]}", f"A2,丙,2025-03-01,7{words[1]}")
    with pytest.raises(LedgerError) as asked:
        ledger.load(csv(*numbered))
    assert asked.value.code == "rows-known-without-numbers"
    data = asked.value.data
    assert (data["rows"], data["money"], data["batches"]) == (1, "100.00", [first.id])
    assert ledger.load(csv(*numbered), known_keys="new").added == 2
    assert Decimal(ledger.table("sales").amount.sum().to_pyarrow().as_py()) == 457


def test_rows_known_as_lines_are_asked(ledger: kefen.Ledger) -> None:
    ledger.load(
        csv("订单号,客户,日期,商品,金额", "X1,甲,2025-03-01,杯,100", "X1,甲,2025-03-01,盘,9")
    )
    with pytest.raises(LedgerError) as asked:
        ledger.load(csv(*PLAIN))
    assert asked.value.code == "rows-known-as-lines"
    assert (asked.value.data["rows"], asked.value.data["money"]) == (1, "100.00")
    assert "rows-known-as-lines" in {one.code for one in ledger.check(csv(*PLAIN)).notices}
