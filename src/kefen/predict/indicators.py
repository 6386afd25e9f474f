"""Predicted indicators (预测指标): what customers will do, from models fitted to the ledger.

They come to the catalogue as a plug-in does. Their window looks ahead: `expected_purchases@12m`
is what to expect in the twelve months from the as-of date on. Models learn from facts before the
as-of date alone, each once for a version of the ledger; where there is too little to learn from,
the indicators are null and their customers unrated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen import predict
from kefen.indicators.base import Indicator, Provider

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.period import Window


def _foretold(name: str) -> Any:
    """The function of `kefen.predict.predictions` called `name`, loaded when it is first asked."""

    def table(ledger: Any, as_of: date, window: Window) -> ir.Table:
        found: ir.Table = predict.load("predictions", name)(ledger, as_of, window)
        return found

    return table


_ALIVE: Final = Provider("predict.alive", _foretold("alive"))
_PARETO: Final = Provider("predict.pareto-nbd", _foretold("pareto_nbd"))
_BG: Final = Provider("predict.bg-nbd", _foretold("bg_nbd"))
_CHURN: Final = Provider("predict.churn", _foretold("churn"))

_SOLD: Final = ("ordered_on", "amount")
_NEEDS: Final = {"order_lines": _SOLD, "orders": _SOLD}
_PARETO_NBD: Final = "Schmittlein, Morrison & Colombo, Counting Your Customers (1987)"
_BG_NBD: Final = "Fader, Hardie & Lee, Counting Your Customers the Easy Way (2005)"
_GAMMA: Final = "Fader & Hardie, The Gamma-Gamma Model of Monetary Value (2013)"
_CLV: Final = "Fader, Hardie & Lee, RFM and CLV: Using Iso-Value Curves (2005)"
_BOOSTED: Final = (
    "Friedman, Greedy Function Approximation (2001); Platt, Probabilistic Outputs (1999)"
)


def _indicator(
    name: str,
    label: tuple[str, str],
    unit: Any,
    formula: tuple[str, str],
    provider: Provider,
    source: str,
    *,
    windowed: bool,
    higher: bool | None = True,
) -> Indicator:
    return Indicator(
        name=name,
        label={"zh": label[0], "en": label[1]},
        unit=unit,
        kind="label" if unit == "text" else "number",
        needs=_NEEDS,
        windowed=windowed,
        higher_is_better=higher,
        formula={"zh": formula[0], "en": formula[1]},
        source=source,
        provider=provider,
    )


INDICATORS: Final = (
    _indicator(
        "p_alive",
        ("仍活跃概率", "P(alive)"),
        "ratio",
        (
            "Pareto/NBD：按购买次数、最近购买和观察期，客户仍会购买的概率",
            "Pareto/NBD: the probability that a customer of these purchases still buys",
        ),
        _ALIVE,
        _PARETO_NBD,
        windowed=False,
    ),
    _indicator(
        "expected_spend",
        ("预期每次消费额", "Expected spend"),
        "money",
        (
            "Gamma-Gamma：下一个购买日的预期金额",
            "Gamma-Gamma: the amount to expect of the next purchase day",
        ),
        _ALIVE,
        _GAMMA,
        windowed=False,
    ),
    _indicator(
        "expected_purchases",
        ("预期购买次数", "Expected purchases"),
        "quantity",
        (
            "Pareto/NBD：截止日起窗口时长内的预期购买天数",
            "Pareto/NBD: purchase days to expect in the window's time from the as-of date on",
        ),
        _PARETO,
        _PARETO_NBD,
        windowed=True,
    ),
    _indicator(
        "lifetime_value",
        ("客户终身价值", "Customer lifetime value"),
        "money",
        (
            "预期每次消费额 × 窗口时长内各周预期购买次数按年 10% 贴现之和",
            "expected spend × purchases expected by week of the time ahead, less 10 % a year",
        ),
        _PARETO,
        _CLV,
        windowed=True,
    ),
    _indicator(
        "p_alive_bg_nbd",
        ("仍活跃概率（BG/NBD）", "P(alive), BG/NBD"),
        "ratio",
        (
            "BG/NBD：客户仍会购买的概率；只买过一次的客户恒为 1",
            "BG/NBD: the probability that a customer still buys; 1 for everyone who bought once",
        ),
        _BG,
        _BG_NBD,
        windowed=True,
    ),
    _indicator(
        "expected_purchases_bg_nbd",
        ("预期购买次数（BG/NBD）", "Expected purchases, BG/NBD"),
        "quantity",
        (
            "BG/NBD：截止日起窗口时长内的预期购买天数",
            "BG/NBD: purchase days to expect in the window's time from the as-of date on",
        ),
        _BG,
        _BG_NBD,
        windowed=True,
    ),
    _indicator(
        "churn_probability",
        ("流失概率", "Churn probability"),
        "ratio",
        (
            "梯度提升树（经校准）：截止日起窗口时长内不再购买的概率；近一年未购买者为空",
            "boosted trees, calibrated: no purchase in the time ahead; empty after an idle year",
        ),
        _CHURN,
        _BOOSTED,
        windowed=True,
        higher=False,
    ),
    _indicator(
        "churn_reason",
        ("流失主因", "Main reason of churn"),
        "text",
        (
            "与典型客户相比，使流失概率升高最多的指标",
            "the indicator that raises the probability most against a typical customer",
        ),
        _CHURN,
        _BOOSTED,
        windowed=True,
        higher=None,
    ),
)
