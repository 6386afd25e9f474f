"""backtest: classes from the past, judged by what came after."""

from __future__ import annotations

import json
from datetime import date

import cdnow_sample
import polars as pl
import pytest

import kefen
from kefen.errors import RunError
from kefen.evaluate.outcomes import observe

DAY, END = date(2025, 1, 1), date(2025, 4, 1)

# Sales of 2024 and of the first quarter of 2025; eve is new.
#        2024   2025
#   ann   500    300   big
#   bob   200      -   big
#   cem    50     90   small
#   dan    10     10   small
#   eve     -    100
SALES = [
    ("ann", "2024-03-01", 200),
    ("ann", "2024-11-01", 300),
    ("bob", "2024-06-01", 200),
    ("cem", "2024-07-01", 50),
    ("dan", "2024-08-01", 10),
    ("ann", "2025-02-01", 300),
    ("cem", "2025-01-01", 90),
    ("dan", "2025-03-01", 10),
    ("eve", "2025-02-02", 100),
    ("eve", "2025-03-31", 0),
]


def words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


BIG = {
    "name": "big",
    "title": words("Big and small"),
    "method": "threshold",
    "indicator": "sales",
    "classes": [
        {"key": "big", "title": words("Big"), "at_least": 100},
        {"key": "small", "title": words("Small")},
    ],
}


def company(sales: list[tuple[str, str, float]], **frames: pl.DataFrame) -> kefen.Ledger:
    names, days, amounts = zip(*sales, strict=True)
    orders = pl.DataFrame(
        {
            "order_id": [str(number) for number in range(len(sales))],
            "customer_id": names,
            "ordered_on": days,
            "amount": [str(amount) for amount in amounts],
            "cost": [str(amount / 2) for amount in amounts],
        }
    )
    return kefen.from_frames(orders=orders, **frames)


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    invoices = pl.DataFrame(
        {
            "invoice_id": ["i1", "i2"],
            "customer_id": ["ann", "cem"],
            "issued_on": ["2025-01-10", "2025-01-11"],
            "due_on": ["2025-02-10", "2025-06-11"],
            "amount": ["300", "90"],
        }
    )
    return company(SALES, invoices=invoices)


@pytest.fixture(scope="module")
def backtest(ledger: kefen.Ledger) -> kefen.Backtest:
    return kefen.backtest(ledger, [BIG, "abc"], [DAY], horizon="3m")


def test_what_each_class_did(backtest: kefen.Backtest) -> None:
    big, small = backtest.track("big").classes
    assert (big.class_, big.customers, big.share_of_customers) == ("big", 2, 0.5)
    assert (big.past, big.sales, big.profit) == (700, 300, 150)
    assert (big.share_of_value, big.lift) == (0.75, 1.5)
    assert (big.mean.value, big.mean_profit.value, big.retention.value) == (150, 75, 0.5)
    assert (small.mean.value, small.mean_profit.value, small.retention.value) == (50, 25, 1)


def test_the_lapsed_are_told_apart_from_the_unrated() -> None:
    """ann bought within the year before, bob last in 2023."""
    sales = [("ann", "2024-06-01", 200), ("bob", "2023-06-01", 90), ("ann", "2025-03-31", 10)]
    least = BIG | {"minimum": {"orders": 1}}
    track = kefen.backtest(company(sales), [least], [DAY]).tracks[0]
    assert [(one.class_, one.index, one.customers) for one in track.classes] == [
        ("big", 1, 1), ("small", 2, 0), ("~lapsed", 0, 1),
    ]  # fmt: skip


def test_money_overdue_when_there_are_invoices(backtest: kefen.Backtest) -> None:
    big, small = backtest.track("big").classes
    assert (big.overdue, big.overdue_rate.value) == (300, 0.5)  # ann's, due in February
    assert (small.overdue, small.overdue_rate.value) == (0, 0)  # cem's is due in June


def test_the_gini_of_the_ranking(backtest: kefen.Backtest) -> None:
    # Of 400 known to come: ann 300, bob 0, cem 90, dan 10 in the order of class and score.
    # Trapezoids of 0, 0.75, 0.75, 0.975, 1 a quarter wide: 0.74375; of the classes: 0.625.
    track = backtest.track("big")
    assert track.gini.value == pytest.approx(2 * 0.74375 - 1)
    assert track.gini_classes.value == pytest.approx(2 * 0.625 - 1)
    assert track.gini_past.value == pytest.approx(2 * 0.74375 - 1)
    assert track.gini_best.value == pytest.approx(2 * 0.80625 - 1)
    assert track.gain.value == 0


