"""scorecard: measurable, substantial, reachable, responding differently."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

import kefen
from kefen.errors import RunError
from kefen.evaluate import experiment
from kefen.evaluate.criteria import worked

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = date(2025, 11, 1)


def words(text: str) -> dict[str, str]:
    return {"zh": text, "en": text}


SCHEME = {
    "name": "sizes",
    "title": words("Sizes"),
    "method": "threshold",
    "indicator": "sales",
    "minimum": {"orders": 1},
    "classes": [
        {"key": "big", "title": words("Big"), "at_least": 2000},
        {"key": "mid", "title": words("Middle"), "at_least": 500},
        {"key": "small", "title": words("Small")},
    ],
}
"""Forty big, forty middle, thirty-nine small and one who never bought."""
KINDS = [("big", 1200.0), ("mid", 300.0), ("small", 50.0)]


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    rows, people = [], []
    for kind, amount in KINDS:
        for number in range(40 if kind != "small" else 39):
            name = f"{kind}{number}"
            for quarter in range(8):
                day = date(2024, 1, 10) + timedelta(days=91 * quarter + number % 20)
                rows.append((f"{name}-{quarter}", name, day, amount + number % 7))
            agreed = "是" if number % 4 else "否"
            people.append((name, "Li" if kind != "small" else None, f"{number}", agreed))
    people.append(("never", None, None, None))
    orders = pl.DataFrame(
        rows, schema=["order_id", "customer_id", "ordered_on", "amount"], orient="row"
    )
    columns = ["customer_id", "owner", "phone", "同意营销"]
    customers = pl.DataFrame(people, schema=columns, orient="row")
    return kefen.from_frames(orders=orders, customers=customers)


@pytest.fixture(scope="module")
def run(ledger: kefen.Ledger) -> kefen.Run:
    return kefen.grade(ledger, SCHEME, AS_OF)


@pytest.fixture(scope="module")
def card(run: kefen.Run) -> kefen.Scorecard:
    return kefen.scorecard(run)


def found(card: kefen.Scorecard, code: str):
    return next(one for one in card.findings if one.code == code)


def test_measurable(card: kefen.Scorecard) -> None:
    coverage = found(card, "scorecard-coverage")
    assert coverage.figure("coverage") == pytest.approx(119 / 120)
    assert found(card, "scorecard-missing").figure("most_missing") == 0
    assert card.verdict_of("measurable") == "good"


def test_substantial(card: kefen.Scorecard) -> None:
    size = found(card, "scorecard-size")
    assert size.verdict == "good"
    assert [row["customers"] for row in size.rows] == [40, 40, 39]
    assert [row["flag"] for row in size.rows] == [None, None, None]


def test_classes_out_of_size_are_told(ledger: kefen.Ledger) -> None:
    few = SCHEME | {"name": "few"}
    few["classes"] = [
        {"key": "huge", "title": words("Huge"), "at_least": 10_000_000},
        {"key": "most", "title": words("Most"), "at_least": 10},
        {"key": "none", "title": words("Rest")},
    ]
    size = found(kefen.scorecard(kefen.grade(ledger, few, AS_OF)), "scorecard-size")
    assert [row["flag"] for row in size.rows] == ["empty", "large", "empty"]
    assert size.verdict == "poor"
    assert "Huge (nobody in it), Most (more than 85 % of the customers)" in size.text("en")


def test_reachable(card: kefen.Scorecard) -> None:
    owner, channel = found(card, "scorecard-owner"), found(card, "scorecard-channel")
    assert owner.figure("with_owner") == pytest.approx(80 / 119)
    assert [row["share"] for row in owner.rows] == [1, 1, 0]
    assert owner.verdict == "poor"
    assert (channel.figure("with_channel"), channel.verdict) == (1, "good")
    consent = found(card, "scorecard-consent")
    assert consent.figure("in_top") == 0.75  # three of four said yes
    assert "同意营销" in consent.text("zh")


def test_responding(card: kefen.Scorecard) -> None:
    assert card.backtest.dates == (date(2025, 7, 28),)  # the last sale is of 27 October
    effect = found(card, "scorecard-effect")
    assert effect.verdict == "good"
    assert effect.figure("epsilon") > 0.5
    assert found(card, "scorecard-distinct").figure("distinct") == 1
    assert card.verdict_of("responding") == "good"


def test_the_whole_is_as_good_as_its_worst(card: kefen.Scorecard) -> None:
    assert card.verdict == "poor"
    for lang in ("zh", "en"):
        assert "{" not in card.text(lang)
    document = json.loads(json.dumps(card.to_dict()))
    assert [one["name"] for one in document["criteria"]] == list(kefen.evaluate.CRITERIA)
    assert document["criteria"][2]["findings"][0]["todo"]["en"].startswith("Give every customer")


def test_no_sentence_of_a_finding_keeps_a_placeholder(run: kefen.Run, ledger: kefen.Ledger) -> None:
    """Whatever the verdict: what was found, and what to change."""
    weighted = kefen.grade(ledger, "weighted", AS_OF)
    tried = kefen.scorecard(run, experiment=trial_of(run, 10))
    cards = (tried, kefen.scorecard(weighted), kefen.readiness(ledger))
    left = [
        (one.code, verdict, lang, text)
        for card in cards
        for finding in card.findings
        for verdict in ("good", "fair", "poor", "unknown")
        for one in (replace(finding, verdict=verdict), replace(finding, verdict=verdict, lacks=""))
        for lang in ("zh", "en")
        for text in (one.title(lang), one.text(lang), one.todo(lang))
        if "{" in text
    ]
    assert left == []


def test_no_later_sales_leave_the_response_unknown() -> None:
    orders = pl.DataFrame({"customer_id": ["a"], "ordered_on": ["2025-12-31"], "amount": ["5"]})
    card = kefen.scorecard(kefen.grade(kefen.from_frames(orders=orders), SCHEME, AS_OF))
    assert card.backtest is None
    assert card.verdict_of("responding") == "unknown"
    json.dumps(card.to_dict())


def test_a_run_of_last_year_is_stale(ledger: kefen.Ledger) -> None:
    card = kefen.scorecard(kefen.grade(ledger, SCHEME, date(2025, 1, 1)))
    stale = found(card, "scorecard-stale")
    assert stale.verdict == "poor"
    assert "2025-01-01" in stale.text("en")
    assert card.backtest.dates == (date(2025, 1, 1),)


# -- experiments --


def test_uplift_by_hand(run: kefen.Run) -> None:
    from scipy.stats import chi2

    names = [f"big{n}" for n in range(6)] + [f"mid{n}" for n in range(6)]
    table = pl.DataFrame(
        {
            "customer_id": names,
            "group": ["treated", "Treated ", "试验", "holdout", "control", "对照"] * 2,
            "outcome": [14.0, 16, 18, 9, 10, 11, 1, 2, 3, 1, 2, 3],
        }
    )
    result = experiment(run, table)
    big, mid = result.uplifts
    # Means 16 and 10; variances 4 and 1, three of each: √(4/3 + 1/3) = √(5/3).
    assert (big.treated, big.holdout, big.uplift.value) == (3, 3, 6)
    assert big.error == pytest.approx((5 / 3) ** 0.5)
    assert big.uplift.low == pytest.approx(6 - 1.959964 * (5 / 3) ** 0.5)
    assert mid.uplift.value == 0
    # Weights 0.6 and 1.5, mean 6 · 0.6 ÷ 2.1: Q = 0.6 · (6 − 12/7)² + 1.5 · (12/7)².
    assert result.q == pytest.approx(0.6 * (30 / 7) ** 2 + 1.5 * (12 / 7) ** 2)
    assert result.p == pytest.approx(chi2.sf(result.q, 1))


def test_the_lapsed_are_told_apart_and_treating_as_a_whole() -> None:
    """One bought this year, one only the year before, and never does "new" buy; four of each."""
    days = {"now": date(2025, 9, 1), "once": date(2023, 9, 1)}
    names = [f"{kind}{n}" for kind in ("now", "once", "new") for n in range(4)]
    sold = [(name, days[name[:-1]], 3000.0) for name in names if name[:-1] in days]
    orders = pl.DataFrame(sold, schema=["customer_id", "ordered_on", "amount"], orient="row")
    ledger = kefen.from_frames(orders=orders, customers=pl.DataFrame({"customer_id": names}))
    outcome = [9.0, 11, 1, 3] * 3
    table = {"customer_id": names, "group": [1, 1, 0, 0] * 3, "outcome": outcome}
    result = experiment(kefen.grade(ledger, SCHEME, AS_OF), table)
    assert [one.class_ for one in result.uplifts] == ["big", "~lapsed", None]
    assert result.lacks == "one-class"
    # Means 10 and 2; variance 6/5 of the six in each group: 1.96 · √(2 · 6/5 ÷ 6) = 1.24.
    assert (result.whole.treated, result.whole.uplift.value) == (6, 8)
    assert result.whole.uplift.low == pytest.approx(8 - 1.959964 * 0.4**0.5)
    assert worked(result).verdict == "good"
    worse = experiment(kefen.grade(ledger, SCHEME, AS_OF), table | {"group": [0, 0, 1, 1] * 3})
    assert (worked(worse).verdict, "did harm" in worked(worse).text()) == ("poor", True)
    assert all(name in repr(result) for name in ("(lapsed)", "(all)"))


def test_an_experiment_joins_the_scorecard(run: kefen.Run) -> None:
    names = [f"{kind}{n}" for kind, _ in KINDS for n in range(39)]
    rows = [
        (name, n % 2, 5.0 * (n % 2) * name.startswith("big") + n % 3)
        for n, name in enumerate(names)
    ]
    table = {
        "customer_id": [row[0] for row in rows],
        "group": [row[1] for row in rows],
        "outcome": [row[2] for row in rows],
    }
    card = kefen.scorecard(run, experiment=table)
    uplift = found(card, "scorecard-uplift")
    assert uplift.verdict == "good"
    assert "most in Big" in uplift.text("en")
    assert card.to_dict()["experiment"]["uplifts"][0]["class"] == "big"


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ({"customer_id": ["a"], "outcome": [1.0]}, "experiment-columns"),
        ({"customer_id": ["a"], "group": ["x"], "outcome": [1.0]}, "experiment-groups"),
        ({"customer_id": ["a"], "group": ["treated"], "outcome": [None]}, "experiment-outcome"),
    ],
)
def test_tables_that_are_no_experiment(run: kefen.Run, table: dict, code: str) -> None:
    with pytest.raises(RunError) as refused:
        experiment(run, table)
    assert refused.value.code == code


def test_outcomes_are_the_sales_since_treating_began(tmp_path: Path) -> None:
    orders = pl.DataFrame(
        {
            "customer_id": ["001", "002", "001", "002", "001", "001"],
            "ordered_on": ["2025-01-05"] * 2
            + ["2025-03-01", "2025-03-31", "2025-04-01", "2025-06-30"],
            "amount": ["3000", "2500", "70", "20", "900", "1"],
        }
    )
    facts = kefen.from_frames(orders=orders)
    run = kefen.grade(facts, SCHEME, "2025-03-01")
    file = tmp_path / "trial.csv"
    file.write_text("客户编号,分组,日期\n001,试验组,2025/3/1\n002,对照组,\n", "utf-8")
    found = experiment(run, file, horizon="1m", since=date(2025, 3, 1))
    assert (found.uplifts[0].mean_treated, found.uplifts[0].mean_holdout) == (70, 20)
    assert found.began == (date(2025, 3, 1), date(2025, 3, 1))
    with pytest.raises(RunError, match="experiment-date"):
        experiment(run, file, horizon="1m")
    with pytest.raises(RunError, match="experiment-open") as refused:
        experiment(run, file, horizon="6m", since=date(2025, 3, 1))
    assert refused.value.data["end"] == date(2025, 9, 1)


def test_ids_in_a_file_keep_their_zeros(tmp_path: Path) -> None:
    orders = pl.DataFrame(
        {
            "customer_id": ["001", "002", "003", "004"],
            "ordered_on": ["2025-05-01"] * 4,
            "amount": ["3000", "3000", "600", "600"],
        }
    )
    run = kefen.grade(kefen.from_frames(orders=orders), SCHEME, "2025-11-01")
    file = tmp_path / "trial.csv"
    file.write_text(
        "customer_id,group,outcome\n001,treated,5\n002,holdout,2\n0099,holdout,1\n", "utf-8-sig"
    )
    found = experiment(run, file)
    assert (found.uplifts[0].treated, found.uplifts[0].holdout) == (1, 1)
    assert (found.uplifts[0].mean_treated, found.uplifts[0].mean_holdout) == (5, 2)
    assert (found.unknown, found.unknown_ids) == (1, ("0099",))
    assert "customers left out, as the run has none such: 1" in repr(found)
    card = kefen.scorecard(run, experiment=file)
    assert "0099" in card.text("en")
    told = [one.code for one in card.findings]
    assert told.index("scorecard-strangers") < told.index("scorecard-uplift")
    # One class has both groups: there is no other to hold it against.
    assert "Only one class has both" in card.text("en")


@pytest.mark.parametrize(
    ("rows", "code", "ids"),
    [
        ([("big0", "treated"), ("big0", "treated")], "experiment-twice", ["big0"]),
        ([("big0", "treated"), ("big0", "holdout")], "experiment-both", ["big0"]),
        ([("nobody1", "treated"), ("nobody2", "holdout")], "experiment-unknown", None),
    ],
)
def test_a_customer_stands_once_in_one_group(
    run: kefen.Run, rows: list[tuple[str, str]], code: str, ids: list[str] | None
) -> None:
    names, groups = zip(*rows, strict=True)
    table = {"customer_id": names, "group": groups, "outcome": [1.0] * len(rows)}
    with pytest.raises(RunError) as refused:
        experiment(run, table)
    assert refused.value.code == code
    assert refused.value.data["ids"] == (ids or ["nobody1", "nobody2"])


def test_why_nothing_can_be_said_of_what_followed() -> None:
    """As of 2025-02-01 all three had bought a like much: one class alone holds anyone."""
    orders = pl.DataFrame(
        {
            "customer_id": ["a", "b", "c", "a"],
            "ordered_on": ["2025-01-01"] * 3 + ["2025-06-01"],
            "amount": ["100", "100", "100", "100"],
        }
    )
    run = kefen.grade(kefen.from_frames(orders=orders), SCHEME, "2025-02-01")
    text = kefen.scorecard(run).text("en")
    assert "fewer than two classes held anyone" in text


def trial_of(run: kefen.Run, treated: int, outcome: float | None = None) -> dict[str, list[Any]]:
    """The first so many customers, by name, treated; the rest held out."""
    people = run.classes.to_polars()["customer_id"].sort().to_list()
    return {
        "customer_id": people,
        "group": ["treated" if place < treated else "holdout" for place in range(len(people))],
        "outcome": [
            float(place % 5) if outcome is None else outcome for place in range(len(people))
        ],
    }


@pytest.mark.parametrize(("outcome", "told"), [(0.0, "outcomes are 0"), (7.5, "outcomes are 7.50")])
def test_outcomes_that_are_all_the_same_are_told(run: kefen.Run, outcome: float, told: str) -> None:
    table = trial_of(run, 20, outcome)
    card = kefen.scorecard(run, experiment=table)
    said = found(card, "scorecard-uplift").text("en")
    assert told in said
    assert str(len(table["customer_id"])) in said


def test_groups_out_of_balance_are_told_with_numbers(run: kefen.Run) -> None:
    """Of n customers 12 are held out: with the share p intervals are 1 ÷ 2√(p(1 − p)) as wide."""
    size = run.customers
    card = kefen.scorecard(run, experiment=trial_of(run, size - 12))
    groups = found(card, "scorecard-groups")
    assert groups.verdict == "fair"
    share = 12 / size
    wider = 1 / (2 * (share * (1 - share)) ** 0.5)
    assert groups.figure("wider") == pytest.approx(wider)
    assert f"{size - 12} of {size} customers were treated and 12 held out" in groups.text("en")
    even = found(kefen.scorecard(run, experiment=trial_of(run, size // 2)), "scorecard-groups")
    assert even.verdict == "good"


def test_what_the_groups_bought_before_is_held_against_each_other() -> None:
    """Treated 3000 and 1000, held out 600 twice: (2000 − 600) ÷ √(2,000,000 ÷ 2) = 1.4."""
    orders = pl.DataFrame(
        {
            "customer_id": ["a", "b", "c", "d"],
            "ordered_on": ["2025-05-01"] * 4,
            "amount": ["3000", "1000", "600", "600"],
        }
    )
    run = kefen.grade(kefen.from_frames(orders=orders), SCHEME, "2025-11-01")
    table = {"customer_id": list("abcd"), "group": [1, 1, 0, 0], "outcome": [1.0, 2.0, 3.0, 4.0]}
    result = experiment(run, table)
    assert result.balance is not None
    assert result.balance.difference == pytest.approx(1.4)
    balance = found(kefen.scorecard(run, experiment=table), "scorecard-balance")
    assert balance.verdict == "poor"
    assert "2,000.00 a customer treated and 600.00 held out" in balance.text("en")
    assert balance.figure("past_difference") == pytest.approx(1.4)
    assert "试验前两组就不相近" in balance.text("zh")


def test_one_held_out_customer_gives_no_interval(run: kefen.Run) -> None:
    """One customer has no variance: the difference is told, how sure it is cannot be."""
    table = {"customer_id": ["big0", "big1", "big2"], "group": [1, 1, 0], "outcome": [4, 6, 2.0]}
    [big] = experiment(run, table).uplifts
    assert (big.uplift.value, big.uplift.low, big.uplift.high) == (3, None, None)
