"""Customers, days or numbers that stand in a row above the lines they hold for.

Three layouts: rows of named values (客户：甲公司), a name alone in a row above its lines, as
accounting programs print it, and the customer's own column filled only there, as in an outline.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.ledger.reading import candidates
from kefen.ledger.reading.asides import is_note
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Notice, Places
from kefen.ledger.reading.raw import RAGGED, cell_text
from kefen.ledger.reading.reshaping import han, refitted
from kefen.ledger.reading.samples import look
from kefen.ledger.reading.tally import short
from kefen.ledger.reading.totals import is_total, likeness

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.ledger.reading.model import Above
    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

    _Said = tuple[int, Mapping[str, str | None]]
    """The line of a row, and what it says of those below."""

_NAMED = re.compile(r"\s*([^\s:：,，;；]{1,20}(?: [A-Za-z.#]{1,12}){0,2}?)\s*[:：]\s*(\S.{0,199})")
_NEXT = re.compile(
    r"(?:[\s,，;；|]{2,}|[;；|]\s*)(?=[^\s:：]{1,20}\s*[:：])"
    r"|\s(?=[\u4e00-\u9fff][^\s:：]{0,19}\s*[:：])"
)
_NUMBER = re.compile(r"[-+(]?[¥￥$€]?\s?\d[\d.,\s]*\)?%?")
_SUBTOTAL = re.compile(r"(?i)小\s*计|合\s*计|总\s*计|sub-?\s?total|totals?")
_TOTAL_FOR = re.compile(r"(?i)total\s+(?:for\s+|of\s+)?(\S.*?)(?:\s+with\s+sub-?customers)?")
_WHO = frozenset({"customer_id", CUSTOMER_NAME, "name"})
_TAKEN = frozenset(
    {*_WHO, "ordered_on", "order_id", "salesperson", "owner", "channel", "product_name",
     "product_id", "category", "status"}
)  # fmt: skip
_OF_MONEY = frozenset({"orders", "order_lines", "returns", "invoices", "payments"})
_LONGEST = 200
_FEW = 4
_MOST_LOOKED_AT = 1_000


@dataclass
class _Rows:
    """What the group rows said so far: the values in force, and what was met of them.

    `open` are the groups whose total is still to come, the outermost first, and `inner` names those
    that stood within another.
    """

    values: dict[str, str | None] = field(default_factory=dict)
    count: int = 0
    first: tuple[int, str] | None = None
    waiting: tuple[int, str] | None = None
    empty: list[tuple[int, str]] = field(default_factory=list)
    sheet: int = 0
    open: list[str] = field(default_factory=list)
    inner: list[str] = field(default_factory=list)


class GroupRows:
    """A table whose rows are grouped; `names` are the headings of what the group rows say."""

    def __init__(
        self,
        headings: Sequence[str],
        names: Sequence[str],
        way: _Way,
        above: Sequence[_Said | None] = (),
        places: Places | None = None,
    ) -> None:
        self._raw, self._names, self._way = list(headings), list(names), way
        added = [name for name in names if name not in headings]
        self.headings = [*added, *headings]
        self.parts: Mapping[str, Sequence[str]] = {name: [] for name in added}
        self.notices: list[Notice] = []
        self._above, self._places = above, places or Places()
        self._seen = self._begun()

    def _begun(self) -> _Rows:
        """What a row above the headings says before the first row."""
        seen = _Rows()
        self._begin_sheet(seen, 0)
        return seen

    def _begin_sheet(self, seen: _Rows, sheet: int) -> None:
        """Take in what the rows above the headings of a sheet say of those below."""
        seen.sheet = sheet
        if not any(self._above):
            return
        if seen.waiting:
            seen.empty.append(seen.waiting)
        seen.values, seen.waiting, seen.open = {}, None, []
        if above := self._above[sheet]:
            line, said = above
            line += self._places.before(sheet) if sheet else 0
            told = " ".join(text for text in said.values() if text)
            seen.values, seen.waiting, seen.count = dict(said), (line, told), seen.count + 1
            seen.first = seen.first or (line, told)

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows without the group rows, with what these say."""
        seen: _Rows = self._begun()
        found = []
        for line, row in enumerate(rows, start=1):
            cells = [row.get(name) for name in self._raw]
            if self._take(seen, line, cells):
                continue
            said = {} if is_total(cells) else seen.values
            found.append({name: said.get(name) or row.get(name) for name in self.headings})
        return found

    def begin(self) -> None:
        """The rows come once more from the beginning."""
        self._seen = self._begun()

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows without the group rows, with what these say."""
        frame, seen = batch.frame, self._seen
        cells = frame.select(self._raw)
        suspects = self._way.suspects(cells)
        lines = frame[LINE]
        sheet = self._places.sheet(int(lines[0])) if len(lines) else seen.sheet
        if sheet != seen.sheet:  # a batch is of one sheet
            self._begin_sheet(seen, sheet)
        told: list[tuple[int, int | None, list[str | None]]] = [
            (lines[place], place, [cell_text(cell) for cell in cells.row(place)])
            for place in suspects.arg_true()
        ]
        told += [
            (row.line, None, [*row.cells, *[None] * len(self._raw)][: len(self._raw)])
            for row in batch.faulty
            if row.code == RAGGED and len(row.cells) < len(self._raw)
        ]
        events: list[dict[str, Any]] = [{LINE: -1, **dict.fromkeys(self._names), **seen.values}]
        groups, out = set(), set()
        previous = -1
        for line, place, row in sorted(told, key=lambda one: one[0]):
            if seen.waiting and _between(lines, previous, line):
                seen.waiting = None
            if self._take(seen, line, row):
                groups.add(line)
                if place is not None:
                    out.add(place)
            elif not is_total(row):
                seen.waiting = None
            previous = line
            events.append({LINE: line, **dict.fromkeys(self._names), **seen.values})
        if seen.waiting and _between(lines, previous, None):
            seen.waiting = None
        return replace(
            batch,
            frame=self._filled(frame, events, out),
            faulty=[
                refitted(
                    row, self._raw, [*[""] * (len(self.headings) - len(self._raw)), *row.cells]
                )
                for row in batch.faulty
                if row.line not in groups
            ],
        )

    def at_end(self) -> list[Notice]:
        """How many groups there were, and lone rows that had no lines."""
        seen = self._seen
        notices = []
        if seen.waiting:
            seen.empty.append(seen.waiting)
        if seen.first:
            line, first = seen.first
            data = {"count": seen.count - len(seen.empty), "headings": self._names, "line": line}
            notices.append(Notice("group-rows", data | {"value": short(first)}))
        if seen.inner:
            data = {"count": len(seen.inner), "example": short(seen.inner[0])}
            notices.append(Notice("groups-within-groups", data))
        for line, text in seen.empty:
            data = {"line": line, "value": short(text), "told": short(text)}
            notices.append(Notice("group-row-empty", data))
        return notices

    def _take(self, seen: _Rows, line: int, cells: Sequence[str | None]) -> bool:
        """Take in a row if it is a group row; a total ends the group that it sums up."""
        first = next((text for cell in cells if cell and (text := cell.strip())), "")
        if is_total(cells):
            if self._way.nests and (closed := _closed(first)) in seen.open:
                del seen.open[seen.open.index(closed) :]
                seen.values = {self._names[0]: seen.open[0]} if seen.open else {}
                return False
            of = likeness(first)[1]
            if _SUBTOTAL.fullmatch(first) or (of and of in seen.values.values()):
                seen.values = {} if self._way.ends else seen.values
            return False
        said: dict[str, str | None] = {}
        if not is_note(cells):
            said |= self._way.said(cells)
        if not said:
            return False
        if self._way.nests:
            [named] = said.values()
            if seen.open:
                seen.inner.append(f"{seen.open[0]}: {named}")
                said, seen.waiting = dict.fromkeys(said, seen.open[0]), None
            seen.open.append(str(named))
        place = min(map(self._names.index, said))
        outer = self._names[:place] if self._way.ends is False else []
        seen.values = {**{name: seen.values.get(name) for name in outer}, **said}
        if seen.waiting and self._way.ends:
            seen.empty.append(seen.waiting)
        told = " ".join(cell.strip() for cell in cells if cell and cell.strip())
        seen.waiting, seen.count = (line, told), seen.count + 1
        seen.first = seen.first or (line, told)
        return True

    def _filled(
        self, frame: pl.DataFrame, events: list[dict[str, Any]], out: set[int]
    ) -> pl.DataFrame:
        """The rows but those that are groups, with what the last group row above each says."""
        schema = {LINE: pl.Int64, **dict.fromkeys(self._names, pl.String)}
        told = pl.DataFrame(events, schema=schema).rename({n: f"_{n}" for n in self._names})
        keys = frame.select(pl.col(LINE).cast(pl.Int64)).with_row_index("_place")
        keys = keys.sort(LINE, maintain_order=True)
        met = keys.join_asof(told, on=LINE, strategy="backward").sort("_place")
        totals, notes = self._no_lines(frame)
        columns = []
        for name in self._names:
            who = _columns(name) & _WHO
            value = met[f"_{name}"].set(notes | totals if who else notes, None)
            if name in frame.columns:
                own = pl.Series(name, [cell_text(cell) for cell in frame[name]], dtype=pl.String)
                own = own.set((own.str.strip_chars() == "").fill_null(value=False), None)
                value = own.fill_null(value)
            columns.append(value.alias(name))
        stay = pl.Series([True]).new_from_index(0, frame.height)
        if out:
            stay = stay.scatter(sorted(out), False)
        rest = [name for name in frame.columns if name not in self._raw and name not in self._names]
        return frame.with_columns(columns).select([*self.headings, *rest]).filter(stay)

    def _no_lines(self, frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
        """The rows whose first text is a total's name, and those that are notes."""
        none = pl.Series([False]).new_from_index(0, frame.height)
        words = frame.select(n for n in self._raw if frame.schema[n] == pl.String)
        if not words.width:
            return none, none
        first = words.select(
            pl.coalesce(pl.all().str.strip_chars().replace("", None)).alias("first")
        )["first"]
        texts = first.drop_nulls().unique()
        totals, notes = ([t for t in texts if of([t])] for of in (is_total, is_note))
        return (
            first.is_in(totals).fill_null(value=False),
            first.is_in(notes).fill_null(value=False),
        )


