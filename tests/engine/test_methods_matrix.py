"""Two schemes crossed, on tables worked out by hand."""

from decimal import Decimal

import polars as pl
import pytest
from classing import classes, customers, graded, letters, scheme, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import kefen
from kefen import schemes
from kefen.explain import explain

VALUE = {
    "name": "value",
    "title": words("Value"),
    "method": "threshold",
    "classes": [
        {"key": "high", "title": words("High"), "at_least": 100},
        {"key": "low", "title": words("Low")},
    ],
}
GROWTH = {
    "name": "potential",
    "title": words("Potential"),
    "method": "threshold",
    "indicator": "growth",
    "classes": [
        {"key": "up", "title": words("Up"), "at_least": 0.1},
        {"key": "flat", "title": words("Flat"), "at_least": 0},
        {"key": "down", "title": words("Down")},
    ],
}
CELLS = [
    {"key": "star", "title": words("Star"), "cells": [{"row": "high", "column": ["up", "flat"]}]},
    {"key": "milk", "title": words("Milk"), "cells": [{"row": "high"}]},
    {"key": "ask", "title": words("Ask"), "cells": [{"column": "up"}]},
    {"key": "rest", "title": words("Rest")},
]


def matrix(**fields):
    return scheme("matrix", **({"rows": VALUE, "columns": GROWTH, "classes": CELLS} | fields))


PEOPLE = customers(
    sales=[100, 500, 200, 99, 1, "99.99", None, 500],
    growth=[0.1, 0.0, -0.1, 0.1, 0.05, -1.0, 0.5, None],
)


def test_each_cell_has_its_class(engine):
    found = graded(engine, matrix(), PEOPLE)
    assert [row["class"] for row in found] == [
        "star", "star", "milk", "ask", "rest", "rest", None, None]  # fmt: skip
    assert [row["row_class"] for row in found] == ["high"] * 3 + ["low"] * 3 + [None, "high"]
    assert [row["column_class"] for row in found] == [
        "up", "flat", "down", "up", "flat", "down", "up", None]  # fmt: skip
    assert found[0]["row_score"] == 100.0
    assert found[0]["column_score"] == 0.1
    assert {row["score"] for row in found} == {None}


def test_the_standard_holds_both(engine):
    standard = schemes.fit(matrix(), PEOPLE, engine)
    assert standard.customers == 6
    assert (standard.rows.cuts, standard.columns.cuts) == ([100], [0.1, 0])
    assert (standard.rows.customers, standard.columns.customers) == (7, 7)


def told(row, **fields):
    wanted = matrix(**fields)
    standard = schemes.METHODS["matrix"].standard(
        scheme=wanted.hash,
        customers=1,
        rows={"method": "threshold", "scheme": "", "customers": 1, "column": "sales",
              "better": "higher", "cuts": [100]},
        columns={"method": "threshold", "scheme": "", "customers": 1, "column": "growth",
                 "better": "higher", "cuts": [0.1, 0]},
    )  # fmt: skip
    return explain(wanted, standard, row)


def test_both_sides_are_told_and_the_nearer_way():
    found = told({"sales": Decimal(40), "growth": 0.05})
    assert found.text("en").splitlines() == [
        "Rest",
        "- Value: Low.",
        "- Sales 40 < 100, the bound of High.",
        "- Potential: Flat.",
        "- Growth of sales 5% ≥ 0%, the bound of Flat.",
        "- Low × Flat makes Rest.",
        "To reach Ask:",
        "- Potential: reach Up.",
        "- Growth of sales up by 5%: 5% → 10%.",
    ]
    assert "格" not in found.text("zh")
    top = told({"sales": Decimal(100), "growth": 0.5})
    assert (top.class_, top.next_class, top.way()) == ("star", None, [])


def test_the_way_may_take_both_sides():
    cells = [
        {"key": "best", "title": words("Best"), "cells": [{"row": "high", "column": "up"}]},
        {"key": "rest", "title": words("Rest")},
    ]
    found = told({"sales": Decimal(40), "growth": 0.05}, classes=cells)
    assert (found.class_, found.next_class) == ("rest", "best")
    assert [step.code for step in found.to_next] == ["next-side", "next-more"] * 2


