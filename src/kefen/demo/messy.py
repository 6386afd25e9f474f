"""Writes a demo company as the files people really have: title rows, old encodings, slips.

The sales file is a CSV (GB18030 in Chinese; UTF-8 with a byte order mark and semicolons in
English), the others are XLSX workbooks with title rows above the headings. A few rows are
spoilt on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from kefen.demo.catalogue import company as find
from kefen.demo.loading import CUSTOMERS, SEED, frames
from kefen.demo.messy_words import file_name, headings, slips, title
from kefen.demo.workbook import write_workbook

if TYPE_CHECKING:
    from kefen.demo.company import Company

_SIGNS = {"CNY": {"zh": "￥", "en": "¥"}}
_SPOILT_EVERY = 901
"""Rows between one slip and the next in a sales file."""


@dataclass(frozen=True)
class Exported:
    """One file written: `rows` of facts, of which `spoilt` cannot be read as they stand."""

    path: Path
    kind: str
    rows: int
    spoilt: int = 0


def export(
    company: str | Company,
    folder: str | Path,
    lang: str = "zh",
    *,
    seed: int = SEED,
    customers: int = CUSTOMERS,
) -> list[Exported]:
    """Write a company's facts into `folder`, headings in `zh` or `en`; returns the files.

    Raises:
        KefenError: as `frames`.
    """
    language = "zh" if lang.startswith("zh") else "en"
    found, target = find(company), Path(folder)
    facts = frames(found, seed=seed, customers=customers)
    target.mkdir(parents=True, exist_ok=True)
    sales = "order_lines" if "order_lines" in facts else "orders"
    skipped = {"orders"} if sales == "order_lines" else set()
    names = facts["customers"].select("customer_id", customer_name="name")
    written = []
    for kind, frame in facts.items():
        if kind in skipped:
            continue
        path = target / file_name(kind, language)
        if kind == sales:
            named = frame.join(names, on="customer_id", how="left", maintain_order="left")
            sign = _SIGNS.get(found.currency, {}).get(language, "")
            written.append(_sales(path, kind, named, language, sign))
        else:
            above = title(kind, language, found.title[language])
            table = _headed(kind, frame, language)
            total = headings(kind, language).get("amount")
            write_workbook(path, table, above, found.as_of, language, total)
            written.append(Exported(path, kind, frame.height))
    return written


def _headed(kind: str, frame: pl.DataFrame, lang: str) -> pl.DataFrame:
    """The frame under the headings of its kind; columns without a heading stay at home."""
    known = headings(kind, lang)
    return frame.select(pl.col(name).alias(text) for name, text in known.items() if name in frame)


def _sales(path: Path, kind: str, frame: pl.DataFrame, lang: str, sign: str) -> Exported:
    """The sales file as text: dates and money as people type them, and some slips."""
    row = pl.int_range(pl.len())
    text = frame.select(_typed(frame, name, row, lang, sign) for name in frame.columns)
    spoilt = 0
    for number, (name, value) in enumerate(slips(lang), start=1):
        place = number * _SPOILT_EVERY
        spoilt += place < text.height
        slip = pl.when(row == place).then(pl.lit(value)).otherwise(pl.col(name))
        text = text.with_columns(slip.alias(name))
    table = _headed(kind, text, lang)
    separator, encoding = (",", "gb18030") if lang == "zh" else (";", "utf-8-sig")
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(table.write_csv(separator=separator, line_terminator="\r\n"))
    return Exported(path, kind, frame.height, spoilt)


def _typed(frame: pl.DataFrame, name: str, row: pl.Expr, lang: str, sign: str) -> pl.Expr:
    """A column as text."""
    column, dtype = pl.col(name), frame.schema[name]
    if dtype == pl.Date:
        return _dates(column, row, lang).alias(name)
    if isinstance(dtype, pl.Decimal):
        return _money(column, row, sign).alias(name)
    if dtype.is_float():
        return column.cast(pl.Int64).cast(pl.String).alias(name)
    return column.cast(pl.String).alias(name)


def _dates(column: pl.Expr, row: pl.Expr, lang: str) -> pl.Expr:
    """Mostly one way of writing, now and then another."""
    usual = "%Y/%-m/%-d" if lang == "zh" else "%Y-%m-%d"
    other = "%Y年%-m月%-d日" if lang == "zh" else "%d %b %Y"
    return (
        pl.when(row % 11 == 5).then(column.dt.strftime(other)).otherwise(column.dt.strftime(usual))
    )


def _money(column: pl.Expr, row: pl.Expr, sign: str) -> pl.Expr:
    """Thousands separated; every few rows with the sign of the currency."""
    whole = column.abs().cast(pl.Float64).round(2)
    fen = (whole * 100).round(0).cast(pl.Int64)
    text = (fen // 100).cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "$1,")
    grouped = text.str.reverse().str.strip_chars_start(",")
    amount = pl.format("{}.{}", grouped, (fen % 100).cast(pl.String).str.zfill(2))
    return pl.when(row % 7 == 3).then(pl.format("{}{}", pl.lit(sign), amount)).otherwise(amount)