def _between(lines: pl.Series, after: int, before: int | None) -> bool:
    """Whether any row stands between two lines."""
    inside = lines > after if before is None else (lines > after) & (lines < before)
    return bool(inside.any())


@dataclass(frozen=True)
class _Way:
    """How the group rows of a table are written. `ends` says that a total ends a group, `nests`
    that each group has a total of its name, so that groups stand within groups.
    """

    ends = True
    nests = False

    def said(self, cells: Sequence[str | None]) -> dict[str, str]:
        """What a row says of those below it; nothing where it is no group row."""
        raise NotImplementedError

    def suspects(self, cells: pl.DataFrame) -> pl.Series:
        """The rows that may be group rows, or totals that end a group."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Pairs(_Way):
    """Rows of named values: 客户：甲公司　业务员：张三."""

    names: tuple[str, ...]
    ends = False

    def said(self, cells: Sequence[str | None]) -> dict[str, str]:
        found = pairs(cells)
        return {name: found[name] for name in self.names if name in found}

    def suspects(self, cells: pl.DataFrame) -> pl.Series:
        texts = [name for name, dtype in cells.schema.items() if dtype == pl.String]
        named = [pl.col(name).str.contains("[:：]").fill_null(value=False) for name in texts]
        return cells.select(pl.any_horizontal(named or [pl.lit(value=False)]).alias("x"))["x"]


@dataclass(frozen=True)
class _Lone(_Way):
    """A name alone in its row but for sums, in the first column of the lines or before it."""

    name: str
    place: int
    nests: bool = False

    def said(self, cells: Sequence[str | None]) -> dict[str, str]:
        if _words(cells) != [self.place]:
            return {}
        text = (cells[self.place] or "").strip()
        return {} if _no_name(text) else {self.name: text}

    def suspects(self, cells: pl.DataFrame) -> pl.Series:
        lone = pl.col(cells.columns[self.place])
        return cells.select(_is_filled(lone).alias("x"))["x"] & _sparse(cells)


@dataclass(frozen=True)
class _Outline(_Way):
    """The columns of the customer filled in rows of their own, and blank in the lines."""

    names: tuple[str, ...]
    places: tuple[int, ...]
    date: int

    def said(self, cells: Sequence[str | None]) -> dict[str, str]:
        filled = {place for place, cell in enumerate(cells) if cell and cell.strip()}
        if self.date in filled or not filled & set(self.places):
            return {}
        others = [cells[place] or "" for place in filled - set(self.places)]
        if not all(_NUMBER.fullmatch(text.strip()) for text in others):
            return {}
        found = zip(self.names, self.places, strict=True)
        return {name: (cells[place] or "").strip() for name, place in found if place in filled}

    def suspects(self, cells: pl.DataFrame) -> pl.Series:
        undated = ~cells.select(_is_filled(pl.col(cells.columns[self.date])).alias("x"))["x"]
        own = [_is_filled(pl.col(cells.columns[place])) for place in self.places]
        return undated & cells.select(pl.any_horizontal(own).alias("x"))["x"]


def _columns(heading: str) -> set[str]:
    """The columns of dated facts with money that a heading may stand for."""
    return {column for kind, column in columns_known(heading) if kind in _OF_MONEY}


def _words(cells: Sequence[str | None]) -> list[int]:
    """The places of the cells that hold more than a number."""
    return [
        place
        for place, cell in enumerate(cells)
        if cell and (text := cell.strip()) and not _NUMBER.fullmatch(text[:_LONGEST])
    ]


def _is_filled(column: pl.Expr) -> pl.Expr:
    return column.cast(pl.String).str.contains(r"\S").fill_null(value=False)


def _sparse(cells: pl.DataFrame) -> pl.Series:
    """Rows of one filled cell, and those whose first text may be a total's."""
    filled = pl.sum_horizontal(_is_filled(pl.all()).cast(pl.Int32)).alias("n")
    return cells.select(filled)["n"] <= _FEW


