"""The day that grading takes by itself: after the last sale, which a slip of the pen is not."""

from __future__ import annotations

import datetime as dt

import pytest

import kefen
from kefen.run.source import day_of

TODAY = dt.datetime.now(dt.UTC).date()


def ledger_with(tmp_path, *days: dt.date) -> kefen.Ledger:
    lines = [f"C{n},{day.isoformat()},100" for n, day in enumerate(days)]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(["客户编号,下单日期,金额", *lines]), encoding="utf-8")
    ledger = kefen.open(tmp_path / "data")
    ledger.load(path, timezone="UTC")
    return ledger


def test_an_order_of_the_future_does_not_move_the_day(tmp_path) -> None:
    last = TODAY - dt.timedelta(days=8)
    ledger = ledger_with(tmp_path, TODAY - dt.timedelta(days=40), last, TODAY + dt.timedelta(364))
    assert day_of(ledger, None) == last + dt.timedelta(days=1)
    [batch] = ledger.history()
    [told] = [notice for notice in batch.notices if notice.code == "dates-in-future"]
    assert (told.data["count"], told.data["line"]) == (1, 4)


def test_orders_of_the_future_alone_still_have_a_day(tmp_path) -> None:
    ahead = TODAY + dt.timedelta(days=30)
    assert day_of(ledger_with(tmp_path, ahead), None) == ahead + dt.timedelta(days=1)


def test_a_day_of_which_nothing_can_be_known_is_refused(tmp_path) -> None:
    ledger = ledger_with(tmp_path, TODAY - dt.timedelta(days=40))
    with pytest.raises(kefen.KefenError, match="as-of-ahead") as refused:
        kefen.grade(ledger, "abc", as_of="9999-12-31")
    latest = TODAY + dt.timedelta(days=31)
    assert refused.value.data["latest"] in {str(latest), str(latest + dt.timedelta(days=1))}
    assert day_of(ledger, TODAY + dt.timedelta(days=30)) == TODAY + dt.timedelta(days=30)