def test_what_the_top_captured(backtest: kefen.Backtest) -> None:
    top = backtest.track("big").top
    assert (top.customers, top.value.value, top.past.value, top.lift) == (0.5, 0.75, 0.75, 1.5)
    half = next(one for one in backtest.track("big").captures if one.customers == 0.5)
    assert half.value.value == 0.75


def test_the_order_of_the_classes(backtest: kefen.Backtest) -> None:
    track = backtest.track("big")
    assert track.monotone
    [step] = track.steps
    assert step["difference"].value == 100
    assert not step["distinct"]  # two customers a class say nothing for sure


def test_classes_out_of_order(ledger: kefen.Ledger) -> None:
    turned = BIG | {"name": "turned", "indicator": "recency", "better": "lower"}
    turned["classes"] = [
        {"key": "new", "title": words("New"), "at_most": 100},  # ann
        {"key": "old", "title": words("Old"), "at_most": 160},  # dan, 153 days
        {"key": "older", "title": words("Older")},  # cem 184 days, bob 214
    ]
    track = kefen.backtest(ledger, [turned], [DAY]).tracks[0]
    assert [one.mean.value for one in track.classes] == [300, 10, 45]
    assert not track.monotone
    assert "out of order" in track.text("en")


def test_classes_that_are_kinds_are_judged_by_how_they_differ() -> None:
    """Small before big: as a ranking it is upside down, as kinds they differ wholly."""
    sales = [
        (f"{kind}{number}", day, amount + number)
        for kind, amount in (("x", 10), ("y", 500))
        for number in range(60)
        for day in ("2024-06-01", "2025-03-31")
    ]
    ranks = BIG | {"better": "lower"}
    ranks["classes"] = [
        {"key": "small", "title": words("Small"), "at_most": 100},
        {"key": "big", "title": words("Big")},
    ]
    kinds = ranks | {"name": "kinds", "ranked": False}
    found = kefen.backtest(company(sales), [ranks, kinds], [DAY])
    assert found.track("big").verdict == "poor"
    assert found.track("kinds").verdict == "good"
    assert "kinds, not ranks" in found.track("kinds").text("en")


def test_customers_nobody_knew(backtest: kefen.Backtest) -> None:
    assert backtest.customers == 4  # eve is not among them
    assert backtest.new_share == pytest.approx(0.2)  # 100 of 500
    assert "20.0%" in backtest.text("en")


def test_the_curves(backtest: kefen.Backtest) -> None:
    assert backtest.track("big").points == [
        [0, 0],
        [0.25, 0.75],
        [0.5, 0.75],
        [0.75, 0.975],
        [1, 1],
    ]
    assert backtest.best == [[0, 0], [0.25, 0.75], [0.5, 0.975], [0.75, 1], [1, 1]]


FUTURES = {
    "as it was": [],
    "others": [("zoe", "2025-01-01", 99_999), ("yan", "2025-03-03", 5)],
    "more of the same": [("dan", "2025-01-01", 50_000), ("bob", "2025-02-01", 70)],
}


def test_nothing_leaks_from_the_future() -> None:
    """Whatever comes after the day, the classes are the same, and so are their scores."""
    schemes = ["value-tiers", "rfm", "weighted", BIG]
    listed = [kefen.schemes.load(one) for one in schemes]
    found = []
    for future in FUTURES.values():
        past = [row for row in SALES if row[1] < str(DAY)]
        seen = observe(company([*past, *future]), listed, DAY, END)
        assert not seen.failed
        found.append(
            {
                name: dict(zip(seen.ids, zip(one.place, one.score, strict=True), strict=True))
                for name, one in seen.classed.items()
            }
        )
    assert found[0] == found[1] == found[2]
    assert set(found[0]["rfm"]) == {"ann", "bob", "cem", "dan"}