def pairs(cells: Sequence[str | None]) -> dict[str, str]:
    """The named values of a row of nothing else but numbers; none for any other row.

    >>> pairs(["客户：甲公司  业务员：张三", None, "300.00"]), pairs(["客户：甲公司", "螺丝"])
    ({'客户': '甲公司', '业务员': '张三'}, {})
    """
    found: dict[str, str] = {}
    waiting = ""
    for cell in cells:
        text = (cell or "").strip()
        if not text:
            continue
        if waiting:
            found[waiting], waiting = text[:_LONGEST], ""
            continue
        if found and _NUMBER.fullmatch(text[:_LONGEST]):
            continue
        for part in _NEXT.split(text[: 4 * _LONGEST]):
            named = _NAMED.fullmatch(part.rstrip())
            if named:
                found[named[1].strip()] = named[2].strip()
            elif part.rstrip().endswith((":", "：")) and len(part) <= _LONGEST:
                waiting = part.rstrip(" :：")
            else:
                return {}
    return found


def _no_name(text: str) -> bool:
    """Whether a lone text is no customer's name: a date, a number, a period, a total, a note."""
    shown = look([text])
    return bool(
        len(text) > _LONGEST
        or shown.is_date
        or shown.numbers
        or candidates.is_period(text)
        or is_total([text])
        or is_note([text])
        or columns_known(text)
    )


