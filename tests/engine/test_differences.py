"""What changed between two wordings of a scheme, in words."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from kefen import schemes
from kefen.explain.changes import differences
from kefen.schemes import changes
from kefen.wording import catalogue


def told(name, change, lang="en"):
    """What changing the document of a ready-made scheme is called."""
    old = schemes.load(name)
    document = old.dump()
    change(document)
    return differences(old, schemes.load(document), lang)


def put(**fields):
    return lambda document: document.update(fields)


def cut(place, **fields):
    return lambda document: document["classes"][place].update(fields)


def weight(document):
    document["indicators"][0]["weight"], document["indicators"][1]["weight"] = 40, 10


def swap(document):
    """Average order value, at 10, gives way to the margin of two years."""
    document["indicators"][2] = {"indicator": "margin@24m", "weight": 10}


def rename(document):
    document["classes"][2] |= {"key": "D", "title": {"zh": "其余", "en": "The rest"}}


CAP = {
    "when": {"indicator": "recency", "at_least": 90},
    "at_most": "B",
    "reason": {"zh": "太久没来", "en": "away too long"},
}

CASES = [
    ("abc", put(window="6m"), ["Window: 12 months → 6 months"], ["统计周期：12 个月 → 6 个月"]),
    ("abc", put(window="all"), ["Window: 12 months → all history"], None),
    ("abc", cut(0, upto=0.8), ["Cut of Class A: first 75% → first 80%"],
     ["“A 类客户”的分界：前 75% → 前 80%"]),
    ("abc", cut(0, title={"zh": "大客户", "en": "Big"}),
     ["Class A is called otherwise: Class A → Big"], ["类别 A 改名：A 类客户 → 大客户"]),
    ("abc", rename, ["New class in place 3: The rest", "Class left out: Class C"], None),
    ("abc", put(population={"attribute": "region", "in": ["East", "West"]}),
     ["Only some take part now: Region is East or West"], None),
    ("abc", put(minimum={"orders": 2, "sales": 1000}),
     ["To be rated, Orders of at least: 1 → 2",
      "To be rated it now takes Sales of at least 1,000"], None),
    ("abc", put(caps=[CAP]),
     ["New cap: Days since last purchase ≥ 90 days → Class B at most (away too long)"], None),
    ("abc", put(hysteresis={"runs": 3}),
     ["A class is lost only after 3 runs in a row that say so"], None),
    ("abc", put(title={"zh": "分类", "en": "Classes"}), ["Title: ABC analysis → Classes"], None),
    ("weighted", weight, ["Weight of Sales: 30 → 40", "Weight of Gross profit: 20 → 10"],
     ["销售额的权重：30 → 40", "毛利的权重：20 → 10"]),
    ("weighted", swap,
     ["New in the score: Gross margin over 24 months, weight 10",
      "Left out of the score: Average order value"], None),
    ("single-sales", cut(0, at_least=200000),
     ["Cut of Large: at least 100,000 → at least 200,000"],
     ["“大客户”的分界：至少 100,000 元 → 至少 200,000 元"]),
    ("single-sales", put(indicator="profit"), ["Indicator: Sales → Gross profit"], None),
    ("value-tiers", lambda d: (cut(0, share=0.1)(d), cut(2, share=0.6)(d)),
     ["Share of High value: 20% → 10%", "Share of Low value: 50% → 60%"], None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "english", "chinese"), CASES)
def test_a_change_in_words(name, change, english, chinese):
    assert told(name, change) == english
    assert told(name, change, "zh") == chinese or chinese is None


READY = list(schemes.READY)


@pytest.mark.parametrize(
    ("one", "other"), [*zip(READY, READY, strict=True), *pairwise(READY), (READY[-1], READY[0])]
)
def test_the_same_says_nothing_and_the_other_something(one, other):
    old, new = schemes.load(one), schemes.load(other)
    steps = schemes.differences(old, new)
    assert bool(steps) == (one != other)
    assert {step.code for step in steps} <= catalogue().keys()
    for lang in ("en", "zh"):
        assert not [line for line in differences(old, new, lang) if "{" in line or "None" in line]


def test_back_again_tells_the_other_way_round():
    old = schemes.load("abc")
    new = schemes.load(old.dump() | {"window": "6m"})
    assert differences(new, old) == ["Window: 6 months → 12 months"]


def test_every_kind_of_change_has_words():
    source = Path(changes.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'"(change-[a-z_-]+[a-z])"', source))
    assert len(codes) > 10
    assert codes <= catalogue().keys()
    titles = [one.document.presentation.title("zh") for one in schemes.METHODS.values()]
    assert all(titles)
