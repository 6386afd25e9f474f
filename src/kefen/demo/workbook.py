"""Writes a table as an office worker would: a title, when and by whom, an empty row, the rest."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import polars as pl
import xlsxwriter

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

_MADE = {"zh": "制表日期：{day}　　单位：元", "en": "As of {day}"}
_SHEETS = {"zh": ("明细", "说明"), "en": ("Data", "Notes")}
_NOTES = {
    "zh": ("本表由系统导出后人工整理。", "空白处为未登记。"),
    "en": ("Exported from the system and edited by hand.", "Blank means not recorded."),
}
_TOTAL = {"zh": "合计", "en": "Total"}
_HEADING_ROW = 3


def write_workbook(
    path: Path, table: pl.DataFrame, title: str, day: date, lang: str, total_of: str | None = None
) -> None:
    """Write `table` under a merged title; headings stand in the fourth row of the first sheet.

    A row below the table adds up the column headed `total_of`.
    """
    workbook = xlsxwriter.Workbook(str(path))
    workbook.set_properties({"created": datetime.combine(day, time())})
    data, notes = (workbook.add_worksheet(name) for name in _SHEETS[lang])
    large = workbook.add_format({"bold": True, "font_size": 14, "align": "center"})
    bold = workbook.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1})
    data.merge_range(0, 0, 0, max(1, table.width - 1), title, large)
    data.write(1, 0, _MADE[lang].format(day=day))
    data.write_row(_HEADING_ROW, 0, table.columns, bold)
    formats = {
        "date": workbook.add_format({"num_format": "yyyy/m/d"}),
        "money": workbook.add_format({"num_format": "#,##0.00"}),
    }
    for number, column in enumerate(table.get_columns()):
        _write_column(data, number, column, formats, lang)
    if total_of in table.columns:
        below = _HEADING_ROW + 1 + table.height
        data.write(below, 0, _TOTAL[lang], bold)
        place = table.get_column_index(total_of)
        data.write(below, place, float(table[total_of].sum()), formats["money"])
    data.freeze_panes(_HEADING_ROW + 1, 0)
    notes.write_column(0, 0, _NOTES[lang])
    workbook.close()


def _write_column(
    sheet: xlsxwriter.worksheet.Worksheet,
    number: int,
    column: pl.Series,
    formats: dict[str, xlsxwriter.format.Format],
    lang: str,
) -> None:
    style = None
    if column.dtype == pl.Date:
        style = formats["date"]
    elif isinstance(column.dtype, pl.Decimal):
        style, column = formats["money"], column.cast(pl.Float64)
    elif column.dtype == pl.Boolean:
        yes, no = ("是", "否") if lang == "zh" else ("yes", "no")
        told = {True: yes, False: no}
        column = pl.Series([None if value is None else told[value] for value in column])
    sheet.set_column(number, number, 14)
    sheet.write_column(_HEADING_ROW + 1, number, column.to_list(), style)
