"""Growth indicators (成长指标): which way a customer's business goes.

Sales are net of returns, each on its day.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators.base import Provider
from kefen.indicators.facts import Facts
from kefen.indicators.provider_indicators import MONEY, WIDE, days_ago, given, ratio
from kefen.period import months_before

if TYPE_CHECKING:
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Ledger
    from kefen.period import Window

_KEY: Final = "customer_id"
_LEAST_MONTHS: Final = 3
_DAYS: Final = 30
"""A month where the window is counted in days or weeks."""
_LATE_ENOUGH: Final = 28
"""From the next day on, not every month has such a day."""


def net(ledger: Ledger, start: date | None, end: date) -> ir.Table:
    """What came in and went back in `[start, end)`: `customer_id`, `day`, `amount`."""
    facts = Facts(ledger)
    sold = facts.sales((), start, end)
    flow = sold.select(_KEY, day="ordered_on", amount=sold.amount.cast(MONEY))
    if not facts.has_returns:
        return flow
    back = facts.returns((), start, end)
    return flow.union(back.select(_KEY, day="returned_on", amount=(-back.amount).cast(MONEY)))


def _trend(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """The least-squares slope over the months: 12 (m̄ − (n − 1) ÷ 2) ÷ (n² − 1) turned about.

    m̄ is the mean age of a yuan of sales in months; months without sales count as 0.
    """
    months = _months(ledger, as_of, window)
    if months < _LEAST_MONTHS:
        return _unknown(ledger, "trend")
    by_days = window.unit in "dw" and window.length is not None
    start = None if by_days or window.length is None else months_before(as_of, months)
    flow = net(ledger, start, as_of)
    age = (days_ago(as_of, flow.day) - 1) // _DAYS if by_days else _calendar_age(as_of, flow.day)
    aged = flow.mutate(age=age.cast("int64"))
    aged = aged.filter(aged.age < months)
    totals = aged.group_by(_KEY).aggregate(
        sales=aged.amount.sum().cast(WIDE), aged=(aged.amount * aged.age).sum().cast(WIDE)
    )
    mean = ratio(totals.aged, totals.sales)
    slope = ((months - 1) / 2 - mean) * 12.0 / (months * months - 1)
    return totals.select(_KEY, trend=slope)


def _months(ledger: Ledger, as_of: date, window: Window) -> int:
    """How many months a window has; all history, as many as the ledger's sales go back."""
    start = window.start(as_of)
    if window.unit == "f" and start is not None:  # the whole months of the fiscal year so far
        return as_of.year * 12 + as_of.month - start.year * 12 - start.month
    if window.length is not None:
        days = {"d": 1, "w": 7}.get(window.unit)
        return window.length * days // _DAYS if days else window.length * _PER_UNIT[window.unit]
    flow = net(ledger, None, as_of)
    [row] = ledger.engine.rows(flow.aggregate(first=flow.day.min()))
    first: date | None = row["first"]
    if first is None:
        return 0
    months = 1
    while months_before(as_of, months) > first:
        months += 1
    return months


_PER_UNIT: Final = {"m": 1, "y": 12}


def _calendar_age(as_of: date, day: Any) -> Any:
    """Months from a day to the as-of date: 0 from the same day of the month before on.

    In a month that is too short, its last day stands for the day.
    """
    months = as_of.year * 12 + as_of.month - (day.year() * 12 + day.month())
    reached = day.day() >= as_of.day
    if as_of.day > _LATE_ENOUGH:
        reached = reached | ((day + ibis.interval(days=1)).day() == 1)
    return months - reached.cast("int64")


