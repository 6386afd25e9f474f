"""Every engagement indicator worked out by hand, as of 2025-01-01 over 12 months.

ann  visit out 2024-12-01 answered; call out 2024-06-01 not; call in 2024-12-25 (answered, but
     they began); inquiry 2024-03-01, outcome unknown; visit 2023-05-05 outside the window
     complaints: 2024-02-01 resolved 2024-02-03; 2024-11-01 resolved on the as-of date itself;
     scores 80 on 2024-05-01, 70 and 60 both on 2024-10-01
bob  询价 2023-01-01; complaint 2024-07-01 without a day but closed; 2024-08-01 in progress;
     a suggestion
cem  an interaction on the as-of date
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from ledgers import by_customer, rows

import kefen
from kefen.indicators import engagement

if TYPE_CHECKING:
    import polars as pl

AS_OF = date(2025, 1, 1)
TALK = """
ann 2024-12-01 visit   out  yes
ann 2024-06-01 Call    -    no
ann 2024-12-25 call    In   yes
ann 2024-03-01 Inquiry out  -
ann 2023-05-05 visit   out  yes
bob 2023-01-01 询价    来   -
cem 2025-01-01 call    out  yes
"""
TOLD = """
f1 ann 2024-02-01 complaint  -  -      2024-02-03
f2 ann 2024-11-01 Complaint  -  closed 2025-01-01
f3 ann 2024-05-01 survey     80 -      -
f4 ann 2024-10-01 survey     70 -      -
f5 ann 2024-10-01 survey     60 -      -
f6 bob 2024-07-01 投诉       -  已解决 -
f7 bob 2024-08-01 客诉       -  处理中 -
f8 bob 2024-08-01 建议       -  -      -
"""
#                            ann    bob   cem
EXPECTED: dict[str, list[Any]] = {
    "interactions": [4, 0, 0],
    "inquiries": [1, 0, 0],
    "days_since_contact": [7, None, None],
    "response_rate": [0.5, None, None],  # 12-01 yes, 06-01 no
    "complaints": [2, 2, 0],
    "open_complaints": [1, 1, 0],
    "resolved_complaints": [1, 1, 0],
    "resolution_rate": [0.5, 0.5, None],
    "satisfaction": [60.0, None, None],
}


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    talk = ("customer_id", "happened_on", "type", "direction", "responded")
    told = ("feedback_id", "customer_id", "given_on", "type", "score", "status", "resolved_on")
    return kefen.from_frames(interactions=rows(TALK, *talk), feedback=rows(TOLD, *told))


@pytest.fixture(scope="module")
def found(ledger: kefen.Ledger) -> pl.DataFrame:
    return by_customer(ledger, list(EXPECTED), AS_OF)


@pytest.mark.parametrize("name", EXPECTED)
def test_worked_out_by_hand(found: pl.DataFrame, name: str) -> None:
    assert found[name].to_list() == EXPECTED[name]


def test_every_indicator_is_worked_out_here() -> None:
    assert set(EXPECTED) == {indicator.name for indicator in engagement.INDICATORS}


def test_a_complaint_is_open_until_the_day_it_was_resolved(ledger: kefen.Ledger) -> None:
    before = by_customer(ledger, ["open_complaints"], date(2024, 2, 3))
    after = by_customer(ledger, ["open_complaints"], date(2024, 2, 4))
    assert (before["open_complaints"][0], after["open_complaints"][0]) == (1, 0)


def test_nothing_is_known_where_nothing_was_noted() -> None:
    bare = kefen.from_frames(interactions=rows(TALK, "customer_id", "happened_on", "x", "y", "z"))
    assert by_customer(bare, ["complaints", "satisfaction"], AS_OF).row(0)[1:] == (None, None)
