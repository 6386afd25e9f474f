"""Recognises rows that say nothing of their own: repeated headings, notes, the template's example.

They are left out and told; see `totals` for rows that sum up others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.columns import where
from kefen.ledger.reading.totals import is_total

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger.facts import Kind

_NOTE = re.compile(
    r"(?i)^[*※#\-=·\s（(【\[]{0,9}(?:"
    r"(?:备\s?注|備\s?註|注意|注释|附注|注|說明|说明|提示|声明|免责声明|数据来源|资料来源|来源|温馨提示|特别说明)"
    r"\s?\d{0,2}\s?[:：、]|"
    r"(?:[制製填]\s?表|[审審复核]\s?核|核\s?准|批\s?准|经\s?办|主\s?管|会\s?计|出\s?纳|打\s?印|导\s?出|"
    r"列\s?印|统计|查询|生成|报表|编\s?制|签\s?[字名]|盖\s?章|单\s?位)"
    r"\s?(?:人|员|者|部门|单位|时间|日期|条件|期间|范围|範圍|口径)?\s?[:：]|"
    r"第\s?(?:\d{1,5}|[一二三四五六七八九十]{1,3})\s?[页頁]|共\s?\d{1,9}\s?[页頁条條笔行]|以下空白|以下无正文|"
    r"(?:notes?|remarks?|disclaimer|(?:data )?source|(?:approved|checked|reviewed) by|run date|"
    r"report date)\s?[:：]|"
    r"(?:prepared by|(?:printed|generated|exported|created) (?:on|by|at))\b|"
    r"as of \d|copyright|©|confidential\W{0,9}$|\(?\d{1,9} rows?(?: affected)?\)?\W{0,9}$|"
    r"page \d{1,5}\b|end of (?:report|file|list|data)|-{3,}|={3,}|\*{3,}|_{3,}"
    r")"
)
_SHARE = 0.6
_LEAST_EXAMPLES = 4
_LEAST_NAMED, _MOST_NAMED = 3, 200


def is_note(cells: Sequence[str | None]) -> bool:
    """Whether a row is a remark about the table: 注：…, 制表人：…, 第2页, Page 1 of 3.

    At least every other filled cell must be one, so that 制表人： may stand before its name.
    """
    filled = [text for cell in cells if cell and (text := cell.strip())]
    if not filled or not _NOTE.match(filled[0][:200]):
        return False
    notes = sum(bool(_NOTE.match(text[:200])) for text in filled)
    return notes * 2 >= len(filled)


def note_rows(cells: pl.DataFrame, lacking: pl.Series) -> pl.Series:
    """Which of the rows that lack something are notes."""
    rows = ((place, cells.row(place)) for place in lacking.arg_true())
    found = [place for place, row in rows if is_note(row) and not is_total(row)]
    return _mask(found, len(lacking))


def heading_rows(
    cells: pl.DataFrame, above: Sequence[Sequence[str]], *, titles: bool = False
) -> pl.Series:
    """Which rows repeat the headings, or a row that stands above them: `above` as it stands.

    A row of one cell counts with `titles`, where such a row cannot be a fact.
    """
    height = cells.height
    found: set[int] = set()
    same = [
        (cells[name].str.strip_chars() == name).fill_null(value=False)
        for name in where(cells, *(pl.col(name) == name for name in cells.columns))
    ]
    if same:
        equal = pl.sum_horizontal([each.cast(pl.Int32) for each in same])
        count = pl.select(equal.alias("n")).to_series()
        for place in (count > 0).arg_true():
            filled = sum(bool(cell and cell.strip()) for cell in cells.row(place))
            if count[place] >= max(min(2, cells.width), _SHARE * filled):
                found.add(place)
    for row in above:
        found |= _like(cells, row, 1 if titles else 2)
    found |= {place for place in range(min(height, 2)) if _names_again(cells.row(place), cells)}
    return _mask(sorted(found), height)


def _names_again(row: Sequence[str | None], cells: pl.DataFrame) -> bool:
    """Whether a row has the headings once more in other words, such as another language's."""
    filled = [
        (heading, cell)
        for heading, cell in zip(cells.columns, row, strict=True)
        if cell and cell.strip()
    ][:_MOST_NAMED]
    named = sum(
        not set(columns_known(cell)).isdisjoint(columns_known(heading)) for heading, cell in filled
    )
    return named >= _LEAST_NAMED and named >= _SHARE * len(filled)


def _like(cells: pl.DataFrame, row: Sequence[str], least: int) -> set[int]:
    """Rows whose cells are wholly those of `row`, which has at least so many."""
    wanted = [cell.strip() for cell in row][: cells.width]
    wanted += [""] * (cells.width - len(wanted))
    first = next((place for place, cell in enumerate(wanted) if cell), None)
    if first is None or sum(map(bool, wanted)) < min(least, cells.width):
        return set()
    column = cells.to_series(first)
    suspects = column.str.contains(wanted[first], literal=True).fill_null(value=False)
    return {
        place
        for place in suspects.arg_true()
        if [(cell or "").strip() for cell in cells.row(place)] == wanted
    }


def is_heading(cells: Sequence[str], headings: Sequence[str]) -> bool:
    """Whether the filled cells of a row of another width are mostly headings in their places."""
    pairs = [(a.strip(), b) for a, b in zip(cells, headings, strict=False) if a.strip()]
    return len(pairs) > 1 and sum(a == b for a, b in pairs) >= _SHARE * len(pairs)


def example_rows(kind: Kind, texts: Mapping[str, pl.Series], height: int) -> pl.Series:
    """Which rows are the example of the kind's template, in either language, word for word."""
    found: set[int] = set()
    lead = next((name for name in ("customer_name", "name", "customer_id") if name in texts), None)
    if lead is None:
        return _mask([], height)
    for lang in ("zh", "en"):
        example = {name: kind.column(name).example.get(lang, "") for name in texts}
        suspects = (texts[lead] == example[lead]).fill_null(value=False)
        for place in suspects.arg_true():
            row = {name: text[place] for name, text in texts.items() if text[place] is not None}
            same = [_alike(value, example[name]) for name, value in row.items()]
            if all(same) and len(same) >= _LEAST_EXAMPLES:
                found.add(place)
    return _mask(sorted(found), height)


def _alike(value: str, example: str) -> bool:
    if value == example:
        return True
    if value[:10] == example and value[10:].strip(" T0:.") == "":
        return True
    try:
        return float(value[:40]) == float(example)
    except ValueError:
        return False


def _mask(places: Sequence[int], height: int) -> pl.Series:
    mask = pl.Series([False]).new_from_index(0, height)
    return mask.scatter(list(places), True) if places else mask
