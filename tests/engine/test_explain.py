"""Explanations: the arithmetic of a class and the way to the next, in both languages."""

import json
from datetime import date
from decimal import Decimal

import pytest
from classing import classes, customers, scheme, words

from kefen import schemes
from kefen.explain import explain, remarks
from kefen.explain.numbers import amount
from kefen.ledger import settings


def fitted(engine, wanted, **columns):
    return schemes.fit(wanted, customers(**columns), engine)


def test_share(engine):
    wanted = schemes.load("abc")
    # 60,000 is 60 %; 30,000 brings it to 90 %; 10,000 to all.
    standard = fitted(engine, wanted, sales=[60000, 30000, 10000])
    told = explain(wanted, standard, {"sales": Decimal("30000.00"), "orders": 4})
    assert (told.class_, told.next_class, told.score) == ("B", "A", 30000.0)
    assert told.to_next[0].data["gap"] == Decimal("30000.00")
    assert told.text("zh") == (
        "B 类客户\n"
        "- 销售额 30,000 元 ≥ B 类客户界限 30,000 元。\n"
        "升到“A 类客户”：\n"
        "- 销售额再增加 30,000 元（30,000 元 → 60,000 元）。"
    )
    assert told.text("en") == (
        "Class B\n"
        "- Sales 30,000 ≥ 30,000, the bound of Class B.\n"
        "To reach Class A:\n"
        "- Sales up by 30,000: 30,000 → 60,000."
    )


def test_the_top_has_nowhere_to_go(engine):
    wanted = schemes.load("abc")
    told = explain(wanted, fitted(engine, wanted, sales=[60, 30, 10]), {"sales": 99, "orders": 1})
    assert (told.class_, told.next_class, told.to_next) == ("A", None, [])


def test_unrated_says_what_is_missing(engine):
    wanted = schemes.load("abc")
    standard = fitted(engine, wanted, sales=[60, 30, 10])
    told = explain(wanted, standard, {"sales": Decimal(0), "orders": 0})
    assert (told.class_, told.score, told.next_class) == (None, None, None)
    assert told.text("zh") == "未评级\n- 订单数为 0，至少 1 才能评级。"
    told = explain(wanted, standard, {"sales": None, "orders": 3})
    assert told.text("en") == "Unrated\n- Sales is not known."


def test_classes_nobody_can_reach_are_passed_over(engine):
    # Of three customers the first is the top 1 % and 5 % and 20 % at once.
    wanted = schemes.load("pyramid")
    standard = fitted(engine, wanted, sales=[60, 30, 10])
    told = explain(wanted, standard, {"sales": 30, "orders": 1})
    assert (told.class_, told.next_class) == ("long-tail", "key")


def test_less_is_better(engine):
    wanted = scheme(
        "threshold", indicator="recency", better="lower", classes=classes(30, 90, field="at_most")
    )
    told = explain(wanted, fitted(engine, wanted, recency=[1]), {"recency": 41, "orders": 1})
    assert told.sentences("zh") == ["距上次购买天数 41 天 ≤ B界限 90 天。"]
    assert told.way("en") == ["Days since last purchase down by 11 days: 41 days → 30 days."]


def test_rfm_letter_by_letter(engine):
    wanted = schemes.load("rfm")
    # Fifths of five: F bounds 5, 4, 3, 2 and so on; every mean score is 3.
    standard = fitted(
        engine,
        wanted,
        recency=[10, 20, 30, 40, 50],
        frequency=[5, 4, 3, 2, 1],
        sales=[500, 400, 300, 200, 100],
    )
    row = {"recency": 45, "frequency": 2, "sales": Decimal(450), "orders": 2}
    told = explain(wanted, standard, row)
    # R: 45 days is past 40 (1); F: 2 (2); M: 450 is past 400 (4). Only M is high.
    assert (told.class_, told.score) == ("important-retain", 7.0)
    assert told.sentences("en") == [
        "R: Days since last purchase 45 days > 40 days, scores 1.",
        "F: Purchase frequency 2 ≥ 2, scores 2.",
        "M: Sales 450 ≥ 400, scores 4.",
        "R score 1 < mean 3: low.",
        "F score 2 < mean 3: low.",
        "M score 4 ≥ mean 3: high.",
    ]
    # The nearest better class needs F high: three purchases.
    assert told.next_class == "important-keep"
    assert told.way("zh") == ["F：购买频次再增加 1（2 → 3）。"]


