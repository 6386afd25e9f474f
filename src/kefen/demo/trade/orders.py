"""Orders and their lines: what each purchase consists of, at which price, through which channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from kefen.demo.trade.products import products
from kefen.demo.trade.profiles import INDUSTRIES
from kefen.demo.trade.vocabulary import words

if TYPE_CHECKING:
    from datetime import date

    from numpy.typing import NDArray

    from kefen.demo.trade.population import Population

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

CHANNELS = ("业务员拜访", "电话", "微信", "网站", "电商平台", "展会")
_CHANNEL_SHARES = (0.34, 0.22, 0.18, 0.10, 0.13, 0.03)
_BASKET = 14
"""Products that a customer buys again and again."""
_PRICE_RISE = 0.025
"""Yearly rise of list prices and costs."""
_WANTED: dict[str, dict[str, float]] = {
    "机械制造": {"轴承": 2, "传动与电机": 2, "气动元件": 2, "紧固件": 1.5},
    "电子制造": {"气动元件": 2, "仪器仪表": 2.5, "低压电器": 1.5},
    "汽车零部件": {"气动元件": 2, "紧固件": 2, "焊接设备": 1.5},
    "建筑安装": {"电线电缆": 3, "照明灯具": 2, "电动工具": 2, "低压电器": 2},
    "化工医药": {"劳保安防": 2.5, "仪器仪表": 2, "传动与电机": 1.5},
    "食品饮料": {"气动元件": 1.5, "传动与电机": 1.5, "照明灯具": 1.5},
    "纺织服装": {"传动与电机": 2, "轴承": 2, "照明灯具": 1.5},
    "电力能源": {"低压电器": 3, "电线电缆": 3, "仪器仪表": 1.5},
    "金属加工": {"焊接设备": 3, "电动工具": 2, "劳保安防": 1.5},
    "五金贸易": {"手动工具": 2.5, "电动工具": 2.5, "紧固件": 2},
    "物流仓储": {"劳保安防": 2, "照明灯具": 2, "手动工具": 1.5},
    "物业市政": {"照明灯具": 3, "电线电缆": 1.5, "手动工具": 2},
}


def order_frames(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, bought: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frames of `orders` and `order_lines`; amounts of an order are the sum of its lines."""
    lines = _lines(rng, people, customers, bought)
    heads = _heads(rng, people, customers, bought)
    lines = lines.join(heads, on="order", how="left", maintain_order="left")
    return _orders(lines, heads, people.as_of), _order_lines(lines)


def _lines(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, bought: pl.DataFrame
) -> pl.DataFrame:
    """One row a line in cents: product, quantity, prices; a product comes once an order."""
    buyer = bought["customer"].to_numpy()
    count = 1 + rng.poisson(np.clip(0.9 + 0.25 * np.log(people.rate[buyer]), 0.3, 2.5))
    order = np.repeat(bought["order"].to_numpy(), count)
    customer, target = buyer[order], bought["target"].to_numpy()[order]
    baskets = _baskets(rng, people, customers)
    slot = np.minimum(rng.geometric(0.22, len(order)) - 1, _BASKET - 1)
    product = baskets[customer, slot]
    weight = rng.gamma(1.6, 1.0, len(order)) + 0.05
    share = weight / np.bincount(order, weights=weight)[order]
    goods = products()
    year = bought["day"].to_numpy()[order] // 365
    rise = (1 + _PRICE_RISE) ** year
    listed = np.maximum(1, np.round(goods["list_cents"].to_numpy()[product] * rise))
    unit_cost = np.maximum(1, np.round(goods["cost_cents"].to_numpy()[product] * rise))
    paid = np.maximum(1, np.round(listed * (1 - _discounts(rng, people, customer, target * share))))
    quantity = _tidy(target * share * 100 / paid)
    return (
        pl.DataFrame(
            {
                "order": order.astype(np.uint32),
                "product": product,
                "quantity": quantity,
                "listed": listed.astype(np.int64),
                "paid": paid.astype(np.int64),
                "unit_cost": unit_cost.astype(np.int64),
            }
        )
        .unique(["order", "product"], keep="first", maintain_order=True)
        .join(goods.with_row_index("product").cast({"product": pl.Int64}), on="product")
        .sort("order", maintain_order=True)
    )


def _baskets(rng: np.random.Generator, people: Population, customers: pl.DataFrame) -> Ints:
    """For each customer the products they come back for, dearest to their heart first."""
    goods = products()
    categories = list(words("products"))
    wanted = np.ones((len(INDUSTRIES) + 1, len(categories)))
    for row, name in enumerate(INDUSTRIES):
        for favourite, factor in _WANTED[name].items():
            wanted[row, categories.index(favourite)] = factor * 1.5
    known = {name: row for row, name in enumerate(INDUSTRIES)}
    industry = np.array([known.get(name, len(INDUSTRIES)) for name in customers["industry"]])
    category = np.array([categories.index(name) for name in goods["category"]])
    appeal = np.log(wanted)[industry][:, category]
    tier = goods["tier"].to_numpy().astype(float)
    appeal += np.outer(1.1 * people.quality - 0.7 * people.price, tier)
    price = np.log(goods["list_cents"].to_numpy() / 100)
    usual = np.log(np.clip(people.order_value / 25, 8, 2500))
    appeal -= ((price[None, :] - usual[:, None]) / 1.7) ** 2 / 2
    appeal += rng.gumbel(0, 1, appeal.shape)
    result: Ints = np.argsort(-appeal, axis=1, kind="stable")[:, :_BASKET]
    return result