def test_of_two_ways_to_the_same_class_the_rows_one_is_told_and_the_nearer_class_first():
    either = [
        {"key": "best", "title": words("Best"), "cells": [{"row": "high"}, {"column": "up"}]},
        {"key": "rest", "title": words("Rest")},
    ]
    found = told({"sales": Decimal(40), "growth": 0.05}, classes=either)
    assert found.way("en") == ["Value: reach High.", "Sales up by 60: 40 → 100."]
    nearer = [
        {"key": "top", "title": words("Top"), "cells": [{"row": "high"}]},
        {"key": "mid", "title": words("Mid"), "cells": [{"column": ["up", "flat"]}]},
        {"key": "rest", "title": words("Rest")},
    ]
    found = told({"sales": Decimal(40), "growth": -0.1}, classes=nearer)
    assert found.next_class == "mid"
    assert found.way("en") == ["Potential: reach Flat.", "Growth of sales up by 10%: -10% → 0%."]


def test_a_row_of_a_run_is_explained_by_the_classes_that_the_run_kept(engine):
    standard = schemes.fit(matrix(), PEOPLE, engine)
    row = {"sales": Decimal(40), "growth": 0.05, "orders": 1, "class": "ask"}
    kept = {"row_class": "low", "row_score": 40.0, "column_class": "up", "column_score": 0.05}
    for more, cell in ((kept, "Low × Up makes Ask."), ({}, "Low × Flat makes Ask.")):
        assert cell in explain(matrix(), standard, row | more, of_run=True).sentences("en")
    assert "Low × Flat makes Rest." in explain(matrix(), standard, row | kept).sentences("en")


def test_one_side_unrated_says_which():
    lines = told({"sales": Decimal(40), "growth": None}).sentences("en")
    assert lines[2:] == ["Potential: unrated.", "Growth of sales is not known."]


def test_sides_have_windows_of_their_own(engine):
    year = VALUE | {"window": "24m", "minimum": {"orders": 2}}
    wanted = matrix(rows=year, minimum={"orders": 1})
    assert {r.column: str(r.window) for r in wanted.requests()} == {
        "sales_24m": "24m", "orders_24m": "24m", "growth": "12m", "sales": "12m", "orders": "12m",
    }  # fmt: skip
    assert wanted.references() == ["sales@24m", "growth"]
    table = customers(sales=[1, 500, 500], growth=[0.1] * 3, orders=[1, 1, 0])
    table = table.mutate(
        sales_24m=table.sales.cast("decimal(18, 2)") + 99, orders_24m=table.orders + 1
    )
    assert letters(engine, wanted, table) == ["star", "star", None]
    row = {"sales": 1, "sales_24m": 100, "orders": 1, "orders_24m": 2, "growth": 0.1}
    standard = schemes.fit(wanted, table, engine)
    assert "Sales (24 months) 100 ≥ 100" in explain(wanted, standard, row).text()


def test_a_side_has_a_population_of_its_own(engine):
    wanted = matrix(rows=VALUE | {"population": {"indicator": "growth", "above": 0}})
    found = graded(engine, wanted, PEOPLE)
    assert [row["row_class"] for row in found] == [
        "high", None, None, "low", "low", None, None, None]  # fmt: skip
    standard = schemes.fit(wanted, PEOPLE, engine)
    lines = explain(wanted, standard, found[1]).sentences()
    assert lines[:2] == [
        "Value: unrated.",
        "This customer is not among those the scheme is about: Growth of sales 0% ≤ 0%.",
    ]


def test_ready_made_schemes_are_named_and_written_out():
    cells = [
        {"key": "a", "title": words("A"), "cells": [{"row": "A", "column": "high"}]},
        {"key": "b", "title": words("B")},
    ]
    document = {"name": "x", "title": words("X"), "method": "matrix", "classes": cells}
    wanted = schemes.load(document | {"rows": "abc", "columns": "value-tiers"})
    assert wanted.rows == schemes.load("abc")
    assert wanted.dump()["rows"] == schemes.load("abc").dump()
    again = schemes.load(wanted.dump())
    assert (again, again.hash) == (wanted, wanted.hash)
    other = schemes.load(document | {"rows": "abc-profit", "columns": "value-tiers"})
    assert other.hash != wanted.hash


def test_degenerate_customers(engine):
    nobody = customers(sales=[None], growth=[None])
    assert letters(engine, matrix(), nobody) == [None]
    assert [n.code for n in schemes.fit(matrix(), nobody, engine).notes] == ["no-customers"]
    same = customers(sales=[5, 5], growth=[0.0, 0.0])
    standard = schemes.fit(matrix(), same, engine)
    assert [(n.code, n.column) for n in standard.notes] == [
        ("all-equal", "sales"),
        ("all-equal", "growth"),
    ]
    assert letters(engine, matrix(), same) == ["rest", "rest"]
    assert letters(engine, matrix(), customers(sales=[], growth=[])) == []