def test_rows_in_another_order_and_money_in_another_unit(ledger: kefen.Ledger) -> None:
    first = kefen.backtest(ledger, [BIG, "rfm"], [DAY])
    shuffled = kefen.backtest(company(SALES[::-1]), [BIG, "rfm"], [DAY])
    larger = [(name, day, amount * 100) for name, day, amount in SALES]
    scaled = kefen.backtest(company(larger), ["rfm"], [DAY])
    for name in ("big", "rfm"):
        assert shuffled.track(name).gini == first.track(name).gini
        assert shuffled.track(name).points == first.track(name).points
    assert scaled.track("rfm").gini.value == pytest.approx(first.track("rfm").gini.value)
    assert (
        scaled.track("rfm").classes[0].mean.value == 100 * first.track("rfm").classes[0].mean.value
    )


def test_the_same_again_gives_the_same_intervals(
    ledger: kefen.Ledger, backtest: kefen.Backtest
) -> None:
    again = kefen.backtest(ledger, [BIG, "abc"], [DAY])
    assert again.to_dict() | {"seconds": 0} == backtest.to_dict() | {"seconds": 0}


def test_the_dates_by_themselves(ledger: kefen.Ledger) -> None:
    # The last sale is of 2025-03-31, so the last horizon of a month begins on March the first.
    found = kefen.backtest(ledger, [BIG], periods=3, every="1m", horizon="1m")
    assert found.dates == (date(2025, 1, 1), date(2025, 2, 1), date(2025, 3, 1))
    assert found.ends == (date(2025, 2, 1), date(2025, 3, 1), date(2025, 4, 1))
    assert [trial.customers for trial in found.tracks[0].trials] == [4, 4, 5]


def test_by_profit(ledger: kefen.Ledger) -> None:
    found = kefen.backtest(ledger, [BIG], [DAY], value="profit")
    assert found.track("big").classes[0].mean.value == 75


def test_a_scheme_that_cannot_be_tried_does_not_stop_the_others() -> None:
    orders = pl.DataFrame(
        {"customer_id": ["a", "b", "a"], "ordered_on": ["2024-06-01", "2024-06-01", "2025-02-28"]}
        | {"amount": ["5", "6", "7"]}
    )
    broken = BIG | {"name": "broken", "classes": [*BIG["classes"]]}
    document = kefen.schemes.load(broken)
    odd = document.model_copy(update={"indicator": "no_such"})
    found = kefen.backtest(kefen.from_frames(orders=orders), [odd, BIG], [DAY], horizon="2m")
    assert found.track("broken").verdict == "unknown"
    assert "could not be tried" in found.track("broken").text("en")
    assert found.track("big").gini.value is not None
    json.dumps(found.to_dict())


@pytest.mark.parametrize(
    ("dates", "horizon", "code"),
    [
        (["2025-03-01"], "3m", "backtest-open"),
        (["2020-01-01"], "3m", "backtest-short"),
        (None, "9y", "backtest-short"),
        (None, "all", "backtest-endless"),
        (["soon"], "3m", "bad-as-of"),
    ],
)
def test_refusals(ledger: kefen.Ledger, dates: list[str], horizon: str, code: str) -> None:
    with pytest.raises(RunError) as refused:
        kefen.backtest(ledger, [BIG], dates, horizon=horizon)
    assert refused.value.code == code


def test_nothing_sold_afterwards_is_not_judged() -> None:
    ledger = company([("a", "2024-05-01", 10), ("b", "2024-05-01", 200), ("c", "2025-03-31", 0)])
    track = kefen.backtest(ledger, [BIG], [DAY]).tracks[0]
    assert track.verdict == "unknown"
    assert track.gini.value is None
    assert "{" not in track.text("zh") + track.text("en")


def test_in_words_and_as_json(backtest: kefen.Backtest) -> None:
    document = json.loads(json.dumps(backtest.to_dict()))
    assert document["schemes"][0]["classes"][0]["class"] == "big"
    assert document["horizon"] == "3m"
    for lang in ("zh", "en"):
        assert "{" not in document["text"][lang]


def test_purchases_foretold_are_held_against_those_that_came() -> None:
    """CDNOW, the 39 weeks after those that Fader, Hardie & Lee (2005) fit: 1,882 purchases came.

    Pareto/NBD foretells about a tenth fewer.
    """
    alive = {
        "name": "alive",
        "title": words("Alive"),
        "method": "threshold",
        "indicator": "p_alive",
        "classes": [
            {"key": "yes", "title": words("Alive"), "at_least": 0.5},
            {"key": "no", "title": words("Gone")},
        ],
    }
    orders = cdnow_sample.orders()
    paid = orders.filter(
        pl.col("amount").cast(pl.Float64) > 0, pl.col("ordered_on") < date(1997, 10, 1)
    )
    ledger = kefen.from_frames(orders=orders)
    found = kefen.backtest(ledger, [alive], [cdnow_sample.AS_OF], horizon="39w", draws=50)
    [calibration] = found.tracks[0].calibrations
    assert calibration.indicator == "expected_purchases"
    assert calibration.customers == paid["customer_id"].n_unique()  # few were only given things
    assert calibration.realised * calibration.customers == pytest.approx(1882)
    assert calibration.predicted == pytest.approx(calibration.realised, rel=0.15)
    assert [b.realised for b in calibration.bins][-1] > 10 * calibration.bins[0].realised
    assert "were foretold" in found.text("en")


