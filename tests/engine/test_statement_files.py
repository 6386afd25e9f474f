"""Statements kept for other processes: the values of any run, and nothing that is out of date."""

import json
from datetime import date
from decimal import Decimal

import ibis
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kefen.engines import open_embedded, statement_files, statements
from kefen.engines.shapes import Shape

SCHEMA = {
    "customer_id": "string",
    "day": "date",
    "money": "decimal(18, 2)",
    "share": "float64",
    "orders": "int64",
}


@pytest.fixture(scope="module")
def engine():
    opened = open_embedded()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def table(engine):
    return engine.empty(ibis.schema(SCHEMA))


@pytest.fixture
def another_process(engine, tmp_path, monkeypatch):
    """The statement of an expression in a process that has only the files."""
    compiled = []
    original = statements._compiled
    monkeypatch.setattr(
        statements, "_compiled", lambda *a, **k: compiled.append(1) or original(*a, **k)
    )

    def ask(expr):
        statements._remembered.cache_clear()
        compiled.clear()
        return statements.statement(engine.backend, expr, tmp_path / "statements"), len(compiled)

    return ask


def fresh(engine, expr):
    return statements._compiled(engine.backend, expr, as_built=Shape(expr.op()).as_built)


def query(table, day, money, share, whole, text):
    """Values in the places that ours stand in: cuts, windows, points of a standard, names."""
    rows = table.filter(table.day < day, table.orders.between(whole, whole + 1))
    points = ibis.ifelse(rows.share < share, rows.share * share + 0.5, (rows.share - share) / 3.0)
    return rows.select(
        "customer_id",
        age=ibis.literal(day).delta(rows.day, unit="day"),
        rank=ibis.cases((rows.money >= ibis.literal(money, "decimal(18, 2)"), text), else_="rest"),
        exact=rows.money >= ibis.literal(str(money)).cast("decimal(18, 2)"),
        points=points.fill_null(share),
        known=rows.customer_id.isin([text, "other"]) | rows.customer_id.startswith(text),
        named=rows.customer_id.contains(text) & (rows.customer_id != text),
        part=ibis.literal(whole),
        last=rows.day.fill_null(day),
    ).order_by("customer_id")


VALUES = {
    "day": st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    "money": st.decimals(-(10**12), 10**12, places=2),
    "share": st.floats(allow_nan=False) | st.floats(-100, 100),
    "whole": st.integers(-(2**62), 2**62) | st.integers(-1000, 40_000),
    "text": st.text(max_size=8) | st.sampled_from(["'", "\\", "a'b", "kefen value 0001"]),
}


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(**VALUES)
def test_a_kept_statement_is_what_would_be_compiled(
    engine, table, another_process, day, money, share, whole, text
):
    expr = query(table, day, money, share, whole, text)
    said = fresh(engine, expr)
    assert another_process(expr)[0] == said
    kept, times = another_process(expr)
    assert kept == said
    assert times == 0 or "kefen value" in text


def test_values_change_without_compiling_and_are_not_written_down(
    engine, table, another_process, tmp_path
):
    first = query(table, date(2026, 1, 1), Decimal("1234.56"), 0.7321, 4711, "Müller & Söhne")
    other = query(table, date(2026, 2, 3), Decimal("88.10"), 1e-7, 815, "O'Neill")
    assert another_process(first) == (fresh(engine, first), 1)
    assert another_process(other) == (fresh(engine, other), 0)
    for file in (tmp_path / "statements").iterdir():
        said = str(json.loads(file.read_text().partition("\n")[2]))
        assert not [v for v in ("1234.56", "0.7321", "4711", "Müller", "2026") if v in said]


@pytest.mark.parametrize(
    "changed",
    [
        lambda t: t.filter(t.orders > 4).select("customer_id"),
        lambda t: t.filter(t.orders >= 3).select("customer_id"),
        lambda t: t.filter(t.orders > 3).select("day"),
        lambda t: t.rename(number="customer_id").filter(t.orders > 3).select("number"),
        lambda t: t.mutate(orders=t.orders.cast("int32")).filter(ibis._.orders > 3)[["day"]],
    ],
)
def test_another_shape_is_another_statement(engine, table, another_process, changed):
    another_process(table.filter(table.orders > 3).select("customer_id"))
    assert another_process(changed(table)) == (fresh(engine, changed(table)), 1)


def test_another_schema_is_another_statement(engine, table, another_process):
    another_process(table.select("share"))
    narrow = engine.empty(ibis.schema({"share": "float64"}))
    assert another_process(narrow.select("share")) == (fresh(engine, narrow.select("share")), 1)


@pytest.mark.parametrize("what", ["FORMAT", "version"])
def test_another_version_compiles_anew(table, another_process, monkeypatch, what):
    expr = table.select("share")
    another_process(expr)
    assert another_process(expr)[1] == 0
    statement_files._versions.cache_clear()
    monkeypatch.setattr(statement_files, what, 99 if what == "FORMAT" else lambda: "99.0")
    assert another_process(expr)[1] == 1
    statement_files._versions.cache_clear()


def test_a_file_that_is_not_whole_is_passed_over(engine, table, another_process, tmp_path):
    expr = table.filter(table.share > 0.25)
    another_process(expr)
    [file] = (tmp_path / "statements").iterdir()
    whole = file.read_text()
    for spoilt in ("", whole[:-5], whole.replace("share", "money"), "[]\n[]"):
        file.write_text(spoilt)
        assert another_process(expr) == (fresh(engine, expr), 1)
    assert json.loads(file.read_text().partition("\n")[2])


def test_where_nothing_can_be_written_it_compiles(engine, table, tmp_path):
    (tmp_path / "file").write_text("")
    statements._remembered.cache_clear()
    expr = table.select("day")
    said = statements.statement(engine.backend, expr, tmp_path / "file" / "statements")
    assert said == fresh(engine, expr)


def test_the_oldest_go(engine, table, another_process, tmp_path, monkeypatch):
    monkeypatch.setattr(statement_files, "MOST", 3)
    for number in range(1, 6):
        another_process(table.filter(table.orders > number))
    assert len(list((tmp_path / "statements").iterdir())) <= 3


def test_functions_of_the_database_have_a_shape(engine, table, another_process):
    def expr(money):
        from kefen.ledger.order_rollup import bit_or

        rows = table.filter(table.money > ibis.literal(Decimal(money), "decimal(18, 2)"))
        return rows.group_by("customer_id").aggregate(bits=bit_or(rows.orders))

    assert another_process(expr("300.00")) == (fresh(engine, expr("300.00")), 1)
    assert another_process(expr("300.01")) == (fresh(engine, expr("300.01")), 0)


def test_a_small_table_is_made_once(engine):
    kind = ibis.schema({"name": "string", "bit": "int64"})
    rows = [("a'b", 1), (None, 2**62)]
    table = engine.small_table(rows, kind)
    assert sorted(engine.fetch(table).to_pylist(), key=lambda row: row["bit"]) == [
        {"name": "a'b", "bit": 1},
        {"name": None, "bit": 2**62},
    ]
    assert engine.small_table(rows, kind).op() == table.op()
    assert engine.rows(engine.small_table([], kind)) == []