def _acceleration(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """What part of the window's sales fell in the last quarter of its days."""
    start = window.start(as_of)
    if start is None:
        return _unknown(ledger, "acceleration")
    days = (as_of - start).days
    last = days - days * 3 // 4
    flow = net(ledger, start, as_of)
    totals = flow.group_by(_KEY).aggregate(
        sales=flow.amount.sum(), late=flow.amount.sum(where=days_ago(as_of, flow.day) <= last)
    )
    return totals.select(_KEY, acceleration=ratio(totals.late.fill_null(0), totals.sales))


def _year(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """Against the same window a year before."""
    start = window.start(as_of)
    if start is None:
        return _unknown(ledger, "year_on_year")
    was_start, was_end = months_before(start, 12), months_before(as_of, 12)
    flow = net(ledger, was_start, as_of)
    totals = flow.group_by(_KEY).aggregate(
        now=flow.amount.sum(where=flow.day >= start).fill_null(0).cast(WIDE),
        was=flow.amount.sum(where=flow.day < was_end).fill_null(0).cast(WIDE),
    )
    change = (totals.now - totals.was).cast(WIDE)
    return totals.select(_KEY, year_on_year=ratio(change, totals.was.abs()))


def _categories(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """Categories bought from, now and in the window before."""
    start, previous = window.start(as_of), window.previous(as_of)
    if start is None or previous is None or not ledger.count("order_lines"):
        return _unknown(ledger, "category_growth", "int64")
    sold = Facts(ledger).sales(("category",), previous[0], as_of)
    bought = sold.filter((sold.amount > 0) & sold.category.notnull())
    now, was = bought.ordered_on >= start, bought.ordered_on < previous[1]
    totals = bought.group_by(_KEY).aggregate(
        now=bought.category.nunique(where=now), was=bought.category.nunique(where=was)
    )
    return totals.select(_KEY, category_growth=totals.now - totals.was)


def _unknown(ledger: Ledger, name: str, kind: str = "float64") -> ir.Table:
    return ledger.table("customers").select(_KEY, **{name: ibis.null(kind)})


_SOLD: Final = ("ordered_on", "amount")
_NEEDS: Final = {
    "order_lines": _SOLD,
    "orders": _SOLD,
    "returns": ("returned_on", "amount"),
}

INDICATORS: Final = (
    given(
        Provider("growth.trend", _trend, alone="window"),
        "trend",
        ("销售趋势", "Trend of sales"),
        "ratio",
        (
            (
                "月销售额对月份的最小二乘斜率 ÷ 月均销售额；没有销售的月计 0，"
                "少于三个月或账本没有覆盖窗口则为空"
            ),
            (
                "least-squares slope of monthly sales ÷ mean monthly sales; months without sales "
                "count as 0, empty below three months and where the ledger does not reach back "
                "to the window's start"
            ),
        ),
        _NEEDS,
        higher=True,
        compares="window",
        slack=timedelta(days=_DAYS),  # the first of its months may be only begun
    ),
    given(
        Provider("growth.year", _year, alone=True),
        "year_on_year",
        ("同比增长率", "Year on year"),
        "ratio",
        (
            "（销售额 − 去年同一窗口销售额）÷ |去年同一窗口销售额|；账本没有覆盖去年同一窗口则为空",
            (
                "(sales − sales of the same window a year before) ÷ |sales a year before|; empty "
                "where the ledger does not reach back to that window"
            ),
        ),
        _NEEDS,
        higher=True,
        compares="year",
    ),
    given(
        Provider("growth.acceleration", _acceleration, alone=True),
        "acceleration",
        ("近期销售占比", "Share of recent sales"),
        "ratio",
        (
            "窗口最后四分之一天数的销售额 ÷ 窗口销售额；0.25 为平稳；账本没有覆盖窗口则为空",
            (
                "sales in the last quarter of the window's days ÷ sales; 0.25 is even, empty where "
                "the ledger does not reach back to the window's start"
            ),
        ),
        _NEEDS,
        higher=True,
        compares="window",
    ),
    given(
        Provider("growth.categories", _categories, alone=True),
        "category_growth",
        ("品类增加数", "Categories gained"),
        "count",
        (
            "窗口内购买品类数 − 上一窗口购买品类数；账本没有覆盖上一窗口则为空",
            (
                "product categories bought from in the window − in the window before; empty where "
                "the ledger does not reach back to that window"
            ),
        ),
        {"order_lines": (*_SOLD, "category")},
        higher=True,
        compares="previous",
    ),
)
