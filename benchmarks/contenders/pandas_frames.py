"""pandas: grouped columns; money as whole cents, since decimals are Python objects there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.task import Stages, arguments

if TYPE_CHECKING:
    from pathlib import Path

AS_OF, START, BEFORE = (pd.Timestamp(day) for day in ("2026-01-01", "2025-01-01", "2024-01-01"))
BY = "customer_id"
COLUMNS = ("order_id", BY, "ordered_on", "amount", "cost", "quantity", "category", "channel")
MONEY = pa.decimal128(18, 2)
NAMES = ("retain", "develop", "keep", "value")


def main() -> None:
    data, out = arguments()
    grade(data, out)


def grade(data: Path, out: Path) -> None:
    stages = Stages(out)
    with stages.stage("read"):
        customers = pq.read_table(data / "customers", columns=[BY])[BY].to_pandas()
        lines = read(data / "order_lines")
    with stages.stage("indicators"):
        found = indicators(customers, lines)
        del lines
    for name, method in {"indicators": None, "abc": abc, "rfm": rfm, "weighted": weighted}.items():
        with stages.stage(name):
            table = found if method is None else method(found)
        with stages.stage("write"):
            write(table, out / f"{name}.parquet")
    stages.tell()


def read(folder: Path) -> pd.DataFrame:
    """Order lines; labels as categories, which group by number instead of by text."""
    labels = [BY, "order_id", "category", "channel"]
    table = pq.read_table(folder, columns=list(COLUMNS), read_dictionary=labels)
    table = table.unify_dictionaries()
    for name in ("amount", "cost"):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, _cents(table[name]))
    table = table.set_column(
        table.schema.get_field_index("ordered_on"),
        "ordered_on",
        table["ordered_on"].cast(pa.timestamp("s")),
    )
    frame: pd.DataFrame = table.to_pandas(self_destruct=True, split_blocks=True)
    return frame


def _cents(money: Any) -> Any:
    hundredfold = pc.multiply(money, pa.scalar(100, pa.decimal128(3, 0)))
    return pc.cast(hundredfold, pa.int64())


def indicators(customers: pd.Series[str], lines: pd.DataFrame) -> pd.DataFrame:
    lines = lines[lines.ordered_on < AS_OF]
    bought = lines[lines.amount > 0].groupby(BY, observed=True, sort=False).ordered_on
    earlier = lines[(lines.ordered_on >= BEFORE) & (lines.ordered_on < START)]
    inside = lines[lines.ordered_on >= START]
    groups = inside.groupby(BY, observed=True, sort=False)
    purchases = inside[inside.amount > 0]
    orders = purchases.drop_duplicates([BY, "order_id"])[[BY, "ordered_on"]]
    days = orders.drop_duplicates().groupby(BY, observed=True, sort=False).ordered_on
    kinds = purchases[[BY, "category"]].dropna().drop_duplicates()
    amounts = inside.groupby([BY, "channel"], observed=True, sort=False).amount
    channels = amounts.agg(["sum", "max"]).query("max > 0").reset_index()
    channels["channel"] = channels.channel.astype(str)
    channels = channels.sort_values(["sum", "channel"], ascending=[False, True])
    parts = {
        "sales": groups.amount.sum(),
        "cost": groups.cost.sum(),
        "costs": groups.cost.count(),
        "lines": groups.size(),
        "quantity": groups.quantity.sum(),
        "before": earlier.groupby(BY, observed=True, sort=False).amount.sum(),
        "first_order_on": bought.min(),
        "last_order_on": bought.max(),
        "orders": orders.groupby(BY, observed=True, sort=False).size(),
        "frequency": days.count(),
        "first_in": days.min(),
        "last_in": days.max(),
        "categories": kinds.groupby(BY, observed=True, sort=False).size(),
        "channels": channels.groupby(BY, observed=True, sort=False).size(),
        "main_channel": channels.drop_duplicates(BY).set_index(BY).channel,
    }
    index = pd.Index(customers.sort_values(), name=BY)
    t = pd.DataFrame({name: _at(part, index) for name, part in parts.items()}, index=index)
    whole = ["sales", "cost", "costs", "lines", "before", "orders", "frequency"]
    t[whole] = t[whole].fillna(0).astype("int64")
    sales = t.sales / 100
    positive = sales.where(t.sales > 0)
    profit = (t.sales - t.cost).where(t.costs == t.lines)
    nobody = t.last_in.isna()
    return pd.DataFrame(
        {
            "sales": t.sales,
            "profit": profit,
            "margin": profit / 100 / positive,
            "average_order_value": (sales / t.orders).where(t.orders > 0),
            "share_of_sales": sales / (t.sales.where(t.sales > 0).sum() / 100),
            "growth": ((t.sales - t.before) / t.before.abs()).where(t.before != 0),
            "returns_amount": 0,
            "return_rate": positive * 0.0,
            "orders": t.orders,
            "frequency": t.frequency,
            "recency": (AS_OF - t.last_in).dt.days,
            "purchase_interval": ((t.last_in - t.first_in).dt.days / (t.frequency - 1)).where(
                t.frequency >= 2
            ),
            "tenure": (AS_OF - t.first_order_on).dt.days,
            "first_order_on": t.first_order_on,
            "last_order_on": t.last_order_on,
            "channels": t.channels.where(~nobody, 0),
            "main_channel": t.main_channel,
            "categories": t.categories.where(~nobody, 0),
            "lines": t.lines,
            "quantity": t.quantity.where(t.lines > 0, 0.0),
        }
    )


def _at(part: pd.Series[Any], index: pd.Index[str]) -> pd.Series[Any]:
    part.index = part.index.astype(index.dtype)
    return part.reindex(index)


def abc(t: pd.DataFrame) -> pd.DataFrame:
    rated = t.orders >= 1
    earned = t.sales[rated & (t.sales > 0)].sort_values(ascending=False)
    running = earned.cumsum().groupby(earned.to_numpy(), sort=False).transform("max")
    total = earned.sum()
    group = pd.Series("C", index=earned.index)
    group[running * 20 <= total * 19] = "B"
    group[(running * 4 <= total * 3) | (earned == earned.max())] = "A"
    label = group.reindex(t.index).fillna("C").where(rated, None)
    score = (t.sales / 100).where(rated)
    return pd.DataFrame({"class": label, "score": score, "sales": t.sales, "orders": t.orders})


def rfm(t: pd.DataFrame) -> pd.DataFrame:
    rated = t.orders >= 1
    each = {"r": -t.recency, "f": t.frequency, "m": t.sales}
    scores = pd.DataFrame({name: _fifth(value[rated]) for name, value in each.items()})
    high = scores >= scores.mean()
    base = np.where(high.m, "important-", "general-")
    name = np.array(NAMES)[high.r.to_numpy().astype(int) + 2 * high.f.to_numpy().astype(int)]
    scores["class"] = np.char.add(base, name)
    scores["score"] = (scores.r + scores.f + scores.m).astype("float64")
    found = t[["recency", "frequency", "sales", "orders"]].join(scores)
    return found.join(high.add_suffix("_high").astype("boolean"))


def _fifth(value: pd.Series[Any]) -> pd.Series[Any]:
    """5 for the best fifth of customers, equals together; the best value is always 5."""
    upto = value.rank(method="max", ascending=False).astype("int64")
    n = len(value)
    score = 6 - (5 * upto + n - 1) // n
    return score.where(value != value.max(), 5).astype("int8")


def weighted(t: pd.DataFrame) -> pd.DataFrame:
    weights = {
        "sales": 0.3,
        "profit": 0.2,
        "average_order_value": 0.1,
        "frequency": 0.15,
        "recency": 0.15,
        "growth": 0.1,
    }
    mine = t.loc[t.orders >= 1, list(weights)]
    order = mine.average_order_value
    low, high = float(order.quantile(0.01)), float(order.quantile(0.99))
    bounds = [-np.inf, -0.5, -0.2, 0, 0.2, 0.5, np.inf]
    bands = pd.cut(mine.growth, bounds, right=False, labels=False)
    points = pd.DataFrame(
        {
            "sales": _beaten(mine.sales),
            "profit": _beaten(mine.profit),
            "average_order_value": 100 * (order.clip(low, high) - low) / (high - low),
            "frequency": _beaten(mine.frequency),
            "recency": _beaten(-mine.recency),
            "growth": bands * 20.0,
        }
    )
    series = pd.Series(weights)
    whole = points.notna() @ series
    parts = (points * series).div(whole, axis=0)
    score = parts.sum(axis=1).round(9)
    upto, n = score.rank(method="max", ascending=False).astype("int64"), len(score)
    choices = [(score == score.max()) | (5 * upto <= n), 2 * upto <= n, 5 * upto <= 4 * n]
    label = pd.Series(np.select(choices, ["A", "B", "C"], "D"), index=score.index)
    found = pd.DataFrame({"class": label, "score": score})
    scored = found.join(points.add_prefix("norm_")).join(parts.add_prefix("contribution_"))
    return t[[*weights, "orders"]].join(scored)


def _beaten(value: pd.Series[Any]) -> pd.Series[Any]:
    return 100 * (value.rank(method="min") - 1) / (value.count() - 1)


def write(table: pd.DataFrame, path: Path) -> None:
    """Cents go back to money, and counts that may be missing back to whole numbers."""
    written = pa.Table.from_pandas(table.reset_index(), preserve_index=False)
    for at, name in enumerate(written.column_names):
        if name in ("sales", "profit", "returns_amount"):
            cents = written[name].cast(pa.int64()).cast(pa.decimal128(19, 0))
            money = pc.multiply(cents, pa.scalar("0.01").cast(pa.decimal128(3, 2)))
            written = written.set_column(at, name, money.cast(MONEY))
        elif name in ("recency", "tenure", "channels", "categories"):
            written = written.set_column(at, name, written[name].cast(pa.int64()))
        elif name.endswith("_order_on"):
            written = written.set_column(at, name, written[name].cast(pa.date32()))
    pq.write_table(written, path)


if __name__ == "__main__":
    main()
