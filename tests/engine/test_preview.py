"""Previews say what a run would, without one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from company_for_previews import AS_OF, EARLIER, company
from hypothesis import given, settings
from hypothesis import strategies as st

import kefen
from kefen import schemes
from kefen.evaluate import compare
from kefen.indicators import Request, measured
from kefen.indicators.catalogue import is_own
from kefen.period import Window
from kefen.run import preview
from kefen.run.preview import PreviewSession
from kefen.run.preview_figures import ABSENT
from kefen.schemes.cuts import find
from kefen.schemes.methods.weighted import fitting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.ledger import Ledger

WORDS = {"zh": "甲", "en": "A"}
ONE_OF_EACH = {one.method: one.name for one in reversed(schemes.builtin())}
"""A ready-made scheme of each method."""


@pytest.fixture(scope="module")
def ledger() -> Iterator[Ledger]:
    opened = company()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def bench(ledger: Ledger) -> Iterator[PreviewSession]:
    opened = PreviewSession(ledger, AS_OF)
    yield opened
    opened.close()


def own(scheme: schemes.Scheme) -> bool:
    return all(is_own(one.definition()) for one in scheme.requests())


def changed(name: str, **fields: Any) -> dict[str, Any]:
    return schemes.load(name).dump() | fields


@pytest.mark.parametrize("name", ONE_OF_EACH.values(), ids=ONE_OF_EACH.keys())
def test_a_preview_counts_what_a_run_counts(
    name: str, ledger: Ledger, bench: PreviewSession
) -> None:
    before = kefen.grade(ledger, name, EARLIER)
    found = bench.preview(name, before)
    run = kefen.grade(ledger, name, AS_OF)
    assert found.faults == []
    assert found.counts == run.counts
    assert found.standard == run.standard
    assert found.matrix == compare(before, run).matrix


@pytest.mark.parametrize("name", ONE_OF_EACH.values(), ids=ONE_OF_EACH.keys())
def test_what_a_run_wrote_is_not_measured_again(
    name: str, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = kefen.grade(ledger, name, AS_OF)
    session, measuring = PreviewSession(ledger, AS_OF), PreviewSession(ledger, AS_OF)
    measuring.preview(name)
    passes = []
    monkeypatch.setattr(preview, "measured", lambda *args: passes.append(args) or measured(*args))
    scheme = schemes.load(name)
    found = session.preview(scheme.dump(), run)
    assert bool(passes) is bool(scheme.attributes() or not own(scheme))
    document = scheme.dump()
    again = measuring.preview(document, run)
    assert found.counts == again.counts == run.counts
    assert (found.standard, found.matrix) == (again.standard, again.matrix)
    assert (found.spread is None) is (again.spread is None)
    if found.spread and again.spread:
        assert found.spread.mass == pytest.approx(again.spread.mass)
        assert replace(found.spread, mass=[]) == replace(again.spread, mass=[])
    assert sorted(map(str, found.cells)) == sorted(map(str, again.cells))
    assert session.members(document, run).rows == measuring.members(document, run).rows
    session.close()
    measuring.close()


@pytest.mark.parametrize(
    "other",
    [
        {"window": "24m"},
        {"population": {"indicator": "orders", "at_least": 2}},
        {"value": "profit"},
    ],
)
def test_what_a_run_wrote_of_others_is_measured(other: Any, ledger: Ledger) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    session = PreviewSession(ledger, AS_OF)
    document = changed("abc", **other)
    found = session.preview(document, run)
    assert found.faults == []
    assert found.counts == kefen.grade(ledger, document, AS_OF).counts
    session.close()


def test_a_run_of_another_kefen_is_measured_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = kefen.grade(ledger, "abc", AS_OF)
    assert kefen.open_run(ledger, run.id).made_by == run.made_by
    session = PreviewSession(ledger, AS_OF)
    passes = []
    monkeypatch.setattr(preview, "measured", lambda *args: passes.append(args) or measured(*args))
    session.preview("abc", replace(run, made_by=""))
    assert passes
    session.close()


ASKED = ["sales", "profit", "frequency", "recency"]
NORMALISED: list[dict[str, Any]] = [
    {"by": "percentile"},
    {"by": "minmax"},
    {"by": "minmax", "clip": [0.1, 0.9]},
    {"by": "zscore"},
]


def scored_by(indicators: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    return changed("weighted", indicators=indicators, **fields)


@st.composite
def indicators(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some indicators of the same weight, each with its own way of making points."""
    names = draw(st.lists(st.sampled_from(ASKED), min_size=1, unique=True))
    return [
        {
            "indicator": name,
            "weight": 1 / len(names),
            "better": draw(st.sampled_from(["higher", "lower"])),
            "missing": draw(st.sampled_from(["unrated", "zero", "skip"])),
            "normalise": draw(st.sampled_from(NORMALISED)),
        }
        for name in names
    ]


