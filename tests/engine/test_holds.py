"""Caps and hysteresis over sequences of runs, worked out by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import ibis
import polars as pl
import pyarrow as pa
import pytest
from classing import classes, customers, rows, scheme
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
import kefen.wording
from kefen import schemes
from kefen.explain import explain
from kefen.explain.holds import beside
from kefen.run.preview import PreviewSession
from kefen.schemes.adjustments import BEFORE, hold
from kefen.schemes.overrides import Override

RULED = classes(300, 200, 100, field="at_least")  # A, B, C, D
AT_MOST_C = {
    "when": {"indicator": "recency", "above": 90},
    "at_most": "C",
    "reason": {"zh": "90 天未购买", "en": "nothing bought for 90 days"},
}


def ruled(**fields: Any) -> schemes.Scheme:
    return scheme("threshold", classes=RULED, **fields)


def before(**stood: tuple[str | None, int]) -> ibis.Table:
    """Who stood in which class: `_1=("A", 0)`."""
    table = pa.table(
        {
            "customer_id": pa.array([name[1:] for name in stood], pa.string()),
            "was": pa.array([class_ for class_, _ in stood.values()], pa.string()),
            "runs": pa.array([runs for _, runs in stood.values()], pa.int32()),
        }
    )
    return ibis.memtable(table, schema=BEFORE)


def held(engine: Any, wanted: Any, table: Any, earlier: Any = None, overrides: Any = ()) -> Any:
    standard = schemes.fit(wanted, table, engine)
    assigned = schemes.assign(wanted, standard, table)
    return rows(engine, hold(wanted, standard, assigned, earlier, overrides))


def told(found: Any, *names: str) -> list[Any]:
    return [tuple(row[name] for name in names) for row in found]


def run_after_run(engine: Any, wanted: Any, *sales: Any) -> list[Any]:
    """One customer's sales from run to run: (computed, class, pending) of each."""
    earlier, steps = None, []
    for value in sales:
        [row] = held(engine, wanted, customers(sales=[value]), earlier)
        steps.append((row["computed"], row["class"], row["pending"]))
        earlier = before(_1=(row["standing"], row["pending"]))
    return steps


def test_a_downgrade_needs_runs_in_a_row(engine: Any) -> None:
    wanted = ruled(hysteresis={"runs": 3})
    assert run_after_run(engine, wanted, 300, 200, 100, 250, 250) == [
        ("A", "A", 0),
        ("B", "A", 1),
        ("C", "A", 2),
        ("B", "B", 0),  # the third in a row: down, to what this run computed
        ("B", "B", 0),
    ]


def test_a_good_run_in_between_begins_anew(engine: Any) -> None:
    wanted = ruled(hysteresis={"runs": 2})
    assert run_after_run(engine, wanted, 300, 200, 300, 200, 200) == [
        *(("A", "A", 0), ("B", "A", 1), ("A", "A", 0), ("B", "A", 1), ("B", "B", 0)),
    ]


def test_upgrades_come_at_once(engine: Any) -> None:
    wanted = ruled(hysteresis={"runs": 2})
    assert run_after_run(engine, wanted, 0, 200, 100, 300) == [
        *(("D", "D", 0), ("B", "B", 0), ("C", "B", 1), ("A", "A", 0)),
    ]


def test_unrated_is_no_downgrade(engine: Any) -> None:
    """Who cannot be rated is unrated at once, and begins anew."""
    wanted = ruled(hysteresis={"runs": 2})
    assert run_after_run(engine, wanted, 300, None, 100) == [
        *(("A", "A", 0), (None, None, 0), ("C", "C", 0)),
    ]


@pytest.mark.parametrize("margin", ["10%", 0.1, 30])
def test_a_margin_about_the_bound(engine: Any, margin: Any) -> None:
    """The bound of A, 300, eased by a tenth or by 30 is 270; a value on it keeps A."""
    wanted = ruled(hysteresis={"margin": margin})
    assert run_after_run(engine, wanted, 300, "270", "269.99", 299, 300) == [
        *(("A", "A", 0), ("B", "A", 1), ("B", "B", 0), ("B", "B", 0), ("A", "A", 0)),
    ]


