"""Classes that people set: they hold with reason and expiry, and the run tells of them."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen.errors import RunError, SchemeError
from kefen.schemes.overrides import Override, read_overrides

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2025, 1, 1)
# Of 1000: 70, 85, 95, 98 and 100 %: A, B, B, C, C.
SALES = {"ann": "700", "bob": "150", "cem": "100", "dan": "30", "eve": "20"}
EVERYONE = [*SALES, "fay"]


def override(customer: str, class_: str, **fields: Any) -> Override:
    told = {"reason": "新签年度合同", "by": "Ann", "since": date(2024, 12, 1)} | fields
    return Override(customer, class_, **told)


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    """Five who bought in 2024, and fay, who never did."""
    orders = pl.DataFrame(
        {
            "order_id": [f"o-{name}" for name in SALES],
            "customer_id": list(SALES),
            "ordered_on": ["2024-06-01"] * len(SALES),
            "amount": list(SALES.values()),
        }
    )
    customers = pl.DataFrame({"customer_id": EVERYONE})
    return kefen.from_frames(customers=customers, orders=orders)


def column(run: kefen.Run, name: str) -> dict[str, Any]:
    return dict(run.classes.to_polars().select("customer_id", name).rows())


def test_a_person_decides_even_about_the_unrated(ledger: kefen.Ledger) -> None:
    decided = [override("dan", "A"), override("fay", "C")]
    run = kefen.grade(ledger, "abc", AS_OF, overrides=decided)
    assert column(run, "class") == dict(zip(EVERYONE, "ABBACC", strict=True))
    assert column(run, "computed") == dict(zip(EVERYONE, [*"ABBCC", None], strict=True))
    assert column(run, "held_by") == dict.fromkeys(SALES) | dict.fromkeys(
        ("dan", "fay"), "override"
    )
    assert run.classes.columns[:6] == [
        *("customer_id", "class", "score", "computed", "held_by", "pending")
    ]
    # A 700 + 30, B 150 + 100, C 20 and fay's nothing.
    told = [(c["class"], c["customers"], int(c["value"])) for c in run.counts]
    assert told == [("A", 2, 730), ("B", 2, 250), ("C", 2, 20)]
    assert kefen.compare(run, run).stable == 1.0


@pytest.mark.parametrize(
    ("until", "class_", "why"),
    [(date(2025, 1, 1), "A", []), (date(2024, 12, 31), "C", ["expired"]), (None, "A", [])],
)
def test_it_holds_to_the_end_of_its_last_day(
    ledger: kefen.Ledger, until: date | None, class_: str, why: list[str]
) -> None:
    run = kefen.grade(ledger, "abc", AS_OF, overrides=[override("dan", "A", until=until)])
    assert column(run, "class")["dan"] == class_
    assert [one["why"] for one in run.ignored_overrides] == why


def test_the_latest_decision_counts(ledger: kefen.Ledger) -> None:
    decided = [override("dan", "A"), override("dan", "B", since=date(2024, 11, 1))]
    run = kefen.grade(ledger, "abc", AS_OF, overrides=decided)
    assert column(run, "class")["dan"] == "A"
    assert [(o["class"], o["why"]) for o in run.ignored_overrides] == [("B", "replaced")]


def test_a_customer_who_takes_no_part_is_told_of(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, "abc", AS_OF, overrides=[override("zoe", "A"), override("dan", "B")])
    assert [(o["customer_id"], o["why"]) for o in run.ignored_overrides] == [
        ("zoe", "not-in-population")
    ]
    assert "zoe" not in column(run, "class")


def test_a_class_the_scheme_does_not_have(ledger: kefen.Ledger) -> None:
    with pytest.raises(SchemeError) as refused:
        kefen.grade(ledger, "abc", AS_OF, overrides=[override("dan", "gold")])
    assert refused.value.code == "override-unknown-class"
    assert refused.value.data["allowed"] == ["A", "B", "C"]
    assert kefen.runs(ledger)[-1].reason["code"] == "override-unknown-class"
    late = override("dan", "gold", until=date(2024, 1, 1))
    assert kefen.grade(ledger, "abc", AS_OF, overrides=[late]).status == "finished"


def test_it_is_explained(ledger: kefen.Ledger) -> None:
    decided = [override("dan", "A", until=date(2025, 3, 31)), override("eve", "B")]
    run = kefen.grade(ledger, "abc", AS_OF, overrides=decided)
    told = run.explain("dan")
    assert (told.class_, told.computed, told.held_by, told.next_class) == (
        *("A", "C", "override", None),
    )
    assert told.sentences("zh")[-1] == (
        "Ann于 2024-12-01 定为“A 类客户”，有效期至 2025-03-31：新签年度合同"
    )
    assert told.text("en").startswith("Class A\n- Sales 30 < 100, the bound of Class B.\n")
    assert run.explain("eve").sentences("en")[-1] == (
        "Set to Class B by Ann on 2024-12-01: 新签年度合同"
    )
    assert run.explain("bob").held_by is None


def test_the_record_tells_and_is_read_again(ledger: kefen.Ledger) -> None:
    first = kefen.grade(ledger, "abc", date(2024, 12, 1))
    decided = [override("dan", "A"), override("zoe", "B")]
    run = kefen.grade(ledger, "abc", AS_OF, previous=first, overrides=decided)
    again = kefen.open_run(ledger, run.id)
    assert again.overrides == run.overrides == decided[:1]
    assert (again.previous, again.ignored_overrides) == (first.id, run.ignored_overrides)
    assert again.explain("dan").text("zh") == run.explain("dan").text("zh")


def test_without_any_the_files_are_as_before(ledger: kefen.Ledger) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    lapse = ["class_state", "last_purchase", "past_worth"]
    assert run.classes.columns == ["customer_id", "class", "score", *lapse, "sales", "orders"]
    record = json.loads((run.folder / "run.json").read_text())
    assert not {"previous", "overrides", "ignored_overrides"} & set(record)


def test_many_schemes_have_their_own(ledger: kefen.Ledger) -> None:
    abc, tiers = kefen.grade_many(
        ledger, ["abc", "value-tiers"], AS_OF, overrides={"abc": [override("dan", "A")]}
    )
    assert column(abc, "class")["dan"] == "A"
    assert "held_by" not in tiers.classes.columns


def test_what_cannot_be_the_run_before(ledger: kefen.Ledger) -> None:
    tiers = kefen.grade(ledger, "value-tiers", AS_OF)
    with pytest.raises(RunError) as refused:
        kefen.grade(ledger, "abc", AS_OF, previous=tiers)
    assert refused.value.code == "previous-other-scheme"
    later = kefen.grade(ledger, "abc", date(2025, 2, 1))
    with pytest.raises(RunError) as refused:
        kefen.grade(ledger, "abc", AS_OF, previous=later)
    assert refused.value.code == "previous-later"


def test_a_file_of_overrides_is_read_or_says_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "overrides.csv"
    path.write_text("customer_id,class,reason,by,since\nann,C,新签,Ann,2024-12-01\n", "utf-8")
    assert read_overrides(path) == [override("ann", "C", reason="新签")]
    good = "customer_id,class,reason,by,since\nann,C,新签,Ann,2024-12-01\n"
    for text, lacks, line in (
        ("customer_id,class\nann,C\n", "reason, by, since", 2),
        ("customer_id,class,reason,by,since\nann,C,,Ann,2024-12-01\n", "reason", 2),
        (f"{good}bob,C, ,,2024-12-01\n", "reason, by", 3),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(SchemeError) as told:
            read_overrides(path)
        assert (told.value.code, told.value.data["line"]) == ("overrides-unreadable", line)
        assert told.value.data["reason"] == lacks
