"""No cell holds up the others: every parser takes a megabyte of its worst characters quickly.

The bound of a tenth of a second of processor time is coarse: the patterns took minutes once.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import polars as pl
import pytest

from kefen.ledger.facts import KINDS
from kefen.ledger.reading import asides, dates, lossy, money, normal, texts, totals, units
from kefen.ledger.reading.currencies import currency_code
from kefen.ledger.reading.day_order import DateEvidence
from kefen.ledger.reading.decimals import NumberEvidence
from kefen.ledger.reading.style import Style
from kefen.ledger.reading.tally import short

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE, LIMIT = 1_000_000, 0.1
TODAY = dt.date(2025, 6, 30)
WORST = [
    ("2025-01-03", " ", "x"),
    ("2025-01-03 下午", " ", "x"),
    ("1", "0", ""),
    ("1", ",000", "x"),
    ("1", ".000", "x"),
    ("", "(", ""),
    ("", "()", "x"),
    ("", "（", "万元"),
    ("", "-", "1"),
    ("1", " 000", "x"),
    ("1", "'000", "x"),
    ("", "¥", "1"),
    ("", "usd ", "1"),
    ("", "合", "计"),
    ("", "total ", "x"),
    ("合", " ", "计"),
    ("", "&amp;", "x"),
    ("", "&#38;", "x"),
    ("a", "\\u0301\\u0323", "x"),
    ("", "\\ufdfa", ""),
    ("", "\\u3000", "x"),
    ('="', '"', "x"),
    ("", "`", "x"),
    ("", "_万", "x"),
    ("", "in ", "thousand"),
    ("页", "第1", "页"),
    ("注", " ", "x"),
    ("1", "e+1", "x"),
    ("Jan", " ", "3"),
    ("3", "/", "1"),
    ("", "\\u200b ", "x"),
    ("1.", "0", "x"),
]
BOUNDS = dates.believable("ordered_on", TODAY)
PARSERS: dict[str, Callable[[str], object]] = {
    "a date": lambda cell: dates.read_date(cell),
    "a column of dates": lambda cell: dates.clean_date(
        texts.trimmed(pl.Series([cell])), "mdy", "Asia/Shanghai", BOUNDS
    ),
    "the order of days": lambda cell: DateEvidence(TODAY).look(pl.Series([cell])),
    "a number": money.read_number,
    "a number with a comma": lambda cell: money.read_number(cell, ","),
    "a column of money": lambda cell: money.clean_money(pl.Series([cell]), "CNY"),
    "a column of decimal commas": lambda cell: money.clean_money(pl.Series([cell]), "EUR", ","),
    "a column of numbers": lambda cell: money.clean_number(pl.Series([cell])),
    "a column of days": lambda cell: money.clean_integer(pl.Series([cell]), "days"),
    "the decimal sign": lambda cell: NumberEvidence().look(pl.Series([cell])),
    "a currency": currency_code,
    "yes and no": lambda cell: texts.clean_boolean(pl.Series([cell])),
    "an id": lambda cell: texts.clean_id(pl.Series([cell])),
    "a text": lambda cell: texts.trimmed(pl.Series([cell])),
    "a number cut short": lambda cell: lossy.clean_numbered(
        pl.Series([cell]), pl.Series([cell]), Style(pointed=True, rounded=True)
    ),
    "a heading": normal.normal,
    "the unit of a heading": units.of_heading,
    "the unit of a title": lambda cell: units.of_title(cell),
    "a heading without its unit": units.without_unit,
    "a total": totals.likeness,
    "a column of totals": lambda cell: totals.named(pl.Series([cell])),
    "a note": lambda cell: asides.is_note([cell]),
    "an example": lambda cell: asides.example_rows(
        KINDS["orders"], {"customer_name": pl.Series([cell])}, 1
    ),
    "a cell in a sentence": short,
}


@pytest.mark.parametrize("parser", PARSERS)
def test_a_megabyte_in_a_cell_takes_no_time(parser: str) -> None:
    parse = PARSERS[parser]
    parse("1")
    slow = {}
    for start, again, end in WORST:
        sign = again.encode().decode("unicode_escape") if again.startswith("\\u") else again
        cell = start + sign * (SIZE // len(sign.encode())) + end
        parse(cell[:100])
        began = time.process_time()
        parse(cell)
        spent = time.process_time() - began
        if spent > LIMIT:
            slow[start, again, end] = round(spent, 2)
    assert slow == {}
