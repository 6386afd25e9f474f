"""Scheme documents: ready-made, from files, their hash and their canonical form."""

import json

import pytest
import yaml
from classing import customers, letters, words

from kefen import schemes
from kefen.errors import SchemeError
from kefen.period import Window


@pytest.mark.parametrize("name", schemes.READY)
def test_ready_made(name):
    scheme = schemes.load(name)
    assert scheme.name == name
    assert schemes.check(scheme.dump()) == []
    assert schemes.load(scheme.dump()) == scheme
    assert schemes.load(yaml.safe_load(scheme.yaml())).hash == scheme.hash
    assert scheme.title.zh != scheme.title.en
    assert scheme.description is not None
    assert all(part.title.zh and part.title.en for part in scheme.classes)


def test_builtin_lists_them_all():
    assert [scheme.name for scheme in schemes.builtin()] == list(schemes.READY)
    assert [scheme.name for scheme in schemes.starters()] == list(schemes.STARTERS)
    assert schemes.READY[: len(schemes.STARTERS)] == schemes.STARTERS


def test_pyramid_and_eight_classes_by_their_usual_names():
    pyramid = [part.title.zh for part in schemes.load("pyramid").classes]
    assert pyramid == ["重要客户", "主要客户", "普通客户", "长尾客户"]
    eight = [part.title.zh for part in schemes.load("rfm").classes]
    assert eight == [
        f"{weight}{what}客户"
        for weight in ("重要", "一般")
        for what in ("价值", "发展", "保持", "挽留")
    ]


def test_hash_is_of_the_content_alone():
    document = schemes.load("abc").dump()
    turned = dict(reversed(document.items()))
    turned["classes"] = [dict(reversed(part.items())) for part in document["classes"]]
    turned["classes"][0]["upto"] = "75.0%"
    turned["window"] = " 12M "
    turned["minimum"] = {"orders": 1.0}
    turned["value"] = "sales"
    assert schemes.load(turned).hash == schemes.load("abc").hash
    turned["classes"][0]["upto"] = "74%"
    assert schemes.load(turned).hash != schemes.load("abc").hash


def test_files_in_yaml_and_json(tmp_path):
    scheme = schemes.load("pyramid")
    (tmp_path / "a.yaml").write_text(scheme.yaml(), encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps(scheme.dump()), encoding="utf-8-sig")
    assert schemes.load(tmp_path / "a.yaml") == scheme
    assert schemes.load(str(tmp_path / "a.json")) == scheme


def test_what_cannot_be_loaded(tmp_path):
    with pytest.raises(SchemeError) as unknown:
        schemes.load("abd")
    assert (unknown.value.code, unknown.value.data["near"][0]) == ("unknown-scheme", "abc")
    (tmp_path / "broken.yaml").write_text("a: [")
    for name in (tmp_path / "broken.yaml", tmp_path / "absent.yaml"):
        with pytest.raises(SchemeError, match="scheme-unreadable"):
            schemes.load(name)


def test_requests_name_each_column_once():
    document = schemes.load("abc").dump() | {
        "indicator": "sales@24m",
        "minimum": {"orders@all": 1, "sales": 0},
        "population": {"any": [{"indicator": "sales@90d", "at_least": 1}, {"attribute": "region",
                                                                          "in": ["East"]}]},
    }  # fmt: skip
    scheme = schemes.load(document)
    found = {(r.indicator, r.window, r.column) for r in scheme.requests()}
    assert found == {
        ("sales", Window.parse("24m"), "sales_24m"),
        ("sales", Window.parse("12m"), "sales"),
        ("orders", Window.parse("all"), "orders_all"),
        ("sales", Window.parse("90d"), "sales_90d"),
    }
    assert len(scheme.requests()) == len(found)
    assert scheme.attributes() == ["region"]


def test_a_window_of_its_own_is_the_default_when_equal():
    scheme = schemes.load(schemes.load("abc").dump() | {"indicator": "sales@12M"})
    assert scheme.column(scheme.references()[0]) == "sales"


def test_population_by_attribute_and_indicator(engine):
    table = customers(sales=[50, 40, 30, None], orders=[3, 1, 5, 9]).mutate(
        region=(lambda t: t.customer_id.cases(("1", "East"), ("2", "East"), else_="West"))
    )
    document = schemes.load("single-sales").dump()
    east = schemes.load(document | {"population": {"attribute": "region", "is": "East"}})
    assert letters(engine, east, schemes.population(east, table)) == ["small", "small"]
    both = {
        "any": [
            {
                "all": [
                    {"attribute": "region", "in": ["East"]},
                    {"indicator": "orders", "at_least": 2},
                ]
            },
            {"indicator": "sales", "at_least": 10, "at_most": 30},
        ]
    }  # fmt: skip
    mixed = schemes.load(document | {"population": both})
    kept = schemes.population(mixed, table).to_pyarrow().to_pylist()
    assert {row["customer_id"] for row in kept} == {"1", "3"}
    with pytest.raises(SchemeError, match="missing-column"):
        schemes.population(east, table.drop("region"))


def test_json_schema_tells_the_methods_apart():
    schema = schemes.scheme_schema()
    assert set(schema["discriminator"]["mapping"]) == set(schemes.METHODS)


def test_titles_in_both_languages_are_needed():
    document = schemes.load("abc").dump() | {"title": words("x") | {"fr": "y"}}
    assert [fault.path for fault in schemes.check(document)] == ["title.fr"]
