"""Documents that say too much, nest too deep, or write what is no number: faults, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen import schemes
from kefen.errors import SchemeError
from kefen.wording import sentence

if TYPE_CHECKING:
    from pathlib import Path

ABC = schemes.load("abc").dump()
TEST = {"indicator": "sales", "at_least": 1}


def nested(times: int) -> dict[str, Any]:
    condition: dict[str, Any] = TEST
    for _ in range(times):
        condition = {"not": condition}
    return condition


def faults(**said: Any) -> list[tuple[str, str]]:
    found = schemes.check(ABC | said)
    for fault in found:
        for lang in ("zh", "en"):
            told = sentence(fault.code, fault.data, lang)
            assert "{" not in told
            assert told != fault.code
    return [(fault.path, fault.code) for fault in found]


def test_conditions_are_bounded_in_depth_and_number() -> None:
    assert faults(population=nested(12)) == []
    assert faults(population=nested(13)) == [("population" + ".not" * 13, "condition-deep")]
    assert faults(population=nested(150)) == [("population" + ".not" * 13, "condition-deep")]
    some = [{"attribute": "region", "is": str(number)} for number in range(3000)]
    # The group is one of the 200.
    assert faults(population={"any": some[:199]}) == []
    assert faults(population={"any": some}) == [("population.any[199]", "conditions-many")]


@pytest.mark.parametrize(("test", "most"), [("in", 1000), ("contains", 200)])
def test_words_are_bounded(test: str, most: int) -> None:
    words = [str(number) for number in range(20_000)]
    assert faults(population={"attribute": "region", test: words[:most]}) == []
    found = faults(population={"attribute": "region", test: words})
    assert found == [(f"population.{test}", "words-many")]


@pytest.mark.parametrize(
    ("bound", "code"),
    [
        (10**4000, "number-large"),
        (float("inf"), "number-endless"),
        (float("nan"), "number-endless"),
        ("2025-02-30", "bad-bound"),
        ("x" * 20_000, "text-long"),
        ("a\0", "text-unwritable"),
        (b"1", "wrong-type"),
    ],
)
def test_what_is_no_bound_is_a_fault_at_its_place(bound: Any, code: str) -> None:
    condition = {"indicator": "last_order_on", "at_least": bound}
    assert faults(population=condition)[0] == ("population.at_least", code)


@pytest.mark.parametrize("side", ["rows", "columns"])
def test_a_side_of_a_matrix_that_is_nothing(side: str) -> None:
    document = schemes.load("value-potential").dump() | {side: None}
    assert [(f.path, f.code) for f in schemes.check(document)] == [(side, "not-a-document")]
    with pytest.raises(SchemeError):
        schemes.load(document)


def test_a_document_that_holds_itself() -> None:
    condition: dict[str, Any] = {}
    condition["not"] = condition
    assert schemes.check(ABC | {"population": condition})


def test_so_many_faults_are_told() -> None:
    assert len(schemes.check(ABC | {f"field{n}": n for n in range(5000)})) == 100


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "document-large"),
        (BOMB.replace("[*", "{<<: [*").replace("]\n", "]}\n").replace("&a {<<: [*", "&a ["), ""),
        ("a: &a [*a]", "document-large"),
        ("{a: " * 5000, "document-deep"),
        ("name: a\nindicator: sales\nindicator: orders\n", "field-twice"),
        ("a: b\n" * 50_000, "document-long"),
        ("a: [" + "*x, " * 200 + "]", ""),
    ],
)
def test_texts_are_bounded_before_they_are_put_together(text: str, code: str) -> None:
    with pytest.raises(SchemeError) as raised:
        schemes.read(text)
    assert not code or [fault.code for fault in raised.value.faults] == [code]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("population: {indicator: last_order_on, at_least: 2025-02-30}", "population.at_least"),
        ("minimum: {orders: .inf}", "minimum.orders"),
        ("minimum: {orders: .nan}", "minimum.orders"),
        ("minimum: {orders: " + "9" * 5000 + "}", "minimum.orders"),
        ("minimum: {orders: 0x" + "f" * 3000 + "}", "minimum.orders"),
    ],
)
def test_what_is_no_number_and_no_date_keeps_its_place(text: str, path: str) -> None:
    assert path in {fault.path for fault in schemes.check(schemes.read(text))}


def test_a_file_is_bounded_as_well(tmp_path: Path) -> None:
    for name, text in (("bomb", BOMB), ("deep", "[" * 100_000), ("long", "a: b\n" * 200_000)):
        file = tmp_path / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        with pytest.raises(SchemeError):
            schemes.load(file)


def test_the_most_that_is_allowed_is_carried_out() -> None:
    orders = pl.DataFrame({"customer_id": ["a"], "ordered_on": ["2025-05-01"], "amount": ["9"]})
    tests = [{"attribute": "region", "is": str(number)} for number in range(100)]
    condition = {"any": [*tests, TEST]}
    for _ in range(10):
        condition = {"not": condition}
    scheme = ABC | {"population": condition}
    assert kefen.grade(kefen.from_frames(orders=orders), scheme, "2026-01-01").customers == 1
