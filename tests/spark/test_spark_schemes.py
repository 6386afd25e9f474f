"""Every scheme gives the same standard and the same classes on a Spark cluster as on DuckDB."""

from __future__ import annotations

import json

import nasty
import pytest
from alike import differences
from documents import documents

import kefen
from kefen.run import nearby
from kefen.schemes.methods import METHODS

SCHEMES = documents()


@pytest.fixture(scope="module")
def runs(both):
    """All schemes graded together, by engine: `{name: run}`; however few customers, on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nearby, "FEW", -1)
        return [graded(one, list(SCHEMES.values())) for one in both]


def graded(ledger, schemes):
    return {run.scheme.name: run for run in kefen.grade_many(ledger, schemes, nasty.AS_OF)}


def test_every_method_is_tried():
    assert {scheme.method for scheme in SCHEMES.values()} == set(METHODS)


@pytest.mark.parametrize("name", list(SCHEMES))
def test_same_classes(runs, name):
    duck, spark = (found[name] for found in runs)
    assert (duck.status, duck.reason) == (spark.status, spark.reason)
    assert duck.status == "finished"
    one, other = duck.classes.to_polars(), spark.classes.to_polars()
    assert one.columns == other.columns
    assert one["customer_id"].equals(other["customer_id"]), "the same rows in the same order"
    for column in one.columns:
        assert not differences(one[column], other[column], one["customer_id"])
    assert duck.counts == spark.counts


@pytest.mark.parametrize("name", list(SCHEMES))
def test_same_standard(runs, name):
    duck, spark = (json.loads(found[name].standard.model_dump_json()) for found in runs)
    assert_alike(duck, spark)


def test_few_customers_get_the_same_classes_in_this_process(runs, both):
    """As they do by default: the cluster has read the facts, and fits and assigns nothing."""
    names = ["abc", "rfm", "weighted", "lifecycle", "all-round"]
    found = graded(both[1], [SCHEMES[name] for name in names])
    for name, run in found.items():
        expected = runs[0][name].classes.to_polars()
        assert (run.folder / "classes.parquet").is_file()
        assert run.classes.to_polars()["customer_id", "class"].equals(
            expected["customer_id", "class"]
        )


def test_same_explanation_and_comparison(runs):
    duck, spark = runs
    someone = nasty.ids()[3]
    assert duck["rfm"].explain(someone).text("zh") == spark["rfm"].explain(someone).text("zh")
    moves = [kefen.compare(found["abc"], found["abc-profit"]) for found in runs]
    assert moves[0].matrix == moves[1].matrix
    assert moves[0].moved.to_polars().equals(moves[1].moved.to_polars())
    assert kefen.compare(duck["abc"], spark["abc"]).stable == 1.0


def assert_alike(one, other):
    """The same document; real numbers to twelve digits."""
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_alike(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            assert_alike(*pair)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-12)
    else:
        assert one == other
