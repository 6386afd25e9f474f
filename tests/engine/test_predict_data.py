"""From facts to histories, what is refused, and the words for it."""

import subprocess
import sys
from datetime import date
from importlib.resources import files

import cdnow_sample
import numpy as np
import polars as pl
import pytest
import yaml

import kefen
from kefen import predict
from kefen.errors import KefenError
from kefen.predict import BGNBD, GammaGamma, ParetoNBD
from kefen.wording import sentence

AS_OF = date(2025, 3, 1)
ORDERS = pl.DataFrame(
    [
        ("Antai", "2025-01-01", 100),
        ("Antai", "2025-01-15", 50),
        ("Antai", "2025-01-15", 20),  # the same day: one purchase of 70
        ("Antai", "2025-02-05", 30),
        ("Mingda", "2025-02-27", 400),
        ("Mingda", "2025-03-01", 900),  # not yet
        ("Yongchang", "2025-01-01", 10),
        ("Yongchang", "2025-01-29", -10),  # money back is no purchase
        ("Baihe", "2025-01-01", 80),
    ],
    schema=["customer_id", "ordered_on", "amount"],
    orient="row",
)


def test_histories_of_customers():
    table = predict.histories(ORDERS, AS_OF, unit="day").to_polars()
    rows = {row[0]: row[1:] for row in table.select("customer_id", "x", "t_x", "T", "spend").rows()}
    assert rows == {
        "Antai": (2, 35, 58, 50),  # 1 January to 28 February; (70 + 30) / 2
        "Mingda": (0, 0, 1, None),
        "Yongchang": (0, 0, 58, None),
        "Baihe": (0, 0, 58, None),
    }


def test_summary_counts_equal_histories_together():
    found = predict.summary(kefen.from_frames(orders=ORDERS), AS_OF)
    assert found.unit == "week"
    weeks = found.purchases.with_columns(pl.col("t_x", "T").round(6))
    assert weeks.rows() == [(0, 0, 0.142857, 1), (0, 0, 8.285714, 2), (2, 5, 8.285714, 1)]
    assert found.spend.rows() == [(2, 50, 1)]


def test_orders_with_lines_count_once():
    lines = pl.DataFrame(
        {
            "order_id": ["1", "1"],
            "line_no": ["1", "2"],
            "customer_id": ["Antai", "Antai"],
            "ordered_on": ["2025-01-10", "2025-01-10"],
            "amount": [60, 40],
        }
    )
    orders = pl.DataFrame(
        {
            "order_id": ["1", "2"],
            "customer_id": ["Antai", "Antai"],
            "ordered_on": ["2025-01-10", "2025-01-20"],
            "amount": [100, 30],
        }
    )
    ledger = kefen.from_frames(orders=orders, order_lines=lines)
    [row] = predict.histories(ledger, AS_OF, unit="day").to_polars().to_dicts()
    assert row == {"customer_id": "Antai", "x": 1, "t_x": 10, "T": 49, "spend": 30}


def test_a_frame_of_any_library_and_arrays_are_the_same():
    frame = cdnow_sample.published().select("x", "t_x", "T")
    counted = frame.group_by("x", "t_x", "T").len("count")
    fits = [
        BGNBD.fit(data)
        for data in (
            frame,
            frame.to_pandas(),
            frame.to_arrow(),
            (frame["x"], frame["t_x"], frame["T"]),
            [counted[name].to_list() for name in ("x", "t_x", "T", "count")],
        )
    ]
    assert {fit.n for fit in fits} == {2357}
    assert np.ptp([fit.log_likelihood for fit in fits]) < 1e-6


BG = BGNBD(r=0.2, alpha=4, a=0.8, b=2)
REFUSED = {
    "history-columns": lambda: BGNBD.fit(pl.DataFrame({"x": [1], "T": [2]})),
    "history-empty": lambda: GammaGamma.fit(([0], [0.0])),
    "history-impossible": lambda: ParetoNBD.fit(([1], [5], [4])),
    "nothing-repeated": lambda: ParetoNBD.fit(([0, 0], [0, 0], [4, 9])),
    "spend-impossible": lambda: GammaGamma(p=6, q=4, gamma=15).expected_spend([1, 2], [3, -1]),
    "bad-parameters": lambda: BGNBD(r=0, alpha=1, a=1, b=1),
    "bad-model-horizon": lambda: BG.expected_purchases(1, 2, 3, horizon=0),
    "bad-rate": lambda: BG.discounted_purchases(1, 2, 3, horizon=4),
    "unknown-unit": lambda: predict.summary(ORDERS, AS_OF, unit="hour"),
}


@pytest.mark.parametrize("code", REFUSED)
def test_refusals_have_a_code_and_words(code):
    with pytest.raises(KefenError) as refused:
        REFUSED[code]()
    assert refused.value.code == code
    for lang in ("en", "zh"):
        assert "{" not in sentence(code, refused.value.data, lang)


def test_the_time_of_a_repeat_that_never_was_says_nothing() -> None:
    x, age = [0, 0, 1, 2, 9], [60, 60, 60, 60, 60]
    as_kefen, as_others = ([0, 0, 5, 20, 59], [7, 60, 5, 20, 59])
    fits = [BGNBD.fit((x, t_x, age)) for t_x in (as_kefen, as_others)]
    assert fits[0].log_likelihood == pytest.approx(fits[1].log_likelihood, abs=1e-6)


def test_a_thousand_purchases_of_one_customer_are_a_number() -> None:
    alive = BG.p_alive([1000, 1000], [59.0, 10.0], [60, 60])
    # 1 ÷ (1 + a ÷ (b + x − 1) · ((α + T) ÷ (α + t_x))^(r + x)): (64 ÷ 63)^1000.2 is 6.9 million.
    assert alive[0] == pytest.approx(1 / (1 + 0.8 / 1001 * (64 / 63) ** 1000.2))
    assert 0 <= alive[1] < 1e-300


@pytest.mark.parametrize("history", [(1, 0, -1), (0, 1, 2), (1.5, 1, 2), (1, np.nan, 2)])
def test_impossible_histories(history):
    with pytest.raises(KefenError, match="history-impossible"):
        BG.p_alive(*history)


def test_spend_is_unknown_where_the_mean_does_not_exist():
    assert np.isnan(GammaGamma(p=6, q=0.9, gamma=15).expected_spend(0, None))


def test_every_code_is_tested_here():
    worded = yaml.safe_load((files("kefen.wording") / "predict.yaml").read_text("utf-8"))
    of_churn = {"history-too-short", "churn-one-sided"}  # test_predict_churn raises them
    assert set(worded) == {*REFUSED, "extra-missing", *of_churn}


def test_without_the_extra_it_says_what_to_install():
    code = """
import sys
sys.modules["scipy"] = None
from kefen import KefenError, predict
from kefen.wording import describe
predict.summary
try:
    predict.BGNBD
except KefenError as error:
    print(describe(error, "en"))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'kefen[ml]'" in done.stdout