def _discounts(
    rng: np.random.Generator, people: Population, customer: Ints, value: Floats
) -> Floats:
    """Share off the list price: more for those who haggle and for big lines, often none."""
    haggle = 0.035 * people.price[customer]
    volume = 0.022 * np.log10(np.clip(value / 800, 1, None)) * 2
    drawn = 0.035 + haggle + volume + rng.normal(0, 0.03, len(customer))
    return np.round(np.clip(drawn, 0, 0.30), 2).astype(np.float64)


def _tidy(quantity: Floats) -> Ints:
    """Whole numbers, round ones when there are many: nobody orders 1,037 bolts."""
    step = np.select([quantity >= 1000, quantity >= 200, quantity >= 40], [100, 50, 10], 1)
    result: Ints = np.maximum(1, np.round(quantity / step) * step).astype(np.int64)
    return result


def _heads(
    rng: np.random.Generator, people: Population, customers: pl.DataFrame, bought: pl.DataFrame
) -> pl.DataFrame:
    """Order number, customer, date, channel and salesperson of every order."""
    habits = rng.dirichlet(np.array(_CHANNEL_SHARES) * 3.5 + 0.02, customers.height)
    drawn = _draw(rng, habits[bought["customer"].to_numpy()])
    stand_in = rng.random(bought.height) < 0.05
    staff = words("names")["staff"]
    team = [staff[region] for region in customers["region"]]
    owner = [
        name or names[0] for name, names in zip(customers["owner"].to_list(), team, strict=True)
    ]
    other = rng.integers(0, 100, bought.height)
    buyers = bought["customer"].to_list()
    seller = [
        team[buyer][number % len(team[buyer])] if away else owner[buyer]
        for buyer, away, number in zip(buyers, stand_in, other.tolist(), strict=True)
    ]
    day = pl.lit(people.start) + pl.duration(days=pl.col("day"))
    return (
        bought.with_columns(ordered_on=day, channel=pl.Series(CHANNELS).gather(drawn))
        .with_columns(
            customer_id=customers["customer_id"].gather(bought["customer"]),
            salesperson=pl.Series(seller),
            order_id=pl.format(
                "XS{}-{}",
                pl.col("ordered_on").dt.strftime("%y%m%d"),
                (pl.int_range(pl.len()).over("day") + 1).cast(pl.String).str.zfill(3),
            ),
        )
        .select("order", "order_id", "customer_id", "ordered_on", "channel", "salesperson")
    )


def _draw(rng: np.random.Generator, shares: Floats) -> Ints:
    """One column number a row, with the row's shares as chances."""
    reached = np.cumsum(shares, axis=1) < rng.random(len(shares))[:, None]
    result: Ints = np.minimum(reached.sum(axis=1), shares.shape[1] - 1)
    return result


def _orders(lines: pl.DataFrame, heads: pl.DataFrame, as_of: date) -> pl.DataFrame:
    sums = lines.group_by("order").agg(
        amount=(pl.col("quantity") * pl.col("paid")).sum(),
        cost=(pl.col("quantity") * pl.col("unit_cost")).sum(),
        discount=(pl.col("quantity") * (pl.col("listed") - pl.col("paid"))).sum(),
    )
    age = (pl.lit(as_of) - pl.col("ordered_on")).dt.total_days()
    return (
        heads.join(sums, on="order", how="left", maintain_order="left")
        .with_columns(
            status=pl.when(age <= 3)
            .then(pl.lit("待发货"))
            .when(age <= 8)
            .then(pl.lit("已发货"))
            .otherwise(pl.lit("已完成"))
        )
        .select(
            "order_id",
            "customer_id",
            "ordered_on",
            *(yuan(pl.col(name)).alias(name) for name in ("amount", "cost", "discount")),
            "channel",
            "salesperson",
            "status",
        )
    )


def _order_lines(lines: pl.DataFrame) -> pl.DataFrame:
    quantity = pl.col("quantity")
    return lines.select(
        "order_id",
        (pl.int_range(pl.len()).over("order") + 1).alias("line_no"),
        "customer_id",
        "ordered_on",
        yuan(quantity * pl.col("paid")).alias("amount"),
        "product_id",
        "product_name",
        "category",
        "brand",
        "specification",
        quantity.cast(pl.Float64),
        yuan(pl.col("paid")).alias("unit_price"),
        yuan(pl.col("listed")).alias("list_price"),
        yuan(quantity * pl.col("unit_cost")).alias("cost"),
        yuan(quantity * (pl.col("listed") - pl.col("paid"))).alias("discount"),
        "channel",
        "salesperson",
    )


def yuan(cents: pl.Expr) -> pl.Expr:
    """Whole cents as money."""
    return (cents / 100).cast(pl.Decimal(18, 2))