def test_a_margin_holds_each_bound_on_the_way_down(engine: Any) -> None:
    """185 from A: it misses 270, but not 180, the eased bound of B, which it stood above too."""
    wanted = ruled(hysteresis={"margin": "10%"})
    steps = run_after_run(engine, wanted, 300, 185, 185, 179)
    assert steps == [("A", "A", 0), ("C", "B", 1), ("C", "B", 2), ("C", "C", 0)]


def test_a_margin_where_less_is_better(engine: Any) -> None:
    wanted = scheme(
        "threshold",
        indicator="recency",
        better="lower",
        classes=classes(30, 90, field="at_most"),
        hysteresis={"margin": 5},
    )
    found = held(
        engine,
        wanted,
        customers(recency=[35, 36, 90]),
        before(_1=("A", 0), _2=("A", 0), _3=("C", 0)),
    )
    assert told(found, "class", "held_by") == [("A", "hysteresis"), ("B", None), ("B", None)]


def test_a_margin_below_nothing(engine: Any) -> None:
    """A tenth of the bound −100 is 10: the eased bound is −110."""
    wanted = scheme(
        "threshold",
        indicator="profit",
        classes=classes(-100, field="at_least"),
        hysteresis={"margin": "10%"},
    )
    found = held(engine, wanted, customers(profit=[-110, -111]), before(_1=("A", 0), _2=("A", 0)))
    assert told(found, "class") == [("A",), ("B",)]


def test_a_margin_of_points(engine: Any) -> None:
    """Score 50 is B; the bound of A, 52, less 3 points is 49."""
    wanted = scheme(
        "weighted",
        indicators=[{"indicator": "sales", "weight": 1, "normalise": {"by": "minmax"}}],
        classes=classes(52, field="at_least"),
        hysteresis={"margin": 3},
    )
    table = customers(sales=[0, 100, 50, 48])
    found = held(engine, wanted, table, before(_3=("A", 0), _4=("A", 0)))
    assert told(found, "class", "held_by") == [
        *(("B", None), ("A", None), ("A", "hysteresis"), ("B", None)),
    ]


def test_new_customers_and_classes_that_are_no_more_begin_anew(engine: Any) -> None:
    wanted = ruled(hysteresis={"runs": 2})
    table = customers(sales=[100, 100, 100])
    found = held(engine, wanted, table, before(_1=("gold", 1), _2=(None, 0)))
    assert told(found, "class", "pending") == [("C", 0)] * 3


def test_a_cap_holds_back_the_better_classes_only(engine: Any) -> None:
    wanted = ruled(caps=[AT_MOST_C])
    table = customers(sales=[300, 300, 100, 50, None], recency=[91, 90, 200, 200, 200])
    found = held(engine, wanted, table)
    assert told(found, "computed", "class", "held_by") == [
        *(("A", "C", "cap"), ("A", "A", None), ("C", "C", None), ("D", "D", None)),
        (None, None, None),
    ]


def test_of_several_caps_the_lowest_counts(engine: Any) -> None:
    lower = AT_MOST_C | {"at_most": "D", "when": {"indicator": "recency", "above": 180}}
    wanted = ruled(caps=[lower, AT_MOST_C])
    table = customers(sales=[300, 300], recency=[100, 200])
    assert told(held(engine, wanted, table), "class") == [("C",), ("D",)]


def test_what_is_not_known_is_not_capped(engine: Any) -> None:
    wanted = ruled(caps=[AT_MOST_C])
    assert told(held(engine, wanted, customers(sales=[300], recency=[None])), "class") == [("A",)]


def test_computed_then_hysteresis_then_caps_then_override(engine: Any) -> None:
    """1 is held at A, then capped to C; when the cap goes, A still stands. 2 is set to B."""
    wanted = ruled(hysteresis={"runs": 2}, caps=[AT_MOST_C])
    table = customers(sales=[200, 200, 300], recency=[100, 100, 10])
    earlier = before(_1=("A", 0), _2=("A", 0), _3=("D", 0))
    decided = [Override("2", "B", "why not", "ann", date(2025, 1, 1))]
    found = held(engine, wanted, table, earlier, decided)
    assert told(found, "computed", "standing", "class", "held_by", "pending") == [
        ("B", "A", "C", "cap", 1),
        ("B", "A", "B", "override", 1),
        ("A", "A", "A", None, 0),
    ]