def group_rows(
    headings: Sequence[str],
    rows: Sequence[Row],
    given: Mapping[str, str | None],
    above: Sequence[Above] = (),
    places: Places | None = None,
) -> GroupRows | None:
    """How the rows of a table are grouped; None where they are not.

    `given` is a person's mapping, `above` are the rows above the headings of each sheet with
    their lines.
    """
    known = {heading: _columns(heading) for heading in headings}
    wanted = {column for column in given.values() if column}
    cells = [[row.get(heading) for heading in headings] for row in rows]
    return (
        _by_pairs(headings, known, cells, above, places)
        or (None if wanted & _WHO else _by_name(headings, known, cells))
        or _by_outline(headings, known, cells)
    )


def _by_pairs(
    headings: Sequence[str],
    known: Mapping[str, set[str]],
    cells: Sequence[Sequence[str | None]],
    above: Sequence[Above],
    places: Places | None,
) -> GroupRows | None:
    have = set().union(*known.values())
    have |= _WHO if have & _WHO else set()
    names: dict[str, None] = {}
    titles = [] if have & _WHO else [_who_above(rows) for rows in above]
    for title in filter(None, titles):
        names |= dict.fromkeys(title[1])
    for row, below in pairwise(cells):
        found = pairs(row)
        if not found or is_note(row) or not any(below):
            continue
        columns = {name: _columns(name) & _TAKEN for name in found}
        useful = [name for name, told in columns.items() if told and not told & have]
        if useful and len(useful) * 2 >= len(found):
            names |= dict.fromkeys(useful)
    if not names or any(name in headings for name in names):
        return None
    lines = [row for row in cells if not pairs(row) and sum(map(bool, row)) > 1]
    who = any(_columns(name) & _WHO for name in names)
    if not lines or not (who or have & _WHO):
        return None
    return GroupRows(headings, list(names), _Pairs(tuple(names)), titles, places)


