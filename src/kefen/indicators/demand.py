"""Demand indicators (需求指标): what a customer looks for — price, quality, service, variety.

A product's usual price is what all customers together paid for it in the window, a unit. Products
of one name and specification (in one category) are of one kind; one whose usual price is a fifth
or more above the mean of its kind is premium.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen.deferred import ibis
from kefen.indicators.base import Provider
from kefen.indicators.facts import Facts
from kefen.indicators.provider_indicators import WIDE, cents, given, inside, means, ratio
from kefen.indicators.terms import SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators.base import Indicator, Ledger
    from kefen.period import Window

_KEY: Final = "customer_id"
PREMIUM: Final = 1.2
"""How far above the mean of its kind a product's usual price must be."""


def _discount(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """What was taken off, of what would have been paid; sales whose discount is known."""
    lines = inside(ledger.table("order_lines"), "ordered_on", window, as_of)
    listed = cents(lines.list_price.cast("float64") * lines.quantity)
    off = lines.discount.cast(WIDE).coalesce((listed - lines.amount).cast(WIDE))
    sold = lines.select(_KEY, "amount", off=off)
    if ledger.count("orders"):
        orders = inside(ledger.table("orders"), "ordered_on", window, as_of)
        bare = orders.anti_join(ledger.table("order_lines")[["order_id"]], "order_id")
        sold = sold.union(bare.select(_KEY, "amount", off=bare.discount.cast(WIDE)))
    known = sold.filter((sold.amount > 0) & sold.off.notnull())
    totals = known.group_by(_KEY).aggregate(
        off=ibis.greatest(known.off, 0).sum().cast(WIDE), paid=known.amount.sum().cast(WIDE)
    )
    return totals.select(_KEY, discount_share=ratio(totals.off, (totals.off + totals.paid)))


def _prices(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """What was paid against what is usual, and how much of it went to premium products."""
    lines = inside(ledger.table("order_lines"), "ordered_on", window, as_of)
    lines = lines.filter((lines.amount > 0) & (lines.quantity > 0) & lines.product_id.notnull())
    goods = _usual_prices(lines)
    sold = lines.select(_KEY, "product_id", "amount", "quantity").inner_join(goods, "product_id")
    usual = cents(sold.quantity * sold.usual)
    totals = sold.group_by(_KEY).aggregate(
        paid=sold.amount.sum().cast(WIDE),
        usual=usual.sum().cast(WIDE),
        choice=sold.amount.sum(where=sold.premium.notnull()).cast(WIDE),
        premium=sold.amount.sum(where=sold.premium.fill_null(False)).fill_null(0).cast(WIDE),
    )
    return totals.select(
        _KEY,
        price_ratio=ratio(totals.paid, totals.usual),
        premium_share=ratio(totals.premium, totals.choice),
    )


def _usual_prices(lines: ir.Table) -> ir.Table:
    """Each product with its `usual` price and whether it is `premium`; null without a choice."""
    kind = ("category", "product_name", "specification")
    goods = lines.group_by("product_id").aggregate(
        usual=_fine(lines.amount.sum().cast("float64") / _fine(lines.quantity).sum()),
        **{name: lines[name].min() for name in kind},
    )
    named = goods.filter(goods.product_name.notnull()).mutate(
        **{name: goods[name].fill_null("") for name in kind}
    )
    kinds = named.group_by(*kind).aggregate(total=named.usual.sum(), products=named.count())
    chosen = named.inner_join(kinds.filter(kinds.products > 1), list(kind))
    mean = chosen.total.cast("float64") / chosen.products
    chosen = chosen.select(
        premium_id="product_id", dear=chosen.usual.cast("float64") >= mean * PREMIUM
    )
    found = goods.left_join(chosen, goods.product_id == chosen.premium_id)
    return found.select("product_id", usual=found.usual.cast("float64"), premium=found.dear)


def _fine(value: Any) -> Any:
    """To six digits after the point: sums of these are the same in any order."""
    return value.cast("decimal(28, 6)")


def _orders(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """Lines of an order beyond its first; only orders that have lines."""
    lines = inside(ledger.table("order_lines"), "ordered_on", window, as_of)
    bought = lines.filter(lines.amount > 0)
    totals = bought.group_by(_KEY).aggregate(lines=bought.count(), orders=bought.order_id.nunique())
    return totals.select(_KEY, add_ons_per_order=ratio(totals.lines - totals.orders, totals.orders))


def _service(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """Service contacts for each order; nothing is known where no contact was ever noted."""
    if not ledger.count("interactions"):
        unknown = ibis.null("float64")
        return ledger.table("customers").select(_KEY, service_contacts_per_order=unknown)
    start = window.start(as_of)
    sold = Facts(ledger).sales(("order_id",), start, as_of)
    bought = sold.filter(sold.amount > 0)
    orders = bought.group_by(_KEY).aggregate(orders=bought.order_id.nunique())
    talk = inside(ledger.table("interactions"), "happened_on", window, as_of)
    served = talk.filter(means(talk.type, SERVICE))
    contacts = served.group_by(_KEY).aggregate(contacts=served.count())
    both = orders.left_join(contacts, _KEY)
    return both.select(
        _KEY, service_contacts_per_order=ratio(both.contacts.fill_null(0), both.orders)
    )


def _preferred(column: str) -> Callable[[Ledger, date, Window], ir.Table]:
    """What a customer spends most on, by a column of the line."""

    def table(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
        lines = inside(ledger.table("order_lines"), "ordered_on", window, as_of)
        bought = lines.filter((lines.amount > 0) & lines[column].notnull())
        most = _largest(bought.select(_KEY, "amount", label=column))
        return most.select(_KEY, **{f"preferred_{column}": most.label})

    return table


def _channel(ledger: Ledger, as_of: date, window: Window) -> ir.Table:
    """How much of a customer's purchases came through the main channel."""
    sold = Facts(ledger).sales(("channel",), window.start(as_of), as_of)
    bought = sold.filter((sold.amount > 0) & sold.channel.notnull())
    most = _largest(bought.select(_KEY, "amount", label="channel"))
    return most.select(_KEY, main_channel_share=ratio(most.spent, most.total))


def _largest(bought: ir.Table) -> ir.Table:
    """`label` with the most `amount` of each customer, its `spent` and the `total` of all.

    Of equals the first by name.
    """
    sums = bought.group_by(_KEY, "label").aggregate(spent=bought.amount.sum().cast(WIDE))
    ranked = sums.mutate(rank=ibis.struct({"less": -sums.spent, "label": sums.label}))
    totals = ranked.group_by(_KEY).aggregate(
        first=ranked["rank"].min(), total=ranked.spent.sum().cast(WIDE)
    )
    return totals.select(
        _KEY, "total", label=totals["first"]["label"], spent=-totals["first"]["less"]
    )


_LINE: Final = ("ordered_on", "amount")


def _taste(column: str, zh: str, en: str) -> Indicator:
    return given(
        Provider(f"demand.{column}", _preferred(column), alone=True),
        f"preferred_{column}",
        (f"偏好{zh}", f"Preferred {en}"),
        "text",
        (
            f"窗口内购买金额最多的{zh}；相同取名称靠前者",
            f"the {en} most was spent on in the window; of equals the first by name",
        ),
        {"order_lines": (*_LINE, column)},
        higher=None,
    )


_PRICES: Final = Provider("demand.prices", _prices)
_KINDS: Final = (*_LINE, "product_id", "quantity", "product_name", "category", "specification")

INDICATORS: Final = (
    given(
        Provider("demand.discount", _discount, alone=True),
        "discount_share",
        ("折扣占比", "Discount share"),
        "ratio",
        (
            "折扣额 ÷（购买金额 + 折扣额）；无折扣额时按标价 × 数量 − 金额",
            (
                "discounts ÷ (purchases + discounts); where a discount is not told, list price × "
                "quantity − amount"
            ),
        ),
        {
            "order_lines": (*_LINE, "discount", "list_price", "quantity"),
            "orders": (*_LINE, "discount"),
        },
        higher=False,
    ),
    given(
        _PRICES,
        "price_ratio",
        ("价格水平", "Price ratio"),
        "ratio",
        (
            "购买金额 ÷ 同样商品按窗口内全体客户平均单价的金额",
            "paid ÷ what the same goods cost at the mean unit price of all customers in the window",
        ),
        {"order_lines": (*_LINE, "product_id", "quantity")},
        higher=True,
    ),
    given(
        _PRICES,
        "premium_share",
        ("高端占比", "Premium share"),
        "ratio",
        (
            "有档次可选的商品中，高端商品（单价比同名同规格商品均价高两成以上）的购买金额占比",
            (
                "of spending on goods that come at several prices, the share of premium goods: a "
                "fifth or more above the mean of their name and specification"
            ),
        ),
        {"order_lines": _KINDS},
        higher=True,
    ),
    given(
        Provider("demand.service", _service, alone=True),
        "service_contacts_per_order",
        ("每单服务次数", "Service contacts per order"),
        "quantity",
        (
            "窗口内方式为服务的互动数 ÷ 订单数；没有订单则为空",
            "interactions of type service ÷ orders in the window; empty without orders",
        ),
        {"interactions": ("happened_on", "type"), "orders": (*_LINE, "order_id")},
        higher=None,
    ),
    given(
        Provider("demand.orders", _orders, alone=True),
        "add_ons_per_order",
        ("每单附加品数", "Add-ons per order"),
        "quantity",
        (
            "（购买明细行数 − 订单数）÷ 订单数，仅计有明细的订单",
            "(lines bought − orders) ÷ orders, of orders that have lines",
        ),
        {"order_lines": (*_LINE, "order_id")},
        higher=None,
    ),
    _taste("category", "品类", "category"),
    _taste("brand", "品牌", "brand"),
    _taste("specification", "规格", "specification"),
    given(
        Provider("demand.channel", _channel, alone=True),
        "main_channel_share",
        ("主要渠道占比", "Main channel share"),
        "ratio",
        (
            "主要渠道的购买金额 ÷ 渠道已知的购买金额",
            "purchases through the main channel ÷ purchases through known channels",
        ),
        {"order_lines": (*_LINE, "channel"), "orders": (*_LINE, "channel")},
        higher=None,
    ),
)