@given(
    before=indicators(),
    changes=indicators(),
    least=st.sampled_from([{"orders": 1}, {"orders": 2}]),
)
@settings(max_examples=10, deadline=None)
def test_points_are_those_of_the_long_way_whatever_the_run_found(
    before: list[dict[str, Any]],
    changes: list[dict[str, Any]],
    least: dict[str, int],
    ledger: Ledger,
) -> None:
    by_name = {one["indicator"]: one for one in changes}
    after = [by_name.get(one["indicator"], one) | {"weight": one["weight"]} for one in before]
    run = kefen.grade(ledger, scored_by(before), AS_OF)
    document = scored_by(after, minimum=least)
    session, measuring = PreviewSession(ledger, AS_OF), PreviewSession(ledger, AS_OF)
    found, again = session.preview(document, run), measuring.preview(document)
    assert found.faults == again.faults == []
    assert (found.standard, found.counts) == (again.standard, again.counts)
    session.close()
    measuring.close()


@pytest.mark.parametrize(
    ("change", "anew"),
    [
        ({}, []),
        ({"weight": 60}, []),
        ({"normalise": {"by": "minmax"}}, ["sales"]),
        ({"better": "lower"}, ["sales"]),
        ({"missing": "zero"}, ["sales", "profit"]),
    ],
)
def test_only_points_that_a_run_did_not_find_are_found(
    change: dict[str, Any], anew: list[str], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = [{"indicator": "sales", "weight": 50}, {"indicator": "profit", "weight": 50}]
    run = kefen.open_run(ledger, kefen.grade(ledger, scored_by(pair), AS_OF).id)
    assert run.fitted
    asked: list[str] = []

    def looked(table: Any, asks: Any, engine: Any) -> Any:
        asked.extend(ask.column for ask in asks if ask.column != "score")
        return find(table, asks, engine)

    monkeypatch.setattr(fitting, "find", looked)
    session = PreviewSession(ledger, AS_OF)
    other = [pair[0] | change, pair[1] | {"weight": 100 - change.get("weight", 50)}]
    assert session.preview(scored_by(other), run).faults == []
    assert list(dict.fromkeys(asked)) == anew
    session.close()


def test_points_of_a_standard_that_was_given_are_found_on_these_customers(ledger: Ledger) -> None:
    taken = kefen.grade(ledger, "weighted", EARLIER).standard
    run = kefen.open_run(ledger, kefen.grade(ledger, "weighted", AS_OF, standard=taken).id)
    assert not run.fitted
    session = PreviewSession(ledger, AS_OF)
    found = session.preview("weighted", run).standard
    assert found == kefen.grade(ledger, "weighted", AS_OF).standard != taken
    session.close()


@pytest.mark.parametrize("name", ["abc", "pyramid", "rfm", "weighted"])
def test_what_is_remembered_gives_what_a_run_gives(
    name: str, ledger: Ledger, bench: PreviewSession
) -> None:
    document = changed(name)
    document["classes"][-1].pop("share", None)
    cut = {"abc": "upto", "pyramid": "share", "weighted": "upto"}.get(name)
    for turn in range(1, 3):
        if cut:
            document["classes"][0][cut] = 0.05 * turn
        else:
            document["split"] = {"by": "median", "of": ("score", "value")[turn % 2]}
        told = bench.preview(document)
        run = kefen.grade(ledger, document, AS_OF)
        assert told.standard == run.standard, turn
    assert told.counts == run.counts


def test_weights_moved_again_and_again(ledger: Ledger, bench: PreviewSession) -> None:
    document = changed("weighted")
    for missing, by in itertools.product(("unrated", "zero", "skip"), ("minmax", "zscore")):
        document["indicators"] = [
            {"indicator": "sales", "weight": 60},
            {"indicator": "growth", "weight": 40, "missing": missing, "normalise": {"by": by}},
        ]
        for weight in (60, 25):
            document["indicators"][0]["weight"] = weight
            document["indicators"][1]["weight"] = 100 - weight
            found = bench.preview(document)
            run = kefen.grade(ledger, document, AS_OF)
            assert found.standard == run.standard
            assert found.counts == run.counts


def test_moved_cuts_are_cut_on_the_scores_there_are(
    ledger: Ledger, bench: PreviewSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = changed("weighted")
    kept, materialise = [], bench.ledger.engine.materialise
    bench.preview(document)
    monkeypatch.setattr(
        bench.ledger.engine,
        "materialise",
        lambda expr, *rest: kept.append(expr) or materialise(expr, *rest),
    )
    for turn in range(5):  # more than classes are kept of
        document["classes"][0]["upto"] = 0.1 + turn / 100
        told = bench.preview(document)
    assert not kept
    assert told.standard == kefen.grade(ledger, document, AS_OF).standard
    assert (
        bench.members(document, to=document["classes"][0]["key"]).total
        == (told.counts[0]["customers"])
    )


def test_what_is_new_is_measured_with_what_was_named_beside(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = PreviewSession(ledger, AS_OF)
    session.preview("abc")
    session.measure_beside([Request("frequency", Window.parse("12m"))])
    document = changed("single-sales", indicator="average_order_value")
    assert session.preview(document).faults == []
    passes = []
    monkeypatch.setattr(preview, "measured", lambda *args: passes.append(args) or measured(*args))
    document["indicator"] = "frequency"
    found = session.preview(document)
    assert found.counts == kefen.grade(ledger, document, AS_OF).counts
    assert not passes
    session.close()


def test_the_list_behind_a_class_and_a_move(ledger: Ledger, bench: PreviewSession) -> None:
    before = kefen.grade(ledger, "abc", EARLIER)
    run = kefen.grade(ledger, "abc", AS_OF)
    found = bench.members("abc", before, to="A", length=1000)
    rows = run.classes.to_polars()
    best = rows.filter(pl.col("class") == "A").sort(
        ["sales", "customer_id"], descending=[True, False]
    )
    assert [row["customer_id"] for row in found.rows] == best["customer_id"].to_list()
    assert found.total == len(best)
    page = bench.members("abc", before, to="A", start=2, length=3)
    assert page.rows == found.rows[2:5]
    up = bench.members("abc", before, since="C", to="A")
    moved = compare(before, run).moved.to_polars()
    wanted = moved.filter((pl.col("from") == "C") & (pl.col("to") == "A"))
    assert {row["customer_id"] for row in up.rows} == set(wanted["customer_id"])
    first = pl.DataFrame(ledger.engine.fetch(ledger.table("orders"))).group_by("customer_id")
    new = first.agg(pl.col("ordered_on").min()).filter(
        pl.col("ordered_on") >= pl.lit(EARLIER).str.to_date()
    )
    newcomers = bench.members("abc", before, since=ABSENT, length=1000)
    assert {row["customer_id"] for row in newcomers.rows} == set(new["customer_id"])


def test_a_population_leaves_the_others_out(ledger: Ledger, bench: PreviewSession) -> None:
    before = kefen.grade(ledger, "abc", AS_OF)
    document = changed("abc", population={"attribute": "region", "is": "East"})
    found = bench.preview(document, before)
    run = kefen.grade(ledger, document, AS_OF)
    assert found.counts == run.counts
    assert found.matrix == compare(before, run).matrix
    assert any(cell["to"] == ABSENT for cell in found.matrix)


def test_the_spread_adds_up(bench: PreviewSession) -> None:
    found = bench.preview("abc")
    assert found.spread is not None
    rated = {count["class"]: count["customers"] for count in found.counts if count["class"]}
    each = zip(*found.spread.counts, strict=True)
    assert dict(zip("ABC", map(sum, each), strict=True)) == rated
    assert len(found.spread.edges) == len(found.spread.counts) + 1
    assert found.spread.cuts == [float(cut) for cut in found.standard.cuts]  # type: ignore[union-attr]


def test_faults_instead_of_classes(bench: PreviewSession) -> None:
    found = bench.preview(changed("abc", indicator="happiness"))
    assert [(fault.path, fault.code) for fault in found.faults] == [
        ("indicator", "unknown-indicator")
    ]
    assert found.counts == []


def test_nobody_to_rate(bench: PreviewSession) -> None:
    found = bench.preview(changed("weighted", population={"attribute": "region", "is": "Moon"}))
    assert found.customers == 0
    assert {note.code for note in found.notes} == {"no-customers"}
    assert found.faults == []


def test_customers_of_an_indicator_that_nobody_knows_are_told(bench: PreviewSession) -> None:
    known = bench.ledger.table("customers").customer_id.min().to_pyarrow().as_py()
    rows = pl.DataFrame({"customer_id": [known, "nobody"], "footfall": [5, 1]})
    kefen.indicators.register("footfall", lambda *_: rows, unit="count")
    own = {
        **changed("single-sales", indicator="footfall"),
        "classes": [{"key": "A", "title": WORDS, "at_least": 3}, {"key": "B", "title": WORDS}],
    }
    for _ in range(2):
        [note] = [n for n in bench.preview(own).notes if n.code == "customers-unknown"]
        assert (note.column, note.count, note.near) == ("footfall", 1, ["nobody"])
