"""grade: from facts to saved classes, and what a run tells."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import kefen
from kefen.errors import RunError

AS_OF = date(2025, 1, 1)

# Sales 700, 150, 100, 30 and 20 make 1000; cumulative shares 70, 85, 95, 98 and 100 %.
SALES = {"ann": "700", "bob": "150", "cem": "100", "dan": "30", "eve": "20"}


def orders(sales: dict[str, str], day: str = "2024-06-01") -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": [f"o-{name}" for name in sales],
            "customer_id": list(sales),
            "ordered_on": [day] * len(sales),
            "amount": list(sales.values()),
        }
    )


def ledger_of(sales: dict[str, str], *without_orders: str) -> kefen.Ledger:
    names = {"ann": "Ann Ltd.", "bob": "Bob & Sons"}
    ids = [*sales, *without_orders]
    customers = pl.DataFrame(
        {"customer_id": ids, "name": [names.get(i) for i in ids], "region": ["East"] * len(ids)},
        schema_overrides={"name": pl.String},
    )
    return kefen.from_frames(customers=customers, orders=orders(sales))


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    return ledger_of(SALES, "fay")


@pytest.fixture(scope="module")
def run(ledger: kefen.Ledger) -> kefen.Run:
    return kefen.grade(ledger, "abc", as_of=AS_OF)


def classes(run: kefen.Run) -> dict[str, Any]:
    return dict(run.classes.to_polars().select("customer_id", "class").rows())


def test_classes_by_cumulative_share(run: kefen.Run) -> None:
    assert classes(run) == {
        "ann": "A",
        "bob": "B",
        "cem": "B",
        "dan": "C",
        "eve": "C",
        "fay": None,  # no facts: unrated, not the worst class
    }


def test_what_an_argument_cannot_be_is_refused_and_one_may_stand_by_itself(
    ledger: kefen.Ledger, run: kefen.Run
) -> None:
    unknown: Any = "zzz"
    for ask in (
        lambda: run.classes.to_pandas(money=unknown),
        lambda: run.plot(unknown),
        lambda: kefen.backtest(ledger, "abc", value=unknown),
    ):
        with pytest.raises(kefen.KefenError, match="bad-option"):
            ask()
    assert list(run.explanations("ann")) == ["ann"]
    assert [one.scheme.name for one in kefen.grade_many(ledger, "abc", AS_OF)] == ["abc"]


def test_counts_include_the_unrated_who_are_no_part_of_the_shares(run: kefen.Run) -> None:
    figures = [tuple(count.values()) for count in run.counts]
    assert figures == [
        ("A", "rated", 1, Decimal(700), 0.2, 0.7),
        ("B", "rated", 2, Decimal(250), 0.4, 0.25),
        ("C", "rated", 2, Decimal(50), 0.4, 0.05),
        (None, "unrated", 1, Decimal(0), 0.0, 0.0),
    ]
    assert run.customers == 6


def test_the_abc_table(run: kefen.Run) -> None:
    table = run.table().to_polars()
    assert table.columns == [
        *("customer_id", "name", "rank", "cumulative_customers_share"),
        *("value", "cumulative_value", "cumulative_share", "class"),
    ]
    assert table.with_columns(pl.selectors.float().round(9)).rows() == [
        ("ann", "Ann Ltd.", 1, 0.2, Decimal(700), Decimal(700), 0.7, "A"),
        ("bob", "Bob & Sons", 2, 0.4, Decimal(150), Decimal(850), 0.85, "B"),
        ("cem", None, 3, 0.6, Decimal(100), Decimal(950), 0.95, "B"),
        ("dan", None, 4, 0.8, Decimal(30), Decimal(980), 0.98, "C"),
        ("eve", None, 5, 1.0, Decimal(20), Decimal(1000), 1.0, "C"),
    ]
    assert len(run.table(limit=2)) == 2


def test_the_curve_runs_from_nothing_to_all(run: kefen.Run) -> None:
    whole = [(0, 0), (0.2, 0.7), (0.4, 0.85), (0.6, 0.95), (0.8, 0.98), (1, 1)]
    assert run.curve() == [pytest.approx(point) for point in whole]
    assert run.curve(points=3) == [pytest.approx(whole[at]) for at in (0, 2, 5)]


def test_equals_in_the_table_go_by_id() -> None:
    run = kefen.grade(ledger_of({"b": "10", "a": "10", "c": "10"}), "abc", as_of=AS_OF)
    assert run.table().to_polars()["customer_id"].to_list() == ["a", "b", "c"]
    assert set(classes(run).values()) == {"A"}  # equal values share the top class


def test_classes_in_every_library(run: kefen.Run) -> None:
    frame = run.classes
    ids = ["ann", "bob", "cem", "dan", "eve", "fay"]
    assert frame.to_polars()["customer_id"].to_list() == ids
    assert frame.to_arrow()["customer_id"].to_pylist() == ids
    assert frame.to_pandas()["customer_id"].tolist() == ids
    assert frame.to_ibis().to_polars()["customer_id"].to_list() == ids
    assert len(frame) == 6
    assert frame.row(customer_id="bob")["class"] == "B"
    assert frame.row(customer_id="nobody") is None


def test_a_class_is_explained(run: kefen.Run) -> None:
    """bob, 150, is in B; the cut of A is 700."""
    explanation = run.explain("bob")
    assert (explanation.class_, explanation.next_class) == ("B", "A")
    assert "550" in explanation.text("en")
    assert "550" in explanation.text("zh")
    with pytest.raises(RunError) as refused:
        run.explain("nobody")
    assert refused.value.code == "unknown-customer"


def test_runs_are_readable(run: kefen.Run) -> None:
    assert "ABC" in repr(run)
    assert "(unrated)" in repr(run)
    assert "<table>" in run._repr_html_()
    assert "ann" in repr(run.classes)
    assert "<td>ann</td>" in run.classes._repr_html_()


def test_the_default_date_is_the_day_after_the_last_sale(ledger: kefen.Ledger) -> None:
    assert kefen.grade(ledger, "abc").as_of == date(2024, 6, 2)


def test_a_date_may_be_text(ledger: kefen.Ledger) -> None:
    assert kefen.grade(ledger, "abc", as_of="2025-01-01").as_of == AS_OF


def test_a_frame_of_orders_is_enough() -> None:
    frame = orders(SALES)
    for source in (frame, frame.to_pandas(), frame.to_arrow()):
        assert classes(kefen.grade(source, "abc"))["ann"] == "A"


def test_a_run_can_be_opened_again(ledger: kefen.Ledger, run: kefen.Run) -> None:
    again = kefen.open_run(ledger, run.id)
    assert again.counts == run.counts
    assert again.standard == run.standard
    assert (again.as_of, again.status, again.started_at) == (AS_OF, "finished", run.started_at)
    assert again.table().to_polars().equals(run.table().to_polars())
    assert run.id in [saved.id for saved in kefen.runs(ledger)]


def test_the_same_again_gives_the_same(ledger: kefen.Ledger, run: kefen.Run) -> None:
    again = kefen.grade(ledger, "abc", as_of=AS_OF)
    assert again.id.startswith(run.id)
    assert again.id != run.id
    assert again.classes.to_polars().equals(run.classes.to_polars())
    assert again.standard == run.standard


def test_a_standard_can_be_carried_over(run: kefen.Run) -> None:
    """By themselves 160 and 40 would be A (80 %) and C; by the old cuts they are B and C."""
    small = ledger_of({"ann": "160", "bob": "40"})
    assert classes(kefen.grade(small, "abc", as_of=AS_OF)) == {"ann": "A", "bob": "C"}
    carried = kefen.grade(small, "abc", as_of=AS_OF, standard=run.standard)
    assert classes(carried) == {"ann": "B", "bob": "C"}


def test_many_schemes_agree_with_each_alone(ledger: kefen.Ledger) -> None:
    names = ["abc", "value-tiers", "rfm", "weighted"]
    together = kefen.grade_many(ledger, names, as_of=AS_OF)
    for name, one in zip(names, together, strict=True):
        alone = kefen.grade(ledger, name, as_of=AS_OF)
        assert one.classes.to_polars().equals(alone.classes.to_polars())


def test_timings_and_progress(ledger: kefen.Ledger) -> None:
    heard: list[kefen.run.Progress] = []
    run = kefen.grade(ledger, "abc", as_of=date(2024, 12, 31), progress=heard.append)
    assert {"compile", "indicators", "fit", "assign", "write"} <= set(run.timings)
    assert run.duration > 0
    stages = [progress.stage for progress in heard]
    assert stages[0] == "indicators"
    assert stages[-1] == "write"
    assert all(0 <= progress.done <= progress.total for progress in heard)


def test_a_population_by_attribute() -> None:
    """West alone: 150 and 50 are 75 % and 100 % of West's 200."""
    customers = pl.DataFrame(
        {"customer_id": ["ann", "bob", "cem"], "region": ["East", *["West"] * 2]}
    )
    ledger = kefen.from_frames(
        customers=customers, orders=orders({"ann": "900", "bob": "150", "cem": "50"})
    )
    scheme = kefen.schemes.load("abc").dump()
    scheme["population"] = {"attribute": "region", "is": "West"}
    run = kefen.grade(ledger, scheme, as_of=AS_OF)
    assert classes(run) == {"bob": "A", "cem": "C"}


