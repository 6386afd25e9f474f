"""Reads the table of an experiment: who was treated, who was held out, since when, what came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.cells import MARKED
from kefen.errors import RunError
from kefen.evaluate.backtesting import after
from kefen.indicators import Request, compute
from kefen.period import Window

if TYPE_CHECKING:
    from datetime import date

    from kefen.ledger import Ledger

COLUMNS: Final = ("customer_id", "group", "outcome")
HEADINGS: Final = {
    "customer_id": ("customer", "customer id", "customer no", "id", "客户", "客户编号", "客户编码",
                    "客户id", "客户号", "客户代码"),
    "group": ("组", "组别", "分组", "试验分组", "实验分组"),
    "outcome": ("result", "结果", "结果值"),
    "date": ("start", "start date", "since", "日期", "开始日期", "试验日期", "起始日期"),
}  # fmt: skip
"""How files head these columns, besides their names."""
TREATED: Final = ("treated", "treatment", "test", "true", "1", "试验", "试验组", "实验组", "处理组")
HOLDOUT: Final = ("holdout", "control", "false", "0", "对照", "对照组", "保留组")
SHOWN: Final = 10
"""So many ids are named."""
MOST_DATES: Final = 60
"""Days on which treating may have begun: outcomes of each are summed by themselves."""
_DATES: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")


def read(table: Any, since: date | None = None) -> pl.DataFrame:
    """`customer_id`, `treated`, and `outcome` or the `date` treating began, one row a customer.

    Args:
        table: a frame, a mapping of columns, or a CSV or Parquet file.
        since: when treating began, where the table says neither that nor outcomes.

    Raises:
        RunError: `experiment-unreadable`, `experiment-columns`, `experiment-groups`,
            `experiment-outcome`, `experiment-date`, `experiment-dates`, `experiment-nobody`,
            `experiment-twice`, `experiment-both`.
    """
    rows = _named(_frame(table))
    missing = [name for name in COLUMNS[:2] if name not in rows.columns]
    if not missing and "date" not in rows.columns and "outcome" not in rows.columns:
        missing = [] if since else ["outcome"]
    if missing:
        raise RunError("experiment-columns", missing=missing, columns=list(COLUMNS))
    group = pl.col("group").cast(pl.String).str.strip_chars().str.to_lowercase()
    chosen = [
        pl.col("customer_id").cast(pl.String).str.strip_chars().str.replace(MARKED, "${1}"),
        pl.when(group.is_in(TREATED)).then(True).when(group.is_in(HOLDOUT)).then(False)
        .alias("treated"),
        pl.col("group").alias("given"),
    ]  # fmt: skip
    if "outcome" in rows.columns:
        chosen.append(_number(rows.schema["outcome"]))
    elif "date" in rows.columns:
        chosen.append(_day(rows.schema["date"], since))
    else:
        chosen.append(pl.lit(since).alias("date"))
    found = rows.select(chosen)
    _complete(found)
    _once(found)
    return found.drop("given")


def measured(ledger: Ledger, rows: pl.DataFrame, horizon: str) -> pl.DataFrame:
    """The rows with an `outcome`: sales of the horizon from each customer's date on.

    Raises:
        RunError: `experiment-open` while the horizon of a date is not over in the ledger.
        PeriodError: `bad-window`.
    """
    span = ledger.span()
    if span is None:
        raise RunError("nothing-sold")
    last, parts = span[1] + timedelta(days=1), []
    for (day,), some in rows.group_by("date"):
        end = after(day, Window.ahead(horizon))
        if end > last:
            raise RunError("experiment-open", date=day, end=end, last=span[1])
        window = Window.parse(f"{(end - day).days}d")
        sales = compute(ledger, [Request("sales", window, "outcome")], end)
        outcomes = pl.DataFrame(ledger.engine.fetch(sales))
        known = outcomes.with_columns(pl.col("outcome").cast(pl.Float64))
        parts.append(some.join(known, on="customer_id", how="left"))
    return pl.concat(parts).with_columns(pl.col("outcome").fill_null(0.0))


def _frame(table: Any) -> pl.DataFrame:
    if isinstance(table, str | Path):
        return _file(Path(table))
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, Mapping):
        return pl.DataFrame(dict(table), strict=False)
    if hasattr(table, "to_polars"):
        found: pl.DataFrame = table.to_polars()
        return found
    return pl.DataFrame(table)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the columns that are known by another heading under their names."""
    names: dict[str, str] = {}
    for heading in rows.columns:
        folded = " ".join(heading.replace("_", " ").split()).casefold()
        for name, known in HEADINGS.items():
            fits = folded in known or folded == name.replace("_", " ")
            if fits and name not in rows.columns and name not in names.values():
                names[heading] = name
    return rows.rename(names)


def _number(kind: pl.DataType) -> pl.Expr:
    """The outcome as a number; text may have commas between thousands."""
    told = pl.col("outcome")
    if kind == pl.String:
        told = told.str.strip_chars().str.replace_all(r"(\d),(\d{3})\b", "$1$2")
    return told.cast(pl.Float64, strict=False)


def _day(kind: pl.DataType, since: date | None) -> pl.Expr:
    """The day treating began; an empty cell has `since`."""
    told = pl.col("date")
    if kind == pl.String:
        text = told.str.strip_chars()
        read = pl.coalesce(*(text.str.to_date(form, strict=False) for form in _DATES))
        empty = text.is_null() | (text == "")
        return pl.when(empty).then(pl.lit(since)).otherwise(read).alias("date")
    return told.cast(pl.Date, strict=False).fill_null(pl.lit(since)).alias("date")


def _file(path: Path) -> pl.DataFrame:
    """A CSV file as text, so that no id loses its zeros; or a Parquet file as it is."""
    try:
        if path.suffix.lower() == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(_text(path).encode(), infer_schema=False)
    except (OSError, UnicodeDecodeError, pl.exceptions.PolarsError) as error:
        reason = str(error).partition("\n")[0]
        raise RunError("experiment-unreadable", file=path.name, reason=reason) from error


def _text(path: Path) -> str:
    """UTF-8, or what Excel writes in China."""
    body = path.read_bytes()
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("gb18030")


def _complete(rows: pl.DataFrame) -> None:
    """Refuse rows without a customer, a group, or an outcome or date that can be read."""
    if nobody := rows.filter(pl.col("customer_id").fill_null("") == "").height:
        raise RunError("experiment-nobody", count=nobody)
    odd = rows.filter(pl.col("treated").is_null())
    if odd.height:
        raise RunError("experiment-groups", value=str(odd["given"][0]))
    if "outcome" in rows.columns:
        bad = rows.filter(pl.col("outcome").is_null() | ~pl.col("outcome").is_finite())
        code = "experiment-outcome"
    else:
        bad, code = rows.filter(pl.col("date").is_null()), "experiment-date"
        days = rows["date"].n_unique()
        if days > MOST_DATES:
            raise RunError("experiment-dates", count=days, most=MOST_DATES)
    if bad.height:
        raise RunError(code, count=bad.height, ids=bad["customer_id"].to_list()[:SHOWN])


def _once(rows: pl.DataFrame) -> None:
    """Refuse a customer who stands more than once, or in both groups."""
    times = rows.group_by("customer_id").agg(times=pl.len(), groups=pl.col("treated").n_unique())
    for code, several in (("experiment-both", "groups"), ("experiment-twice", "times")):
        found = times.filter(pl.col(several) > 1)["customer_id"].sort().to_list()
        if found:
            raise RunError(code, count=len(found), ids=found[:SHOWN])