def test_nothing_used_nothing_added(engine: Any) -> None:
    table = customers(sales=[300])
    wanted = ruled()
    standard = schemes.fit(wanted, table, engine)
    assigned = schemes.assign(wanted, standard, table)
    assert hold(wanted, standard, assigned) is assigned


CUSTOMER = st.tuples(
    st.integers(0, 400) | st.none(),
    st.integers(0, 200) | st.none(),
    st.sampled_from(["A", "B", "C", "D", "gold", None]),
    st.integers(0, 4),
    st.booleans(),
)


@pytest.mark.parametrize("hysteresis", [{"runs": 3}, {"margin": "10%"}, {"margin": 25}])
@settings(max_examples=6, suppress_health_check=list(HealthCheck))
@given(st.lists(CUSTOMER, min_size=1, max_size=12))
def test_rows_are_explained_as_they_are_held(engine: Any, hysteresis: Any, people: Any) -> None:
    wanted = ruled(hysteresis=hysteresis, caps=[AT_MOST_C])
    table = customers(sales=[p[0] for p in people], recency=[p[1] for p in people])
    earlier = before(**{f"_{at}": (p[2], p[3]) for at, p in enumerate(people, 1)})
    decided = {
        str(at): Override(str(at), "B", "so", "ann", date(2025, 1, 1))
        for at, p in enumerate(people, 1)
        if p[4]
    }
    standard = schemes.fit(wanted, table, engine)
    found = held(engine, wanted, table, earlier, list(decided.values()))
    keys = wanted.keys()
    for row in found:
        override = decided.get(row["customer_id"])
        explained = explain(wanted, standard, row, override)
        assert explained == explain(wanted, standard, row, override, of_run=True)
        assert (explained.class_, explained.computed, explained.held_by) == (
            *(row["class"], row["computed"], row["held_by"]),
        )
        for lang in ("en", "zh"):
            assert "{" not in explained.text(lang)
        if row["computed"] is not None:
            assert keys.index(row["standing"]) <= keys.index(row["computed"])
            assert (row["pending"] > 0) == (row["standing"] != row["computed"])


def test_the_way_up_from_a_class_set_by_hand() -> None:
    """25,000 is the second of three classes; whoever is set into the first is at the top."""
    wanted = schemes.load("single-sales")
    large, medium, small = wanted.keys()
    standard = schemes.METHODS["threshold"].standard(
        scheme=wanted.hash, customers=1, column="sales", better="higher", cuts=[100000, 20000]
    )
    for set_to, following in ((large, None), (medium, large), (small, large)):
        decided = Override("1", set_to, "so", "ann", date(2025, 1, 1))
        found = explain(wanted, standard, {"sales": 25000, "orders": 3}, decided)
        assert (found.class_, found.computed, found.next_class) == (set_to, medium, following)
        assert bool(found.to_next) is (following is not None)


def test_what_holds_is_told(engine: Any) -> None:
    wanted = ruled(hysteresis={"runs": 3}, caps=[AT_MOST_C])
    table = customers(sales=[200, 300], recency=[10, 100])
    standard = schemes.fit(wanted, table, engine)
    one, two = held(engine, wanted, table, before(_1=("A", 1), _2=("A", 0)))
    first = explain(wanted, standard, one)
    assert first.text("en") == (
        "A\n"
        "- Sales 200 ≥ 200, the bound of B.\n"
        "- Computed B: run 2 of the 3 in a row that it takes to go down from A.\n"
        "To earn A by the figures:\n"
        "- Sales up by 100: 200 → 300."
    )
    second = explain(wanted, standard, two)
    assert (second.class_, second.next_class) == ("C", "A")
    assert second.text("zh").splitlines()[2:] == [
        "- 最高为“C”：90 天未购买（距上次购买天数 100 天 > 90 天）",
        "升到“A”：",
        "- 不再有此情形时：90 天未购买（距上次购买天数 100 天 > 90 天）",
    ]
    eased = ruled(hysteresis={"margin": "10%"})
    [row] = held(engine, eased, customers(sales=[Decimal(280)]), before(_1=("A", 0)))
    assert explain(eased, standard, row).sentences("en")[1] == (
        "Computed B; Sales 280 ≥ 270, the bound of A less the margin, keeps A."
    )


