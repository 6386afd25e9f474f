"""Transaction indicators (交易指标): what a customer bought, brought in and gave back.

A purchase is a sales fact with a positive amount. Returns count in the window they happen in,
not in the window of the order they undo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators.base import Indicator

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from kefen.indicators.base import Compared, Parts, Span

_RFM: Final = "Hughes, Strategic Database Marketing (1994)"
_SALES: Final = (("gross", "window"), ("returned", "window"))
_PROFIT: Final = (
    *_SALES,
    ("cost", "window"),
    ("cost_missing", "window"),
    ("returned_cost", "window"),
    ("returned_cost_missing", "window"),
)


def _money(value: Any) -> Any:
    return ibis.coalesce(value, ibis.literal(0, "decimal(18, 2)")).cast("decimal(18, 2)")


def _ratio(top: Any, bottom: Any, where: Any) -> ir.Value:
    return ibis.cases((where, top.cast("float64") / bottom.cast("float64").nullif(0.0)))


def _count(value: Any) -> Any:
    return value.fill_null(0)


def _known(value: Any, bought: Any) -> ir.Value:
    """A count of known labels: null when there were purchases and none of them carried one."""
    return ibis.cases((bought.isnull(), 0), (value > 0, value))


def _narrow(value: Any) -> Any:
    """Back to 18 digits: engines widen a difference, and Ibis does not know that they do."""
    return value.cast("decimal(19, 2)").cast("decimal(18, 2)")


def _sales(p: Parts) -> Any:
    return _narrow(_money(p["gross"]) - _money(p["returned"]))


def _previous_sales(p: Parts) -> Any:
    return _money(p["gross.previous"]) - _money(p["returned.previous"])


def _given_back(p: Parts) -> Any:
    return _narrow(_money(p["returned"]) + _money(p["back"]))


def _return_rate(p: Parts) -> ir.Value:
    sold = _narrow(_money(p["gross"]) + _money(p["back"]))
    return _ratio(_given_back(p), sold, sold > 0)


def _profit(p: Parts) -> Any:
    missing = _count(p["cost_missing"]) + _count(p["returned_cost_missing"])
    profit = _narrow(_sales(p) - _money(p["cost"]) + _money(p["returned_cost"]))
    return ibis.cases((missing == 0, profit))


def _growth(p: Parts) -> ir.Value:
    before = _previous_sales(p)
    return _ratio(_sales(p) - before, before.abs(), before != 0)


def _interval(p: Parts) -> ir.Value:
    span = p["last"].delta(p["first"], unit="day")
    return _ratio(span, p["days"] - 1, p["days"] >= 2)


def _since(day: str) -> Any:
    return lambda p: p["as_of"].delta(p[day], unit="day")


def _quantity(p: Parts) -> ir.Value:
    return ibis.cases((_count(p["lines"]) == 0, 0.0), else_=p["quantity"])


_SOLD: Final = ("ordered_on", "amount")
_HEADER: Final = ("order_id", "cost", "channel")
_BACK: Final = {"returns": ("returned_on", "amount")}


def _needs(*columns: str, returns: tuple[str, ...] | None = None) -> dict[str, tuple[str, ...]]:
    needs = {"order_lines": _SOLD + columns}
    needs["orders"] = _SOLD + tuple(column for column in columns if column in _HEADER)
    if returns is not None:
        needs["returns"] = _BACK["returns"] + returns
    return needs


def _indicator(
    name: str,
    zh: str,
    en: str,
    unit: Any,
    formula: tuple[str, str],
    needs: dict[str, tuple[str, ...]],
    parts: tuple[tuple[str, Span], ...],
    value: Any,
    *,
    higher: bool | None = True,
    windowed: bool = True,
    compares: Compared | None = None,
    source: str = "",
) -> Indicator:
    return Indicator(
        name=name,
        label={"zh": zh, "en": en},
        unit=unit,
        kind="date" if unit == "date" else "label" if unit == "text" else "number",
        needs=needs,
        windowed=windowed,
        higher_is_better=higher,
        formula={"zh": formula[0], "en": formula[1]},
        source=source,
        compares=compares,
        parts=parts,
        value=value,
    )


MONEY: Final = (
    _indicator(
        "sales",
        "销售额",
        "Sales",
        "money",
        ("窗口内销售金额 − 退货金额", "amounts sold − amounts returned, both in the window"),
        _needs(returns=()),
        _SALES,
        _sales,
    ),
    _indicator(
        "profit",
        "毛利",
        "Gross profit",
        "money",
        (
            "销售额 −（成本 − 退货成本）；任一笔缺成本则为空",
            "sales − (cost − cost of returns); empty when the cost of any fact is missing",
        ),
        _needs("cost", returns=("cost",)),
        _PROFIT,
        _profit,
    ),
    _indicator(
        "margin",
        "毛利率",
        "Gross margin",
        "ratio",
        ("毛利 ÷ 销售额；销售额不为正则为空", "profit ÷ sales; empty unless sales are positive"),
        _needs("cost", returns=("cost",)),
        _PROFIT,
        lambda p: _ratio(_profit(p), _sales(p), _sales(p) > 0),
    ),
    _indicator(
        "average_order_value",
        "客单价",
        "Average order value",
        "money",
        ("销售额 ÷ 订单数", "sales ÷ orders"),
        _needs("order_id", returns=()),
        (*_SALES, ("orders", "window")),
        lambda p: _ratio(_sales(p), p["orders"], p["orders"] > 0),
    ),
    _indicator(
        "share_of_sales",
        "销售贡献率",
        "Share of sales",
        "ratio",
        (
            "销售额 ÷ 全体客户正销售额之和",
            "sales ÷ the positive sales of the whole population",
        ),
        _needs(returns=()),
        (*_SALES, ("population_sales", "window")),
        lambda p: _ratio(_sales(p), p["population_sales"], p["population_sales"] > 0),
    ),
    _indicator(
        "growth",
        "销售增长率",
        "Growth of sales",
        "ratio",
        (
            "（销售额 − 上一窗口销售额）÷ |上一窗口销售额|；账本没有覆盖上一窗口则为空",
            (
                "(sales − sales of the window before) ÷ |sales of the window before|; "
                "empty where the ledger does not reach back to that window"
            ),
        ),
        _needs(returns=()),
        (*_SALES, ("gross", "previous"), ("returned", "previous")),
        _growth,
        compares="previous",
    ),
    _indicator(
        "returns_amount",
        "退货金额",
        "Returns",
        "money",
        (
            "窗口内退货金额之和，含销售单据中的退货",
            "money given back in the window, returns among the sales included",
        ),
        _needs("order_id", returns=()),
        (("returned", "window"), ("back", "window")),
        _given_back,
        higher=False,
    ),
    _indicator(
        "return_rate",
        "退货率",
        "Return rate",
        "ratio",
        ("退货金额 ÷ 退货前销售金额", "money given back ÷ amounts sold before returns"),
        _needs("order_id", returns=()),
        (*_SALES, ("back", "window")),
        _return_rate,
        higher=False,
    ),
)

HABIT: Final = (
    _indicator(
        "orders",
        "订单数",
        "Orders",
        "count",
        ("有正金额明细的不同订单数", "distinct orders with a positive amount"),
        _needs("order_id"),
        (("orders", "window"),),
        lambda p: _count(p["orders"]),
    ),
    _indicator(
        "frequency",
        "购买频次",
        "Purchase frequency",
        "count",
        ("有购买的不同天数", "distinct days with a purchase"),
        _needs(),
        (("days", "window"),),
        lambda p: _count(p["days"]),
        source=_RFM,
    ),
    _indicator(
        "recency",
        "距上次购买天数",
        "Days since last purchase",
        "days",
        ("截止日 − 窗口内最近一次购买日", "as-of date − last purchase in the window"),
        _needs(),
        (("last", "window"),),
        _since("last"),
        higher=False,
        source=_RFM,
    ),
    _indicator(
        "purchase_interval",
        "平均购买间隔",
        "Purchase interval",
        "days",
        (
            "（末次购买日 − 首次购买日）÷（购买天数 − 1）；少于两天则为空",
            "(last − first purchase) ÷ (purchase days − 1); empty below two purchase days",
        ),
        _needs(),
        (("last", "window"), ("first", "window"), ("days", "window")),
        _interval,
        higher=False,
    ),
    _indicator(
        "tenure",
        "客户历时",
        "Tenure",
        "days",
        ("截止日 − 历史首次购买日", "as-of date − first purchase ever"),
        _needs(),
        (("first", "ever"),),
        _since("first.ever"),
        windowed=False,
        source="Fader, Hardie & Lee, Counting Your Customers the Easy Way (2005): T",
    ),
    _indicator(
        "first_order_on",
        "首次下单日",
        "First order",
        "date",
        ("历史首次购买日", "day of the first purchase ever"),
        _needs(),
        (("first", "ever"),),
        lambda p: p["first.ever"],
        higher=None,
        windowed=False,
    ),
    _indicator(
        "last_order_on",
        "最近下单日",
        "Last order",
        "date",
        ("截止日前最近一次购买日", "day of the last purchase before the as-of date"),
        _needs(),
        (("last", "ever"),),
        lambda p: p["last.ever"],
        windowed=False,
    ),
)

BASKET: Final = (
    _indicator(
        "channels",
        "购买渠道数",
        "Channels",
        "count",
        ("有购买的不同渠道数", "distinct channels with a purchase"),
        _needs("channel"),
        (("channels", "window"), ("last", "window")),
        lambda p: _known(p["channels"], p["last"]),
    ),
    _indicator(
        "main_channel",
        "主要渠道",
        "Main channel",
        "text",
        (
            "销售金额最多的渠道；相同取名称靠前者",
            "the channel that sold most; of equals the first by name",
        ),
        _needs("channel"),
        (("main_channel", "window"),),
        lambda p: p["main_channel"],
        higher=None,
    ),
    _indicator(
        "categories",
        "购买品类数",
        "Categories",
        "count",
        ("有购买的不同品类数", "distinct product categories with a purchase"),
        _needs("category"),
        (("categories", "window"), ("last", "window")),
        lambda p: _known(p["categories"], p["last"]),
    ),
    _indicator(
        "lines",
        "明细行数",
        "Order lines",
        "count",
        (
            "窗口内订单明细行数；没有明细的订单计一行",
            "order lines in the window; an order without lines counts as one",
        ),
        _needs(),
        (("lines", "window"),),
        lambda p: _count(p["lines"]),
    ),
    _indicator(
        "quantity",
        "购买数量",
        "Quantity",
        "quantity",
        ("窗口内数量之和；都没有数量则为空", "units sold in the window; empty when none is known"),
        _needs("quantity"),
        (("quantity", "window"), ("lines", "window")),
        _quantity,
    ),
)

INDICATORS: Final = (*MONEY, *HABIT, *BASKET)