def test_a_population_by_another_column_of_the_file() -> None:
    customers = pl.DataFrame({"customer_id": ["ann", "bob"], "会员等级": ["gold", "none"]})
    ledger = kefen.from_frames(customers=customers, orders=orders({"ann": "9", "bob": "5"}))
    scheme = kefen.schemes.load("abc").dump()
    scheme["population"] = {"attribute": "会员等级", "is": "gold"}
    assert set(classes(kefen.grade(ledger, scheme, as_of=AS_OF))) == {"ann"}


def test_a_population_by_indicator(ledger: kefen.Ledger) -> None:
    scheme = kefen.schemes.load("abc").dump()
    scheme["population"] = {"indicator": "sales", "at_least": 100}
    assert set(classes(kefen.grade(ledger, scheme, as_of=AS_OF))) == {"ann", "bob", "cem"}


def test_one_customer() -> None:
    assert classes(kefen.grade(orders({"ann": "5"}), "abc")) == {"ann": "A"}


def test_nothing_sold() -> None:
    ledger = kefen.from_frames(customers=pl.DataFrame({"customer_id": ["ann"]}))
    with pytest.raises(RunError) as refused:
        kefen.grade(ledger, "abc")
    assert refused.value.code == "nothing-sold"
    assert classes(kefen.grade(ledger, "abc", as_of=AS_OF)) == {"ann": None}