def _three(costs: list[str | None]) -> kefen.Ledger:
    """a sold 1000, b 100, c 100 before 2025-07-01; after it a and b bought for 100 each."""
    orders = pl.DataFrame(
        {
            "customer_id": ["a", "b", "c", "a", "b"],
            "ordered_on": [*["2025-03-01"] * 3, "2025-08-01", "2025-08-01"],
            "amount": ["1000", "100", "100", "100", "100"],
            "cost": ["500", "50", "50", *costs],
        }
    )
    return kefen.from_frames(orders=orders)


def test_profit_is_unknown_where_no_cost_is_known() -> None:
    ledger = _three([None, None])
    found = kefen.backtest(ledger, ["abc"], [date(2025, 7, 1)], horizon="32d", value="profit")
    [track] = found.tracks
    assert track.verdict == "unknown"
    assert "profit is unknown" in track.text("en")
    assert all(one.profit is None for one in track.classes if one.retention.value)
    assert all(one.mean_profit.value is None for one in track.classes if one.retention.value)


def test_buyers_of_unknown_cost_do_not_vanish() -> None:
    """Class C holds b, who bought at unknown cost, and c, who did not buy."""
    found = kefen.backtest(
        _three(["40", None]), ["abc"], [date(2025, 7, 1)], horizon="32d", value="profit"
    )
    a, c = (one for one in found.tracks[0].classes if one.customers)
    assert (a.profit, a.mean_profit.value, a.cost_known) == (60, 60, 1)
    assert (c.profit, c.mean_profit.value, c.cost_known) == (None, None, 0)
    assert "50.0% of the buyers" in found.text("en")


def test_buyers_of_known_cost_stand_for_the_others_of_their_class() -> None:
    """Small: b brought 60 at a cost of 40, d as much at a cost nobody knows, c nothing."""
    orders = pl.DataFrame(
        {
            "customer_id": ["b", "c", "d", "b", "d"],
            "ordered_on": [*["2025-03-01"] * 3, "2025-08-01", "2025-08-01"],
            "amount": ["100"] * 5,
            "cost": ["50", "50", "50", "40", None],
        }
    )
    found = kefen.backtest(
        kefen.from_frames(orders=orders), ["abc"], [date(2025, 7, 1)], horizon="32d"
    )
    [kept] = [one for one in found.tracks[0].classes if one.customers]
    assert kept.mean_profit.value == pytest.approx(60 * 2 / 3)
    assert (kept.profit, kept.cost_known) == (None, 0.5)


def test_classes_cut_from_past_sales_are_judged_alone() -> None:
    """a went on to bring 100 of 200: its class of 1 of 3 customers captures half."""
    found = kefen.backtest(_three(["1", "1"]), ["abc"], [date(2025, 7, 1)], horizon="32d")
    [track] = found.tracks
    assert track.by_past_sales
    # Two bins: x 1/3, y 1/2, then b and c together: 2 (1/3 · 1/4 + 2/3 · 3/4) − 1.
    assert track.gini_classes is not None
    assert track.gini_classes.value == pytest.approx(2 * (1 / 12 + 1 / 2) - 1)
    assert "judged alone" in track.text("en")
    assert track.to_dict()["basis"]["pooled"][0] == "classes"


def test_a_ledger_large_enough_to_keep_its_measures_is_tried_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Measures are kept beside a large ledger; those of a past day are made of the past alone."""
    plain = kefen.backtest(company(SALES), [BIG], [DAY], draws=20)
    monkeypatch.setattr("kefen.indicators.refresh.WORTH", 0)
    large = kefen.backtest(company(SALES), [BIG], [DAY], draws=20)
    assert large.to_polars().equals(plain.to_polars())
    assert large.track("big").failed is None
