"""Statements are compiled once a shape, and say of each expression what it says."""

import ibis
import pytest

from kefen.engines import open_embedded
from kefen.engines.statements import statement


@pytest.fixture(scope="module")
def engine():
    opened = open_embedded()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def tables(engine):
    def table(*numbers):
        rows = ibis.memtable({"n": list(numbers)}, schema={"n": "int64"})
        return engine.materialise(rows)

    return table(1, 2), table(10, 20)


def numbers(engine, expr):
    return sorted(engine.fetch(expr)["n"].to_pylist())


def test_tables_change_places(engine, tables):
    small, large = tables
    assert numbers(engine, small.union(large.filter(large.n > 10))) == [1, 2, 20]
    assert numbers(engine, large.union(small.filter(small.n > 10))) == [10, 20]
    assert numbers(engine, large.union(large.filter(large.n > 10))) == [10, 20, 20]


def test_the_same_shape_is_compiled_once(engine, tables, monkeypatch):
    small, large = tables
    first = statement(engine.backend, small.mutate(m=small.n * 7).filter(ibis._.m > 3))
    monkeypatch.setattr(engine.backend, "compile", None)
    again = statement(engine.backend, large.mutate(m=large.n * 7).filter(ibis._.m > 3))
    assert again == first.replace(small.op().name, large.op().name)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 2), (1, True), (0.0, -0.0), ("a", "b"), ("1", 1), (1, 1.0), (None, 0)],
)
def test_other_values_are_other_statements(engine, tables, one, other):
    said = [
        statement(engine.backend, tables[0].mutate(v=ibis.literal(value))) for value in (one, other)
    ]
    assert said[0] != said[1]


def test_rows_in_memory_are_those_of_the_expression(engine):
    for value in (1, 2):
        rows = ibis.memtable({"n": [value]}, schema={"n": "int64"})
        assert numbers(engine, rows.filter(rows.n > 0)) == [value]


def test_types_are_those_that_were_said(engine, tables):
    sums = tables[0].aggregate(total=tables[0].n.sum().cast("decimal(38, 2)"))
    schema = ibis.schema({"a b": "decimal(38, 2)", 'q"': "string", "on": "date"})
    assert engine.materialise(sums).schema() == sums.schema()
    assert engine.fetch(engine.empty(schema)).schema == schema.to_pyarrow()


@pytest.mark.parametrize(
    "built",
    [
        lambda t: t.mutate(m=t.n * 2).filter(ibis._.m > 2).mutate(k=ibis._.m + ibis._.n),
        lambda t: t.mutate(m=-t.n).order_by("m"),
        lambda t: t.mutate(m=-t.n).order_by("m").select("n").limit(1),
        lambda t: t.order_by(t.n.desc()).limit(2).mutate(m=ibis._.n * 3).filter(ibis._.n > 1),
        lambda t: t.mutate(m=t.n % 2).group_by("m").aggregate(n=ibis._.n.sum()).order_by("m"),
        lambda t: (
            t.mutate(m=t.n % 2)
            .mutate(n=ibis._.n.sum().over(group_by=ibis._.m))
            .filter(ibis._.m > 0)
        ),
    ],
)
def test_queries_in_queries_say_what_one_query_says(engine, built):
    table = engine.materialise(ibis.memtable({"n": [3, 1, 4, 1, 5]}, schema={"n": "int64"}))
    one = engine.backend.compile(built(table))
    assert engine.rows(built(table)) == engine.rows_of(one).to_pylist()
    assert ibis.options.sql.fuse_selects  # other programs' queries are made as they were
