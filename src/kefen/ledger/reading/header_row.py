"""Finds the heading row (or two rows) among the first rows of a sheet or CSV file."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from kefen.cells import restored
from kefen.errors import ReadingError
from kefen.ledger.facts import KINDS
from kefen.ledger.reading import units
from kefen.ledger.reading.column_mapping import columns_known, is_reserved
from kefen.ledger.reading.layouts import recognise
from kefen.ledger.reading.reshaping import han

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.raw import HeadRow

_DIGITS = set("0123456789")
_MOST_LOOKED_AT = 1_000
"""Cells of a row that show whether it is data."""
_KNOWN_EXPORT = 5
"""What the headings of a known export are worth beside recognised columns."""
_MEASURES = frozenset(
    ["个", "件", "箱", "套", "台", "只", "支", "张", "包", "瓶", "盒", "次", "人", "天", "吨",
     "公斤", "千克", "斤", "米", "平方米", "個", "枚", "本", "%", "pcs", "pc", "ea", "kg", "g",
     "t", "m", "m2", "l", "days", "units", "stück", "stk"]
)  # fmt: skip
_DAY_FORMAT = re.compile(r"y+[-/.]m+[-/.]d+")
"""What stands below the heading of a quantity, and of a day."""
_MERGED = 0.5
"""What headings in two rows are worth where merged cells show that they are such."""


@dataclass(frozen=True)
class Header:
    """The headings (unique, joined over two rows), the line they end on, and what stands above.

    `score` is how many headings are recognised; 0 means the row is only a guess. `groups` are the
    names of groups of headings, where the row just above holds such; `title` has them too.
    """

    headings: list[str]
    line: int
    score: float
    title: str = ""
    groups: str = ""


def find_header(
    rows: Sequence[HeadRow], kind: Kind | None = None, header_row: int | None = None
) -> Header:
    """The best heading row of `rows`, or the one that ends on line `header_row`.

    Raises ReadingError `no-header` when no row has any text, `no-header-row` when nothing stands
    on the line asked for.
    """
    kinds = [kind] if kind else list(KINDS.values())
    if header_row is not None:
        return _named_header(rows, kinds, header_row)
    best: tuple[float, int, list[str]] | None = None
    for place, row in enumerate(rows):
        single = _score(row.cells, kinds)
        options = [(single, place, row.cells)]
        if place + 1 < len(rows):
            options.append(_joined(row.cells, rows[place + 1].cells, place, kinds, single))
        for option in options:
            if best is None or option[0] > best[0]:
                best = option
    if best is None or not any(cell.strip() for row in rows for cell in row.cells):
        raise ReadingError("no-header")
    score, last, cells = best
    if score == 0:
        last, cells = _most_texts(rows)
    elif last + 1 < len(rows) and _are_units(cells, rows[last + 1].cells):
        last += 1
        below = [cell.strip(" ()（）") for cell in rows[last].cells]
        cells = [
            f"{cell}({unit})" if units.is_unit(unit) else cell
            for cell, unit in zip_longest(cells, below, fillvalue="")
        ]
    return Header(unique(cells), rows[last].line, score, _title(rows[:last]), _groups(rows[:last]))


def header_score(
    rows: Sequence[HeadRow], kind: Kind | None = None, header_row: int | None = None
) -> float:
    """How well `rows` are headed, to choose between sheets or delimiters; below 0 when not."""
    if not rows or (header_row is not None and all(row.line != header_row for row in rows)):
        return -0.5
    return find_header(rows, kind, header_row).score


def _named_header(rows: Sequence[HeadRow], kinds: Sequence[Kind], header_row: int) -> Header:
    """The row that ends on this line, joined with the one above it where that says more."""
    last = next((place for place, row in enumerate(rows) if row.line == header_row), None)
    if last is None:
        raise ReadingError("no-header-row", row=header_row)
    cells = rows[last].cells
    score = _score(cells, kinds)
    if last > 0:
        above = rows[last - 1].cells
        joined = _joined(above, cells, last - 1, kinds, _score(above, kinds))
        if joined[0] > score:
            score, _, cells = joined
    return Header(unique(cells), header_row, score, _title(rows[:last]), _groups(rows[:last]))


def _title(rows: Sequence[HeadRow]) -> str:
    return " ".join(cell for row in rows for cell in row.cells if cell.strip())


def _groups(rows: Sequence[HeadRow]) -> str:
    """The row just above the headings, where it names several groups of them."""
    named = [cell for cell in rows[-1].cells if cell.strip()] if rows else []
    return " ".join(named) if len(named) > 1 else ""


def unique(cells: Sequence[str]) -> list[str]:
    """Headings without trailing empties, each named once: 金额, 金额 (2); an empty one `列 3`, or
    `column 3` where no other is in Chinese.
    """
    texts = [restored(" ".join(cell.split())) for cell in cells]
    while texts and not texts[-1]:
        texts.pop()
    blank = "列" if han(texts) else "column"
    taken: set[str] = {"_line"}
    used: dict[str, int] = {}
    headings: list[str] = []
    for place, text in enumerate(texts, start=1):
        base = text or f"{blank} {place}"
        name, again = base, used.get(base, 2)
        while name in taken:
            name, again = f"{base} ({again})", again + 1
        used[base] = again
        taken.add(name)
        headings.append(name)
    return headings


def _score(texts: Sequence[str], kinds: Sequence[Kind]) -> float:
    """The most columns any kind recognises; added columns count, so mended files are found."""
    columns = {column for text in texts for column in columns_known(text)}
    counts = Counter(kind for kind, _ in columns)
    best = max(counts[kind.name] for kind in kinds)
    known = _KNOWN_EXPORT if recognise(texts) else 0
    return best + known + 0.1 * sum(map(is_reserved, texts)) if best or known else 0


def _joined(
    top: list[str], bottom: list[str], place: int, kinds: Sequence[Kind], single: float
) -> tuple[float, int, list[str]]:
    """Two heading rows as one, when together they say more than either alone.

    The upper row must have a gap over a lower heading, as merged cells leave it.
    """
    nothing = (0.0, place + 1, bottom)
    if _looks_like_data(bottom):
        return nothing
    upper, lower = [cell.strip() for cell in top], [cell.strip() for cell in bottom]
    pairs = list(zip_longest(upper, lower, fillvalue=""))
    merged = _are_merged(pairs)
    gap = merged or any(above == "" and below for above, below in pairs[: len(top)])
    if not gap or not any(above for above, _ in pairs):
        return nothing
    names, group = [], ""
    for above, below in pairs:
        group = above or group
        alone = "" if merged else above or ""
        names.append(_name(alone, group, below, kinds) if below else above or "")
    score = _score(names, kinds)
    alone_says = max(single, _score(bottom, kinds))
    more = score >= alone_says > 0 if merged else score > alone_says
    return (score + _MERGED * merged, place + 1, names) if more else nothing


def _are_merged(pairs: Sequence[tuple[str, str]]) -> bool:
    """Whether the lower cells stand just where headings above span several columns, as merged
    cells leave them: 日期 | 金额 |  over  |  不含税 | 含税.
    """
    starts = [place for place, (above, _) in enumerate(pairs) if above]
    ends = [*starts[1:], len(pairs)]
    spans = [[below for _, below in pairs[a:b]] for a, b in zip(starts, ends, strict=True)]
    single = [span for span in spans if len(span) == 1]
    wide = [span for span in spans if len(span) > 1]
    if not single or not wide or starts[0] > 0:
        return False
    return not any(below for [below] in single) and all(all(span) for span in wide)


def _name(above: str, group: str, below: str, kinds: Sequence[Kind]) -> str:
    """`below` joined with the heading it stands under, unless only one of them is recognised."""
    spaced = group and below.isascii() and group.isascii()
    joined = f"{group} {below}" if spaced else group + below
    turned = f"{below} {group}" if spaced else below + group
    if group == below:
        return below
    for text in (joined, turned, below, above):
        known = {kind for kind, _ in columns_known(text)}
        if text and any(kind.name in known for kind in kinds):
            return text
    return joined


def _are_units(headings: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row below the headings holds no more than units, one of them of money: 个, 万元."""
    below = [cell.strip(" ()（）") for cell in cells]
    filled = [unit for unit in below if unit]
    return (
        len(filled) < sum(bool(cell.strip()) for cell in headings)
        and any(
            units.is_unit(unit) and not unit.isdecimal() and _may_be_money(heading)
            for heading, unit in zip(headings, below, strict=False)
        )
        and all(units.is_unit(unit) or _is_measure(unit.casefold()) for unit in filled)
    )


def _may_be_money(heading: str) -> bool:
    """Whether a heading is one of money, or nothing is known of it."""
    known = columns_known(heading)
    columns = [one for kind, name in known for one in KINDS[kind].columns if one.name == name]
    return not columns or any(one.unit == "money" for one in columns)


def _is_measure(text: str) -> bool:
    return text in _MEASURES or _DAY_FORMAT.fullmatch(text) is not None


def _looks_like_data(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells[:_MOST_LOOKED_AT] if cell.strip()]
    numeric = sum(not _DIGITS.isdisjoint(cell) for cell in filled)
    return not filled or numeric > len(filled) / 3


def _most_texts(rows: Sequence[HeadRow]) -> tuple[int, list[str]]:
    """No heading is known: the first row as wide as the widest stands in."""
    widths = [sum(bool(cell.strip()) for cell in row.cells) for row in rows]
    last = widths.index(max(widths))
    return last, rows[last].cells
