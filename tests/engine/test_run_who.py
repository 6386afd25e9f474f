"""Customers are found by their id or their name; else those that look alike are offered."""

from __future__ import annotations

import polars as pl
import pytest

import kefen
from kefen.errors import RunError


@pytest.fixture(scope="module")
def run() -> kefen.Run:
    names = {"001": "上海明达贸易", "002": "上海明达机电", "003": "Ann Ltd.", "004": "Ann Ltd."}
    orders = pl.DataFrame(
        {"customer_id": list(names), "ordered_on": ["2025-05-01"] * 4, "amount": ["9"] * 4}
    )
    customers = pl.DataFrame({"customer_id": list(names), "name": list(names.values())})
    return kefen.grade(kefen.from_frames(orders=orders, customers=customers), "abc", "2026-01-01")


@pytest.mark.parametrize(
    ("text", "found"), [("001", "001"), ("上海明达机电", "002"), (" 上海 明达贸易 ", "001")]
)
def test_found(run: kefen.Run, text: str, found: str) -> None:
    assert run.find(text) == found


def test_near_ones_are_offered(run: kefen.Run) -> None:
    with pytest.raises(RunError) as refused:
        run.find("明达")
    assert refused.value.code == "unknown-customer-near"
    assert refused.value.data["near"] == ["001 (上海明达贸易)", "002 (上海明达机电)"]


def test_a_name_that_is_its_own_id_is_told_once() -> None:
    orders = pl.DataFrame(
        {
            "customer_id": ["Mingda", "Yongchang"],
            "ordered_on": ["2025-05-01"] * 2,
            "amount": ["9", "8"],
        }
    )
    run = kefen.grade(kefen.from_frames(orders=orders), "abc", "2026-01-01")
    for text, offered in (("Yong", ["Yongchang"]), ("Yongchnag", ["Yongchang", "Mingda"])):
        with pytest.raises(RunError) as refused:
            run.find(text)
        assert refused.value.data["near"] == offered


def test_a_slip_of_the_pen_is_near(run: kefen.Run) -> None:
    with pytest.raises(RunError) as refused:
        run.find("上海明达机械")
    assert refused.value.data["near"][0] == "002 (上海明达机电)"


def test_two_of_one_name_are_told(run: kefen.Run) -> None:
    with pytest.raises(RunError) as refused:
        run.find("ann ltd.")
    assert refused.value.code == "customer-ambiguous"
    assert refused.value.data["near"] == ["003 (Ann Ltd.)", "004 (Ann Ltd.)"]


def test_nobody_is_like_that(run: kefen.Run) -> None:
    with pytest.raises(RunError) as refused:
        run.find("zzz")
    assert refused.value.code == "unknown-customer"