def test_rfm_at_the_ends_of_the_scores(engine):
    wanted = schemes.load("rfm")
    columns = {
        "recency": [10, 20, 30, 40, 50],
        "frequency": [5, 4, 3, 2, 1],
        "sales": [500, 400, 300, 200, 100],
    }
    standard = fitted(engine, wanted, **columns)
    row = {"recency": 20, "frequency": 1, "sales": Decimal(500), "orders": 1}
    told = explain(wanted, standard, row)
    assert told.sentences("en")[:3] == [
        "R: Days since last purchase 20 days ≤ 20 days, scores 4.",
        "F: Purchase frequency 1 < 2, scores 1.",
        "M: Sales 500 ≥ 500, scores 5.",
    ]
    assert told.score == 10.0
    # A score of 3 is high: from one purchase to three.
    assert told.way("en") == ["F: Purchase frequency up by 2: 1 → 3."]
    tens = fitted(engine, wanted, **columns | {"frequency": [50, 40, 30, 20, 10]})
    far = explain(wanted, tens, row | {"frequency": 10})
    assert far.way("en") == ["F: Purchase frequency up by 20: 10 → 30."]
    best = explain(wanted, standard, row | {"frequency": 9})
    assert (best.class_, best.next_class, best.to_next) == (wanted.keys()[0], None, [])


def test_rfm_by_the_mean_of_the_values(engine):
    split = {"by": "mean", "of": "value"}
    wanted = schemes.load(schemes.load("rfm").dump() | {"split": split})
    standard = fitted(
        engine, wanted, recency=[10, 50], frequency=[1, 2], sales=[100, 300]
    )  # means of 30 days, 1.5 purchases and 200
    row = {"recency": 31, "frequency": 2, "sales": Decimal(200), "orders": 2}
    told = explain(wanted, standard, row)
    assert told.sentences("en")[3:] == [
        "R: Days since last purchase 31 days > mean 30 days: low.",
        "F: Purchase frequency 2 ≥ mean 1.5: high.",
        "M: Sales 200 ≥ mean 200: high.",
    ]
    assert told.way("en") == ["R: Days since last purchase down by 1 day: 31 days → 30 days."]


def test_notes_say_what_they_are_about_once():
    wanted = schemes.load("abc")
    equal = schemes.Note(code="all-equal", column="sales")
    lacking = schemes.Note(code="no-attribute", column="attribute_colour", near=["color"])
    assert remarks(wanted, [equal, lacking, equal], "en")[0] == (
        "All customers had the same Sales, so it tells nobody apart."
    )
    told = remarks(wanted, [equal, lacking, equal], "zh")
    assert len(told) == 2
    assert "color" in told[1]
    begun = schemes.Note(code="before-sales", began=date(2024, 3, 1), since=date(2024, 1, 1))
    [said] = remarks(wanted, [begun], "en")
    assert "as of 2024-01-01, and the first sale in the ledger is of 2024-03-01" in said
    [kind] = remarks(wanted, [schemes.Note(code="no-facts", kind="feedback")], "zh")
    assert "反馈" in kind


def test_a_window_is_told_with_its_first_and_last_day(engine):
    wanted = schemes.load("abc")
    standard = fitted(engine, wanted, sales=[60, 30, 10])
    told = explain(wanted, standard, {"sales": 60, "orders": 1}, as_of=date(2026, 1, 1))
    assert told.text("en").splitlines()[-1] == "Counted: 12 months, 2025-01-01 to 2025-12-31."
    ever = schemes.load(wanted.dump() | {"window": "all"})
    told = explain(
        ever, fitted(engine, ever, sales=[6]), {"sales": 6, "orders": 1}, as_of=date(2026, 1, 1)
    )
    assert told.window.data["last"] == date(2025, 12, 31)
    assert "since" not in told.window.data