def ledger() -> kefen.Ledger:
    """ann buys 300 in 2023 and 250 a year later; bob 300 each year."""
    orders = [
        *(("ann", "2023-06-01", "300"), ("ann", "2024-06-01", "250")),
        *(("bob", "2023-06-01", "300"), ("bob", "2024-06-01", "300")),
    ]
    frame = pl.DataFrame(orders, schema=["customer_id", "ordered_on", "amount"], orient="row")
    return kefen.from_frames(
        orders=frame, customers=pl.DataFrame({"customer_id": ["ann", "bob"], "region": ["N", "S"]})
    )


def classed(run: kefen.Run, *names: str) -> list[Any]:
    return run.classes.to_polars().select(*names).rows()


def test_run_after_run() -> None:
    source = ledger()
    south = {
        "when": {"attribute": "region", "is": "S"},
        "at_most": "B",
        "reason": {"zh": "南区", "en": "the south"},
    }
    wanted = ruled(hysteresis={"runs": 2}, caps=[south]).dump()
    first = kefen.grade(source, wanted, "2024-01-01")
    assert classed(first, "class", "held_by") == [("A", None), ("B", "cap")]
    second = kefen.grade(source, wanted, "2024-12-01", previous=first)
    assert classed(second, "computed", "class", "held_by", "pending") == [
        *(("B", "A", "hysteresis", 1), ("A", "B", "cap", 0)),
    ]
    # The same day again counts once; the next day is the second in a row.
    again = kefen.grade(source, wanted, "2024-12-01", previous=second)
    assert classed(again, "class", "pending") == classed(second, "class", "pending")
    assert again.previous == first.id
    third = kefen.grade(source, wanted, "2024-12-02", previous=again)
    assert classed(third, "class", "held_by", "pending") == [("B", None, 0), ("B", "cap", 0)]
    assert [c["customers"] for c in third.counts] == [0, 2, 0, 0]
    assert "南区" in third.explain("bob").text("zh")
    assert "1" in kefen.open_run(source, second.id).explain("ann").sentences("zh")[1]


def test_hysteresis_begins_with_runs_that_knew_none() -> None:
    """The run before had overrides only: what it computed stands."""
    source = ledger()
    decided = [Override("ann", "D", "so", "bob", date(2024, 1, 1), date(2024, 6, 30))]
    plain = kefen.grade(source, ruled().dump(), "2024-01-01", overrides=decided)
    assert classed(plain, "class") == [("D",), ("A",)]
    wanted = ruled(hysteresis={"runs": 2}).dump()
    later = kefen.grade(source, wanted, "2024-12-01", previous=plain, overrides=decided)
    assert classed(later, "class") == [("A",), ("A",)]


FAULTY: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"caps": [AT_MOST_C | {"at_most": "Z"}]}, [("caps[0].at_most", "cap-unknown-class")]),
    ({"caps": [AT_MOST_C | {"at_most": "A"}]}, [("caps[0].at_most", "cap-of-nobody")]),
    (
        {"caps": [AT_MOST_C | {"when": {"indicator": "recencyy", "above": 3}}]},
        [("caps[0].when.indicator", "unknown-indicator")],
    ),
    (
        {"caps": [AT_MOST_C | {"when": {"indicator": "recency"}}]},
        [("caps[0].when", "condition-open")],
    ),
    ({"hysteresis": {}}, [("hysteresis", "hysteresis-unclear")]),
    ({"hysteresis": {"runs": 2, "margin": 3}}, [("hysteresis", "hysteresis-unclear")]),
    ({"hysteresis": {"runs": 1}}, [("hysteresis.runs", "out-of-range")]),
    ({"hysteresis": {"margin": 0}}, [("hysteresis.margin", "out-of-range")]),
    ({"hysteresis": {"margin": "100%"}}, [("hysteresis.margin", "bad-margin")]),
    ({"hysteresis": {"margin": "much"}}, [("hysteresis.margin", "wrong-type")]),
    ({"ranked": False, "caps": [AT_MOST_C]}, [("caps", "classes-unranked")]),
    ({"caps": 3}, [("caps", "wrong-type")]),
]