def _who_above(rows: Above) -> _Said | None:
    """The customer that the last of the rows above the headings of a sheet names."""
    for line, cells in reversed(rows):
        found = pairs(cells)
        if told := {name: text for name, text in found.items() if _columns(name) & _WHO}:
            return line, told
    return None


def _by_name(
    headings: Sequence[str], known: Mapping[str, set[str]], cells: Sequence[Sequence[str | None]]
) -> GroupRows | None:
    """A name alone above its lines, where no heading names the customer."""
    if any(columns & _WHO for columns in known.values()) or not cells:
        return None
    if not any("amount" in columns for columns in known.values()):
        return None
    places = _words(cells[0])
    if len(places) != 1 or _no_name((cells[0][places[0]] or "").strip()):
        return None
    [place] = places
    way = _Lone("客户" if han(headings) else "Customer", place)
    lines = [row for row in cells if not way.said(row) and not is_total(row) and not is_note(row)]
    texts = [text for row in lines if (text := (row[place] or "").strip())]
    if not lines or not all(_no_name(text) for text in texts):
        return None
    if any(sum(map(bool, row)) == 1 for row in lines):  # a list of its own
        return None
    firsts = [next((text.strip() for text in row if text and text.strip()), "") for row in cells]
    ends = {_closed(first) for first in firsts if first}
    if any(first in ends for first, row in zip(firsts, cells, strict=True) if way.said(row)):
        way = replace(way, nests=True)
    return GroupRows(headings, [way.name], way)


def _closed(first: str) -> str:
    """Whose total a row is: Total for Acme, 甲公司 合计; empty where it does not say."""
    met = _TOTAL_FOR.fullmatch(first[:_LONGEST])
    return met[1].strip() if met else likeness(first)[1]


def _by_outline(
    headings: Sequence[str], known: Mapping[str, set[str]], cells: Sequence[Sequence[str | None]]
) -> GroupRows | None:
    """The customer's columns filled only in rows without a date, as in an outline."""
    who = [place for place, heading in enumerate(headings) if known[heading] & _WHO]
    if not who or not cells or len(_words(cells[0])) > _FEW:
        return None
    blank = [place for place, cell in enumerate(cells[0]) if not (cell or "").strip()]
    date = next(
        (
            place
            for place in blank[:_MOST_LOOKED_AT]
            if "ordered_on" in known[headings[place]] or look([row[place] for row in cells]).is_date
        ),
        None,
    )
    if date is None:
        return None
    facts = [row for row in cells if any(row) and not is_total(row) and not is_note(row)]
    dated = [row for row in facts if row[date] and (row[date] or "").strip()]
    groups = [row for row in facts if not (row[date] or "").strip()]
    if not dated or not groups or facts[0] is not groups[0]:
        return None
    places = [
        place
        for place, heading in enumerate(headings)
        if place != date
        and not any((row[place] or "").strip() for row in dated)
        and any((row[place] or "").strip() for row in groups)
        and not _NUMBER.fullmatch((groups[0][place] or "").strip() or "x")
    ]
    if not set(who) & set(places):
        return None
    names = tuple(headings[place] for place in places)
    way = _Outline(names, tuple(places), date)
    if not all(way.said(row) for row in groups):
        return None
    return GroupRows(headings, names, way)
