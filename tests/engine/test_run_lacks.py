"""Facts that are not there, windows that cannot be: the run says so."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from classing import classes, scheme, words

import kefen
from kefen.period import PeriodError
from kefen.run import missing_facts

AS_OF = date(2025, 1, 1)


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    """Two who bought, and no invoice."""
    return kefen.from_frames(
        orders=pl.DataFrame(
            {"customer_id": ["ann", "bob"], "ordered_on": ["2024-06-01"] * 2, "amount": [9, 1]}
        )
    )


def overdue(**fields):
    document = {
        "indicator": "overdue_amount",
        "better": "lower",
        "classes": classes(0, 1000, field="at_most"),
    }
    return scheme("threshold", **(document | fields))


def test_a_scheme_without_its_facts_says_so(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, overdue(), AS_OF)
    assert [(note.code, note.kind) for note in run.notes] == [
        *(("no-facts", "invoices"), ("no-facts", "payments")),
    ]
    # Nobody is in the best class for lack of invoices, nor in the worst.
    assert run.classes.to_polars()["class"].to_list() == [None, None]
    assert "The scheme needs Invoices, but the ledger has none." in run.explain("ann").text("en")
    assert "账本里还没有" in run.explain("ann").text("zh")
    assert kefen.open_run(ledger, run.id).notes == run.notes


def test_what_is_there_is_not_noted(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    assert run.notes == []
    assert "notes" not in json.loads((run.folder / "run.json").read_text())
    by_region = scheme(
        "rules",
        classes=[{"key": k, "title": words(k)} for k in "AB"],
        rules=[{"class": "A", "when": {"attribute": "region", "is": "N"}}],
        **{"else": "B"},
    )
    empty = kefen.from_frames(customers=pl.DataFrame({"customer_id": ["ann"]}))
    assert missing_facts(empty, by_region, AS_OF) == []
    assert [note.kind for note in missing_facts(empty, kefen.schemes.load("abc"), AS_OF)] == [
        "orders"
    ]


def test_a_cap_on_facts_that_are_not_there_holds_nobody_back(ledger: kefen.Ledger) -> None:
    cap = {
        "when": {"indicator": "overdue_amount", "above": 0},
        "at_most": "B",
        "reason": words("overdue"),
    }
    wanted = kefen.schemes.load("abc").dump() | {"caps": [cap]}
    run = kefen.grade(ledger, wanted, AS_OF)
    assert [note.kind for note in run.notes] == ["invoices", "payments"]
    assert run.classes.to_polars()["class"].to_list() == ["A", "C"]


def test_a_window_before_all_time_fails_its_own_run_only(ledger: kefen.Ledger) -> None:
    endless = kefen.schemes.load("abc").dump() | {"window": "1999y"}
    with pytest.raises(PeriodError) as refused:
        kefen.grade(ledger, endless, AS_OF)
    assert refused.value.code == "window-too-far"
    bad, good = kefen.grade_many(ledger, [endless, "abc"], AS_OF)
    assert (bad.status, good.status) == ("failed", "finished")
    assert bad.reason == {
        "code": "window-too-far",
        "data": {"value": "1999y", "as_of": str(AS_OF)},
    }


def test_a_run_as_of_a_day_before_the_first_sale_says_so(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, "abc", date(2024, 6, 1))
    told = [note for note in run.notes if note.code == "before-sales"]
    assert [(note.began, note.since) for note in told] == [(date(2024, 6, 1), date(2024, 6, 1))]
    assert "the first sale in the ledger is of 2024-06-01" in run.explain("ann").text("en")
    later = kefen.grade(ledger, "abc", date(2024, 6, 2))
    assert not [note for note in later.notes if note.code == "before-sales"]
