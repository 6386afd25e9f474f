"""Likely duplicates: found among Chinese companies and persons, and others left alone."""

from __future__ import annotations

import polars as pl
import pytest
from benchmarks.duplicates import companies, quality

from kefen.matching import find, groups
from kefen.matching.names import read_name


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("上海明达贸易有限公司", "明達貿易（上海）有限公司"),
        ("上海明达贸易有限公司", "明达贸易"),
        ("上海明达贸易有限公司", "上海名达贸易有限公司"),  # sounds the same
        ("广东省深圳市南山区华强电子有限公司", "深圳华强电子股份有限公司"),
        ("Mingda Trading Co., Ltd.", "MINGDA  TRADING LIMITED"),
    ],
)
def test_one_company_written_in_two_ways(first: str, second: str) -> None:
    assert find(pl.DataFrame({"id": ["1", "2"], "name": [first, second]})).height == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("上海明达贸易有限公司", "杭州明达贸易有限公司"),
        ("上海明达贸易有限公司", "上海明达装饰有限公司"),
        ("上海明达贸易有限公司", "上海远景贸易有限公司"),
        ("上海鑫胜建筑安装工程有限公司", "上海友胜建筑安装工程有限公司"),
        ("深圳昊诚五金制品有限公司", "深圳科诚五金制品有限公司"),
        ("上海明达贸易有限公司北京分公司", "上海明达贸易有限公司广州分公司"),
        ("王芳", "王芳"),  # a name alone is no proof of a person
        ("", ""),
    ],
)
def test_others_are_left_alone(first: str, second: str) -> None:
    assert find(pl.DataFrame({"id": ["1", "2"], "name": [first, second]})).height == 0


def test_identifiers_speak_for_a_pair_and_against_it() -> None:
    records = pl.DataFrame(
        {
            "id": ["1", "2", "3", "4"],
            "name": ["王芳", "王 芳", "上海明达贸易有限公司", "上海明达贸易有限公司"],
            "phone": [["138 0013 8000"], ["+8613800138000"], ["021-61008800"], None],
            "number": [None, None, ["91310000MA1K00000X"], ["91310000MA1K99999Y"]],
        }
    )
    [pair] = find(records).to_dicts()
    assert (pair["a"], pair["b"], pair["phone"], pair["name"]) == ("1", "2", 7.0, 4.0)


def test_what_many_share_says_little() -> None:
    shared = {
        "name": [f"公司{number}号店铺" for number in range(30)],
        "phone": [["13800138000"]] * 30,
    }
    assert find(pl.DataFrame({"id": [str(n) for n in range(30)], **shared})).height == 0


def test_of_two_thousand_companies_nearly_all_duplicates_are_found() -> None:
    records, truth = companies(2_000)
    precision, recall, f1 = quality(find(records).select("a", "b").iter_rows(), truth)  # type: ignore[arg-type]
    assert min(precision, recall, f1) >= 0.95


def test_many_records_are_compared_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A part at a time, so that memory does not grow with them as work does."""
    records, _ = companies(300)
    at_once = find(records)
    for place, most in (("records._AT_ONCE", 70), ("blocks._RECORDS", 70), ("blocks._KEYS", 500)):
        monkeypatch.setattr(f"kefen.matching.{place}", most)
    monkeypatch.setattr("kefen.matching.finding._AT_ONCE", 100)
    assert at_once.height
    assert find(records).equals(at_once)


def test_groups_hold_whoever_shares_a_partner() -> None:
    assert groups([(4, 5), (1, 2), (2, 3)]) == [[1, 2, 3], [4, 5]]


def test_a_branch_is_not_its_company() -> None:
    assert read_name("上海明达贸易有限公司北京分公司").branch == "北京分公司"
