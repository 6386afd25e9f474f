"""Writes the XLSX template of a kind: its headings, an example row, and what each column means."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import xlsxwriter

from kefen.storage import written_file

if TYPE_CHECKING:
    from pathlib import Path

    from kefen.ledger.facts import Column, Kind

_WIDTH = 18
_WORDS = {
    "zh": {
        "sheet": "说明",
        "columns": ("列", "含义", "类型", "必填", "示例"),
        "yes": "必填",
        "no": "",
        "text": "文本",
        "date": "日期",
        "money": "金额（元，两位小数）",
        "number": "数字",
        "integer": "整数",
        "boolean": "是或否",
    },
    "en": {
        "sheet": "About",
        "columns": ("Column", "Meaning", "Type", "Required", "Example"),
        "yes": "required",
        "no": "",
        "text": "text",
        "date": "date",
        "money": "money, two decimals",
        "number": "number",
        "integer": "whole number",
        "boolean": "yes or no",
    },
}


def write_template(kind: Kind, path: Path, lang: str = "zh") -> None:
    """Write a workbook that can be filled in and imported as it is.

    Required headings carry an asterisk. The second sheet explains the columns and is not read.

    Raises:
        StorageError: `file-not-writable`, `disk-full`.
    """
    tongue = "zh" if lang.startswith("zh") else "en"
    with written_file(path), xlsxwriter.Workbook(path) as book:
        _fill_in(book, kind, tongue)
        _explain(book, kind, tongue)


def _columns(kind: Kind) -> list[Column]:
    shown = [column for column in kind.columns if column.name != "attributes"]
    return sorted(shown, key=lambda column: not column.required)


def _fill_in(book: Any, kind: Kind, lang: str) -> None:
    sheet = book.add_worksheet(kind.label[lang])
    plain = book.add_format({"bold": True, "bottom": 1})
    needed = book.add_format({"bold": True, "bottom": 1, "bg_color": "#FFF2CC"})
    formats = {
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "money": book.add_format({"num_format": "#,##0.00"}),
        "text": book.add_format({"num_format": "@"}),
    }
    for place, column in enumerate(_columns(kind)):
        star = " *" if column.required else ""
        sheet.write_string(0, place, column.label[lang] + star, needed if star else plain)
        if note := column.note.get(lang):
            sheet.write_comment(0, place, note)
        sheet.set_column(place, place, _WIDTH, formats.get(column.type))
        _example(sheet, place, column, lang, formats.get(column.type))
    sheet.freeze_panes(1, 0)


def _example(sheet: Any, place: int, column: Column, lang: str, look: Any) -> None:
    text = column.example.get(lang, "")
    if not text:
        return
    if column.type == "date":
        sheet.write_datetime(1, place, dt.datetime.fromisoformat(text), look)
    elif column.type in ("money", "number", "integer"):
        sheet.write_number(1, place, float(text), look)
    else:
        sheet.write_string(1, place, text, look)


def _explain(book: Any, kind: Kind, lang: str) -> None:
    words = _WORDS[lang]
    sheet = book.add_worksheet(words["sheet"])
    head = book.add_format({"bold": True, "bottom": 1})
    sheet.write_row(0, 0, words["columns"], head)
    for line, column in enumerate(_columns(kind), start=1):
        told = words["yes"] if column.required else words["no"]
        cells = (column.label[lang], column.note.get(lang, ""), words[column.type], told)
        sheet.write_row(line, 0, (*cells, column.example.get(lang, "")))
    sheet.set_column(0, 0, _WIDTH)
    sheet.set_column(1, 1, 4 * _WIDTH)
    sheet.set_column(2, 4, _WIDTH)
