"""Writes small messy files, and reads them in one go."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import polars as pl
import xlsxwriter

from kefen.ledger.reading import Rejection, open_reader

if TYPE_CHECKING:
    from pathlib import Path

TODAY = dt.date(2025, 6, 30)


def csv_file(folder: Path, text: str, encoding: str = "utf-8", name: str = "file.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def xlsx_file(folder: Path, *sheets: tuple[str, list[list[Any]]], name: str = "book.xlsx") -> Path:
    path = folder / name
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for title, rows in sheets:
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                for place, value in enumerate(row):
                    if isinstance(value, dt.date):
                        sheet.write_datetime(number, place, value)
                    else:
                        sheet.write(number, place, value)
    return path


def read(
    source: Any, kind: str | None = None, **options: Any
) -> tuple[pl.DataFrame, list[Rejection]]:
    reader = open_reader(source, kind, today=TODAY, **options)
    chunks = list(reader.chunks())
    rejections = [rejection for chunk in chunks for rejection in chunk.rejections]
    rows = pl.concat([chunk.rows for chunk in chunks]) if chunks else pl.DataFrame()
    return rows, rejections


def notices(source: Any, kind: str | None = None) -> list[str]:
    reader = open_reader(source, kind, today=TODAY)
    return [notice.code for chunk in reader.chunks() for notice in chunk.notices]


def money(rows: pl.DataFrame, column: str = "amount") -> list[str | None]:
    return [None if value is None else str(value) for value in rows[column]]


def days(rows: pl.DataFrame, column: str = "ordered_on") -> list[str | None]:
    return [None if value is None else value.isoformat() for value in rows[column]]


def orders(dates: list[str] | None = None, amounts: list[str] | None = None) -> pl.DataFrame:
    """A frame of orders with these dates or amounts as text."""
    count = len(dates or amounts or [])
    return pl.DataFrame(
        {
            "客户编号": [f"C{n}" for n in range(count)],
            "下单日期": dates or ["2025-01-03"] * count,
            "金额": amounts or ["1"] * count,
        }
    )