def without(key):
    return [part for part in CELLS if part["key"] != key]


FAULTS = [
    ({"rows": "abd"}, "rows", "unknown-inside"),
    ({"rows": ...}, "rows", "missing-field"),
    ({"rows": 5}, "rows", "not-a-document"),
    ({"rows": VALUE | {"indicator": "slaes"}}, "rows.indicator", "unknown-indicator"),
    ({"rows": VALUE | {"method": "share"}}, "rows.classes[0].at_least", "unknown-field"),
    ({"columns": GROWTH | {"titel": 1}}, "columns.titel", "unknown-field"),
    ({"columns": {"method": "matrix"}}, "columns.method", "matrix-inside"),
    ({"columns": {}}, "columns.method", "missing-field"),
    ({"classes": without("rest")}, "classes", "cells-uncovered"),
    ({"classes": [CELLS[1], CELLS[0], *CELLS[2:]]}, "classes[1]", "class-unreachable"),
    ({"classes": [CELLS[0], CELLS[3], CELLS[1]]}, "classes[1]", "cut-missing"),
    ({"classes": [CELLS[0] | {"cells": [{"row": "hgih"}]}, *CELLS[1:]]},
     "classes[0].cells[0].row", "unknown-class"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "path", "code"), FAULTS)
def test_faults(fields, path, code):
    document = matrix().dump() | fields
    document = {name: value for name, value in document.items() if value is not ...}
    found = [(fault.path, fault.code) for fault in schemes.check(document)]
    assert (path, code) in found


def test_a_matrix_in_a_run():
    ledger = kefen.from_frames(
        orders=pl.DataFrame(
            {
                "customer_id": ["1", "2", "3"],
                "ordered_on": ["2025-01-01", "2024-06-01", "2025-01-01"],
                "amount": [150, 30, 10],
            }
        )
    )
    wanted = matrix(
        rows=VALUE | {"window": "1m"}, columns=GROWTH | {"indicator": "sales"}, name="crossed"
    )
    run = kefen.grade(ledger, wanted)
    assert run.classes.to_polars()["class"].to_list() == ["star", "ask", "ask"]
    again = kefen.open_run(ledger, run.id)
    assert again.standard == run.standard
    assert "High × Up makes Star" in again.explain("1").text()


QUICK = settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture])
SIDES = [
    scheme("share", classes=classes(0.6, 0.9, field="upto")).dump(),
    scheme("quantile", indicator="recency", better="lower", window="6m",
           classes=classes(0.3, field="share")).dump(),
]  # fmt: skip
CROSSED = matrix(
    rows=SIDES[0],
    columns=SIDES[1],
    classes=[
        {"key": "a", "title": words("a"), "cells": [{"row": ["A", "B"], "column": "A"}]},
        {"key": "b", "title": words("b"), "cells": [{"row": "A"}, {"column": "A"}]},
        {"key": "c", "title": words("c")},
    ],
)
PERSON = st.fixed_dictionaries(
    {
        "sales": st.integers(-100, 10**5).map(lambda cents: Decimal(cents).scaleb(-2)),
        "recency": st.integers(0, 400) | st.none(),
    }
)


def table(listed):
    data = customers(**{name: [one[name] for one in listed] for name in listed[0]})
    return data.mutate(recency_6m=data.recency, sales_6m=data.sales)


@QUICK
@given(st.lists(PERSON, min_size=1, max_size=15), st.randoms())
def test_laws(engine, listed, chance):
    found = graded(engine, CROSSED, table(listed))
    before = [row["class"] for row in found]
    places = list(range(len(listed)))
    chance.shuffle(places)
    shuffled = letters(engine, CROSSED, table([listed[place] for place in places]))
    assert shuffled == [before[place] for place in places]
    dearer = [one | {"sales": one["sales"] * 7} for one in listed]
    assert letters(engine, CROSSED, table(dearer)) == before
    standard = schemes.fit(CROSSED, table(listed), engine)
    for row in found:
        reason = explain(CROSSED, standard, row)
        assert reason.class_ == row["class"]
        assert "{" not in reason.text("en") + reason.text("zh")
        if reason.next_class:
            cuts = {s.data["column"]: s.data["cut"] for s in reason.to_next if "cut" in s.data}
            assert explain(CROSSED, standard, {**row, **cuts}).class_ == reason.next_class