@pytest.mark.parametrize(("fields", "faults"), FAULTY)
def test_faults(fields: Any, faults: Any) -> None:
    document = ruled().dump() | fields
    found = schemes.check(document)
    assert [(fault.path, fault.code) for fault in found] == faults
    for fault in found:
        for lang in ("en", "zh"):
            said = kefen.wording.sentence(fault.code, fault.data, lang)
            assert "{" not in said
            assert not said.startswith(fault.code)


def test_no_margin_without_a_bound() -> None:
    document = schemes.load("rfm").dump() | {"hysteresis": {"margin": "5%"}}
    assert [fault.code for fault in schemes.check(document)] == ["margin-of-nothing"]
    assert schemes.check(document | {"hysteresis": {"runs": 2}}) == []


@pytest.mark.parametrize("method", ["abc", "weighted"])
def test_previews_cap_too(method: str) -> None:
    source = ledger()
    south = {
        "when": {"any": [{"attribute": "region", "is": "S"}, {"indicator": "orders", "above": 9}]},
        "reason": {"zh": "南区", "en": "the south"},
    }
    document = schemes.load(method).dump()
    document["caps"] = [south | {"at_most": document["classes"][-1]["key"]}]
    bench = PreviewSession(source, "2025-01-01")
    found = bench.preview(document)
    assert found.counts == kefen.grade(source, document, "2025-01-01").counts
    assert found.counts[0]["customers"] == 0
    assert found.counts[-1]["customers"] == 2
    bench.close()


def test_what_a_scheme_says_beside_its_classes(engine: Any) -> None:
    wanted = ruled(hysteresis={"margin": "5%"}, caps=[AT_MOST_C])
    assert beside(wanted) == [
        "A class is kept until its bound is missed by more than 5% of the bound.",
        "At most C for nothing bought for 90 days: Days since last purchase > 90 days.",
    ]
    assert "连续 3 次" in beside(ruled(hysteresis={"runs": 3}), lang="zh")[0]
    assert beside(ruled(hysteresis={"margin": 30}))[0].endswith("by more than 30.")
    judged = schemes.load("weighted").dump() | {"weights": {"by": "entropy"}}
    for item in judged["indicators"]:
        del item["weight"]
    entropy = schemes.load(judged)
    table = customers(**{
        name: [3, 2, 1]
        for name in ("sales", "profit", "average_order_value", "frequency", "recency", "growth")
    })  # fmt: skip
    assert "entropy" in beside(entropy, schemes.fit(entropy, table, engine))[0]


@pytest.mark.parametrize("method", ["share", "quantile"])
def test_a_margin_about_a_cut_that_was_found(engine: Any, method: str) -> None:
    """Sales 100, 60, 40: half of the total, or a third of the customers, ends at 100. A tenth
    below it, 90, keeps A; 89 does not.
    """
    cuts = {"share": ({"upto": 0.5},), "quantile": ({"share": 0.34}, {"share": 0.66})}[method]
    listed = classes(None, field="upto")
    for entry in listed:
        entry.pop("upto", None)
    for entry, cut in zip(listed, cuts, strict=False):
        entry.update(cut)
    wanted = scheme(method, classes=listed, hysteresis={"margin": "10%"})
    standard = schemes.fit(wanted, customers(sales=[100, 60, 40]), engine)
    later = schemes.assign(wanted, standard, customers(sales=[100, 90, 89]))
    earlier = before(_1=("A", 0), _2=("A", 0), _3=("A", 0))
    found = rows(engine, hold(wanted, standard, later, earlier, ()))
    assert told(found, "computed", "class") == [("A", "A"), ("B", "A"), ("B", "B")]