def test_a_date_that_is_none(ledger: kefen.Ledger) -> None:
    with pytest.raises(RunError) as refused:
        kefen.grade(ledger, "abc", as_of="2025-02-30")
    assert refused.value.code == "bad-as-of"


def test_a_failed_run_is_kept_with_its_reason() -> None:
    ledger = ledger_of(SALES)
    scheme = kefen.schemes.load("abc").dump()
    scheme["population"] = {"attribute": "colour", "is": "red", "indicator": None}
    other = kefen.schemes.load("rfm").dump() | {"window": "6m"}
    standard = kefen.grade(ledger, "abc", as_of=AS_OF).standard
    with pytest.raises(kefen.KefenError):
        kefen.grade(ledger, other, as_of=AS_OF, standard=standard)
    failed = kefen.runs(ledger)[-1]
    assert failed.status == "failed"
    assert failed.reason["code"] == "other-method"
    assert "other-method" in repr(failed)
    with pytest.raises(RunError) as refused:
        _ = failed.classes
    assert refused.value.code == "run-failed"


def test_an_unknown_run(ledger: kefen.Ledger) -> None:
    for name in ("nothing", "../ledger", ""):
        with pytest.raises(RunError) as refused:
            kefen.open_run(ledger, name)
        assert refused.value.code == "unknown-run"