def test_weighted_contribution_by_contribution(engine):
    wanted = scheme(
        "weighted",
        indicators=[
            {"indicator": "sales", "weight": 60, "normalise": {"by": "minmax"}},
            {
                "indicator": "recency",
                "weight": 40,
                "better": "lower",
                "normalise": {"by": "minmax"},
            },
        ],
        classes=classes(80, 50, field="at_least"),
    )
    standard = fitted(engine, wanted, sales=[0, 200], recency=[0, 100])
    # 100 of 200 is 50 points (30); 60 days of 100 is 40 points (16). 46 in all, 4 short of B.
    row = {"sales": Decimal(100), "recency": 60, "orders": 1}
    told = explain(wanted, standard, row)
    assert (told.class_, told.next_class, told.score) == ("C", "B", 46.0)
    assert told.sentences("zh")[0] == (
        "销售额 100 元，在 0 元 与 200 元 之间，得 50 分 × 权重 60% = 30。"
    )
    assert told.sentences("en")[2:] == ["Score: 30 + 16 = 46.", "Score 46 < 50, the bound of B."]
    # 4 points are 6.67 of sales' 100 (13.34 of 200), or 10 of recency's (10 days).
    assert told.way("en") == [
        "4 more points: 46 → 50.",
        "Sales alone up by 13.34: 100 → 113.34.",
        "Days since last purchase alone down by 10 days: 60 days → 50 days.",
    ]
    # From nothing to A: 80 points, which neither 60 nor 40 can give.
    far = explain(wanted, standard, {"sales": Decimal(0), "recency": 100, "orders": 1})
    assert far.next_class == "B"
    assert [step.code for step in far.to_next] == ["next-score", "next-alone-more"]


def test_close_numbers_are_told_apart(engine):
    wanted = scheme("threshold", indicator="margin", classes=classes(0.25, field="at_least"))
    told = explain(wanted, fitted(engine, wanted, margin=[0.5]), {"margin": 0.24996, "orders": 1})
    assert told.sentences("en") == ["Gross margin 24.996% < 25%, the bound of A."]


def test_a_window_of_its_own_is_named(engine):
    wanted = scheme(
        "threshold",
        indicator="sales@24m",
        value="sales@24m",
        title=words("x"),
        classes=classes(10, field="at_least"),
    )
    standard = schemes.METHODS["threshold"].standard(
        scheme=wanted.hash, customers=1, column="sales_24m", better="higher", cuts=[10]
    )
    told = explain(wanted, standard, {"sales_24m": 12})
    assert told.sentences("en") == ["Sales (24 months) 12 ≥ 10, the bound of A."]


def test_degenerate_standards_say_so(engine):
    wanted = schemes.load("abc")
    same = explain(wanted, fitted(engine, wanted, sales=[5, 5]), {"sales": 5, "orders": 1})
    assert "所有客户的销售额相同" in same.text("zh")
    nothing = explain(wanted, fitted(engine, wanted, sales=[0, -5]), {"sales": 0, "orders": 1})
    assert (nothing.class_, nothing.next_class) == ("C", None)
    assert "above zero" in nothing.text("en")


def test_explanations_are_plain_data(engine):
    wanted = schemes.load("abc")
    told = explain(wanted, fitted(engine, wanted, sales=[6, 3]), {"sales": Decimal(3), "orders": 1})
    again = json.loads(json.dumps(told.to_dict()))
    assert again["class"] == told.class_
    assert again["steps"][0]["data"]["value"] == "3"


@pytest.mark.parametrize(
    ("currency", "told"), [("USD", "12 美元"), ("chf", "12 CHF"), ("", "12 元")]
)
def test_chinese_calls_money_by_its_currency(currency, told, monkeypatch):
    monkeypatch.setattr(settings, "_OPENED", [])  # no data that have a currency of their own
    monkeypatch.setenv("KEFEN_CURRENCY", currency)
    assert amount(12, "money", "zh") == told
    assert amount(12, "money", "en") == "12"
