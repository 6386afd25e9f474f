"""Opens a source, previews it, and gives its rows cleaned, chunk by chunk."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import os
import re
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast
from zoneinfo import ZoneInfo

import polars as pl

from kefen.errors import ReadingError
from kefen.ledger.facts import kind as kind_called
from kefen.ledger.reading import beside, candidates, row_units, sections, units
from kefen.ledger.reading.bounds import Bounds
from kefen.ledger.reading.clean import Rules, clean
from kefen.ledger.reading.column_mapping import (
    ATTRIBUTE,
    is_reserved,
    named_attributes,
    there,
    unknown_target,
)
from kefen.ledger.reading.contradictions import Contradictions, rivals
from kefen.ledger.reading.dates import EPOCH_1904, EXCEL_EPOCH
from kefen.ledger.reading.ditto import ditto
from kefen.ledger.reading.entry_columns import entry_columns
from kefen.ledger.reading.filled_down import filled_down
from kefen.ledger.reading.format_inference import Evidence
from kefen.ledger.reading.group_rows import group_rows
from kefen.ledger.reading.header_row import Header, find_header
from kefen.ledger.reading.installments import installments
from kefen.ledger.reading.invoice_numbers import invoice_codes, invoice_numbers
from kefen.ledger.reading.model import LINE, Notice, Preview, located
from kefen.ledger.reading.namesakes import Namesakes, phone_heading
from kefen.ledger.reading.other_money import OtherMoney, other_money
from kefen.ledger.reading.partial_dates import partial_dates
from kefen.ledger.reading.person_names import person_names
from kefen.ledger.reading.raw import RAGGED, FileOptions, Layout, RawBatch
from kefen.ledger.reading.row_levels import row_levels
from kefen.ledger.reading.sources import open_table
from kefen.ledger.reading.split_dates import split_date
from kefen.ledger.reading.understanding import (
    Understanding,
    in_base,
    question,
    refuse,
    understand,
)
from kefen.ledger.reading.whole_rows import whole_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.dates import Order
    from kefen.ledger.reading.day_order import Earlier
    from kefen.ledger.reading.model import Above, Chunk, Places
    from kefen.ledger.reading.money import Decimals
    from kefen.ledger.reading.raw import HeadRow, Table
    from kefen.ledger.reading.reshaping import Reshaping
    from kefen.ledger.reading.units import Unit

SAMPLE_ROWS = 20
_YEAR_NAMED = re.compile(r"(?<!\d)20\d{2}(?!\d)")
CURRENCY = "KEFEN_CURRENCY"
TIMEZONE = "KEFEN_TIMEZONE"


@dataclass(frozen=True)
class Recalled:
    """What a person said of the same headings before, with what is said now, and its notice."""

    kind: Kind
    mapping: Mapping[str, str | None]
    notices: tuple[Notice, ...]


if TYPE_CHECKING:
    Recall = Callable[[Sequence[str], Kind | None, Mapping[str, str | None]], Recalled | None]
    Dated = Callable[[Sequence[str], Kind], Earlier | None]


class Reader:
    """A source ready to be read. `notices` holds what was assumed about the whole source."""

    def __init__(
        self,
        table: Table,
        kind: Kind | None,
        mapping: Mapping[str, str | None] | None,
        today: dt.date,
        currency: str,
        timezone: str,
        date_order: Order | None,
        decimal: Literal[".", ","] | None = None,
        header_row: int | None = None,
        remembered: Recall | None = None,
        dated: Dated | None = None,
    ) -> None:
        self._table, self._today = table, today
        self._digest = hashlib.sha256()
        self._first: RawBatch | None = None
        self._currency, self._timezone = currency, timezone
        self._decimal = decimal
        try:
            self._header, self._sample, self._head = _look(table, kind, header_row)
        except ReadingError as error:
            if len(table.sheets) > 1:  # another may be named
                error.data.setdefault("sheets", list(table.sheets))
            raise
        self._tables = beside.blocks(self._header.headings)
        self._whole = self._header.headings
        if len(self._tables) > 1:
            self._stand_beneath()
        self._shapes = self._reshaped(mapping or {}, kind)
        title = self._header.title.removesuffix(self._header.groups)
        sheet = table.sheet or ""
        # A sheet says more than its file.
        name = "" if sections.said(sheet) == "sales" else table.name
        self._hints = f"{name} {sheet} {title}"
        said: Mapping[str, str | None] = mapping or {}
        recalled = remembered(self._header.headings, kind, said) if remembered else None
        named, self._given = named_attributes(recalled.mapping if recalled else said)
        self.named = {there(heading, self._header.headings): one for heading, one in named.items()}
        self.dropped = {h for h, column in self._given.items() if not column and h not in named}
        self._understood = self._understand(recalled.kind if recalled else kind, self._given)
        self._refuse_named()
        if recalled:
            self._understood = replace(
                self._understood, notices=(*recalled.notices, *self._understood.notices)
            )
        self._date_order = date_order or self._understood.date_order
        self.proved_order: Order | None = None
        """The order of dates that is beyond doubt, once rows were read."""
        known = self._understood.kind
        self._earlier = dated(self._header.headings, known) if dated and known else None
        self.notices: list[Notice] = [*table.notices, *self._understood.notices]
        self.preview = self._preview()

    def _refuse_named(self) -> None:
        """Raise where headings are to be further attributes of what has none."""
        found = self._understood.kind
        if found is not None and not found.has("attributes"):
            for heading, name in self.named.items():
                raise unknown_target(found, heading, ATTRIBUTE + name)

    def _stand_beneath(self) -> None:
        """Take tables that stand side by side for one, its rows one beneath the other."""
        names = self._tables[0]
        self._header = replace(self._header, headings=names)
        self._sample = [
            found
            for table in self._tables
            for row in self._sample
            if any((found := dict(zip(names, map(row.get, table), strict=True))).values())
        ]
        self._table.places.beside = True
        data = {"count": len(self._tables), "headings": names}
        self._table.notices.append(Notice("tables-beside", data))

    def _reshaped(self, said: Mapping[str, str | None], kind: Kind | None) -> list[Reshaping]:
        """What is done to a table whose rows are grouped, or whose dates stand in parts."""
        shapes: list[Reshaping] = []
        above = [(row.line, row.cells) for row in self._head if row.line < self._header.line]
        titles: list[list[str]] = [self._titles(above)]
        heads: list[Above] = [above]
        if (places := self._table.places).several:
            heads = list(places.above)
            each = zip(places.titles, places.sheets, strict=False)
            titles = [self._named_by(title, sheet) for title, sheet in each]
        dated = partial(partial_dates, titles=titles, places=places)
        for find in (
            partial(group_rows, above=heads, places=places),
            ditto,
            split_date,
            dated,
            installments,
            entry_columns,
            invoice_numbers,
            invoice_codes,
            person_names,
            row_levels,
            filled_down,
            whole_rows,
        ):
            if find is ditto and self.declared:
                continue
            if find is dated and kind is not None and kind.date_column is None:
                continue
            if find is entry_columns and kind is not None and kind.name not in candidates.SOLD:
                continue
            if find is person_names and kind is not None and kind.name == "contacts":
                continue
            shape = find(self._header.headings, self._sample, said)
            if shape is not None:
                self._sample = shape.sample(self._sample)
                self._header = replace(self._header, headings=shape.headings)
                self._table.notices.extend(shape.notices)
                shapes.append(shape)
        return shapes

    def _titles(self, above: Sequence[tuple[int, Sequence[str]]]) -> list[str]:
        """What stands above the headings; where that names no year the sheet's and file's name."""
        title = " ".join(cell for _, row in above for cell in row)
        return self._named_by(title, self._table.sheet or "")

    def _named_by(self, title: str, sheet: str) -> list[str]:
        names = [sheet, self._table.name.rpartition(".")[0]]
        return [title] if _YEAR_NAMED.search(title) else names

    def _understand(self, kind: Kind | None, given: Mapping[str, str | None]) -> Understanding:
        return understand(self._header.headings, self._sample, self._hints, kind, given)

    @property
    def statuses(self) -> Mapping[str, bool]:
        """Whether a status counts as a sale, where a known export means its own by the word."""
        return self._understood.statuses

    @property
    def corrected(self) -> bool:
        """Whether a person's mapping made another thing of this source than the guess."""
        if not self._given:
            return False
        guess = self._understand(None, {})
        if self.named:
            return True
        return (guess.kind, guess.mapping) != (self._understood.kind, self.preview.mapping)

    @property
    def places(self) -> Places:
        """Where the lines of the source stand."""
        return self._table.places

    @property
    def kind(self) -> Kind:
        """The kind asked for or guessed; ReadingError when nothing fits, or several do."""
        if self._understood.kind is None:
            refuse(self._understood, self._header.headings)
        return cast("Kind", self._understood.kind)

    @property
    def declared(self) -> bool:
        """Whether the columns are the table's own, as in frames and Parquet of programs."""
        return self._table.names() is not None

    @property
    def content_hash(self) -> str:
        """The SHA-256 of the rows read so far, whatever became of them, and of the headings."""
        headings = json.dumps(self._header.headings).encode()
        return hashlib.sha256(headings + self._digest.digest()).hexdigest()

    def chunks(self, *, hashed: bool = True) -> Iterator[Chunk]:
        """The rows in order. Every row is in some chunk's rows, rejections or notices.

        Where they are not `hashed`, `content_hash` says nothing of them.

        Raises ReadingError `kind-unclear`, `kind-between`, `column-unclear` or `columns-missing`
        before the first row.
        """
        self._refuse()
        rules = self._rules()
        held: Chunk | None = None
        seen = 0
        for batch in self._batches_or_none():
            if hashed:
                self._digest.update(_content(batch.frame))
            chunk = clean(batch, rules, self._table.total)
            if self.notices:
                chunk.notices[:0] = self.notices
                self.notices = []
            seen += chunk.rows.height + len(chunk.rejections)
            if held is not None:
                yield located(held, self.places)
            held = chunk
        if held is not None:
            left_out = rules.tally.notices()
            held.notices.extend(one for shape in self._shapes for one in shape.at_end())
            held.notices.extend(rules.contradictions.notices(rules))
            held.notices.extend(rules.other_money.notices())
            held.notices.extend(rules.namesakes.notices(rules))
            held.notices.extend(rules.stages.notices())
            held.notices.extend(left_out)
            if not seen and not left_out:
                held.notices.append(Notice("no-rows", {"line": self._header.line}))
            yield located(held, self.places)

    def _refuse(self) -> None:
        """Raise what must be said before rows can be read; a fault in the headings comes first."""
        try:
            refuse(self._understood, self._header.headings)
        except ReadingError as error:
            faulty = self._table.faulty_head.get(self._header.line)
            if faulty is None or faulty.code == RAGGED:
                raise
            raise ReadingError(faulty.code, line=faulty.line, **faulty.data) from error

    def _preview(self) -> Preview:
        headings, table, understood = self._header.headings, self._table, self._understood
        decimal, date_order = self._shown()
        return Preview(
            name=table.name,
            format=table.format,
            headings=headings,
            kind=understood.kind.name if understood.kind else None,
            confidence=understood.confidence,
            mapping=understood.mapping,
            named=self.named,
            sample=self._sample,
            unmapped=[h for h in headings if h not in understood.mapping and not is_reserved(h)],
            missing=understood.missing,
            header_row=self._header.line,
            encoding=table.encoding,
            delimiter=table.delimiter,
            sheets=table.sheets,
            sheet=table.sheet,
            taken=table.places.sheets,
            unclear=understood.unclear,
            notices=list(self.notices),
            question=question(understood, headings),
            decimal=decimal,
            date_order=date_order,
        )

    def _shown(self) -> tuple[Decimals | None, Order | None]:
        """The decimal sign and the order of dates that the first rows show."""
        understood = self._understood
        if understood.kind is None:
            return self._decimal, self._date_order
        evidence = Evidence(
            understood.kind,
            understood.mapping,
            self._today,
            self._currency,
            self._table.delimiter,
            self._date_order,
            self._decimal,
            {},
        )
        columns = {h: [row[h] for row in self._sample] for h in self._header.headings}
        schema = dict.fromkeys(columns, pl.String)
        evidence.look(RawBatch(pl.DataFrame(columns, schema=schema), 0))
        return evidence.shown

    def _layout(self) -> Layout:
        texts = self._as_written("text", "date")
        mapping = self.preview.mapping.items()
        notes = self._in_source({h for h, column in mapping if column == "note"})
        layout = Layout(
            self._whole,
            self._header.line,
            fill_down=texts,
            amounts=self._as_written("money"),
            numbers=self._as_written("money", "number", "integer") | self._money_unread(),
            texts=texts,
            notes=notes,
        )
        if len(self._tables) == 1:
            return layout
        parts = ("fill_down", "amounts", "numbers", "texts", "notes")
        wide: dict[str, Any] = {
            name: beside.widened(getattr(layout, name), self._tables) for name in parts
        }
        return replace(layout, **wide)

    def _money_unread(self) -> frozenset[str]:
        """The headings of further money, which nothing reads."""
        return self._in_source({h for h in self.preview.unmapped if candidates.names_money(h)})

    def _headings_of(self, *types: str) -> set[str]:
        mapping = self.preview.mapping.items()
        return {h for h, column in mapping if self.kind.column(column).type in types}

    def _as_written(self, *types: str) -> frozenset[str]:
        return self._in_source(self._headings_of(*types))

    def _in_source(self, headings: set[str]) -> frozenset[str]:
        """The headings of the source that these are made of."""
        for shape in reversed(self._shapes):
            for name, parts in shape.parts.items():
                if name in headings:
                    headings = (headings - {name}) | set(parts)
        return frozenset(headings)

    def _raw(self) -> Generator[RawBatch]:
        """The rows of the table, no cell longer than what it may hold."""
        short = self._headings_of("date", "money", "number", "integer", "boolean")
        unused = () if self.kind.name == "customers" else self.preview.unmapped
        for shape in self._shapes:
            shape.begin()
        bounds = Bounds(short, unused)
        with closing(self._table.batches(self._layout())) as batches:
            for batch in batches:
                whole = batch if len(self._tables) == 1 else beside.beneath(batch, self._tables)
                for shape in self._shapes:
                    whole = shape.apply(whole)
                yield bounds.apply(whole)

    def _batches(self) -> Iterator[RawBatch]:
        """The raw rows; what was looked at is not read twice, unless it was too much to keep."""
        again = self._first is None and self._table.repeatable
        return self._raw() if again else self._kept_batches()

    def _batches_or_none(self) -> Iterator[RawBatch]:
        """The raw rows; of a table without rows a batch of none, so that all else is told."""
        none = True
        for batch in self._batches():
            none = False
            yield batch
        if none:
            schema = dict.fromkeys(self._header.headings, pl.String()) | {LINE: pl.Int64()}
            yield RawBatch(pl.DataFrame(schema=schema), self._table.total)

    def _kept_batches(self) -> Iterator[RawBatch]:
        first, self._first = self._first, None
        if first is not None:
            yield first
        yield from self._stream

    def _rules(self) -> Rules:
        evidence = self._evidence()
        styles, notices = evidence.styles()
        self.proved_order = evidence.shown[1]
        self.notices += notices
        return Rules(
            self.kind,
            self.preview.mapping,
            [heading for heading in self.preview.unmapped if heading not in self.dropped],
            self._today,
            self._currency,
            self._timezone,
            styles,
            evidence.negated,
            EPOCH_1904 if getattr(self._table, "from_1904", False) else EXCEL_EPOCH,
            row_units.unit_heading(self.preview.unmapped),
            [row.cells for row in self._head if row.line <= self._header.line],
            returned=self.places.returned,
            phones=not self.declared,
            returns=self._understood.returns,
            named=self.named,
            contradictions=Contradictions(self._rivals()),
            other_money=self._other_money(),
            namesakes=Namesakes(phone_heading(self.preview.mapping, self.preview.unmapped)),
        )

    def _rivals(self) -> tuple[str, ...]:
        """Further headings of amounts, unless the amount is known or was named by a person."""
        told = {"layout-recognised", "amount-of-tax", "amount-payable", "amount-before-change"}
        if "amount" in self._given.values() or told & {one.code for one in self.preview.notices}:
            return ()
        rated = "rate" in self.preview.mapping.values()
        free = [h for h in self.preview.unmapped if not (rated and in_base(h))]
        return rivals(self.kind, self.preview.mapping, free)

    def _other_money(self) -> OtherMoney:
        """Columns of money of another kind; a known export says what each of its columns is."""
        if any(one.code == "layout-recognised" for one in self.preview.notices):
            return OtherMoney()
        said = {one.data.get("listed") for one in self.preview.notices} | self.dropped
        free = [heading for heading in self.preview.unmapped if heading not in said]
        return other_money(self.kind, self.preview.mapping, free, self._rivals())

    def _evidence(self) -> Evidence:
        """Look at rows until every column's way of writing is settled, or the rows end."""
        evidence = Evidence(
            self.kind,
            self.preview.mapping,
            self._today,
            self._currency,
            self._table.delimiter,
            self._date_order,
            self._decimal,
            self._units(),
            self._earlier,
        )
        self._stream, self._first = self._raw(), None
        for seen, batch in enumerate(self._stream):
            self._first = None if seen else batch
            evidence.look(batch)
            if evidence.settled or not self._table.repeatable:
                break
        if self._first is None:
            self._stream.close()
        return evidence

    def _units(self) -> dict[str, Unit]:
        """The unit of each column of money: its heading's, else that of title, sheet or file."""
        table = self._table
        stem = table.name.rpartition(".")[0] or table.name
        title = self._header.title
        whole = units.of_title(title, units.named(table.sheet or ""), units.named(stem))
        sheets, titles = table.places.sheets, table.places.titles
        told = {
            units.in_base(units.of_title(title, units.named(sheet)), self._currency)
            for title, sheet in zip(titles, sheets, strict=False)
        }
        if len(told) > 1:
            raise ReadingError("sheets-of-other-units", sheets=list(sheets), sheet=sheets[-1])
        found = {}
        for heading, column in self.preview.mapping.items():
            if self.kind.column(column).type == "money":
                unit = units.of_heading(heading)
                unit = unit.or_else(whole) if unit else whole
                if unit is not None:
                    found[heading] = unit
        return found


def _content(frame: pl.DataFrame) -> memoryview:
    out = io.BytesIO()
    frame.write_ipc(out)
    return out.getbuffer()


def _look(
    table: Table, kind: Kind | None, header_row: int | None
) -> tuple[Header, list[dict[str, str | None]], list[HeadRow]]:
    """The headings of a table, its first rows by heading, and all that stands at its top."""
    rows, names = table.head(header_row), table.names()
    if names is not None:
        header = Header(names, 0, 0)
    else:
        if not rows:
            raise ReadingError("empty-file", name=table.name)
        header = find_header(rows, kind, header_row)
    below = [row.cells for row in rows if row.line > header.line][:SAMPLE_ROWS]
    width = len(header.headings)
    sample = [
        dict(zip(header.headings, [cell or None for cell in cells] + [None] * width, strict=False))
        for cells in below
    ]
    return header, sample, rows


def open_reader(
    source: Any,
    kind: str | Kind | None = None,
    mapping: Mapping[str, str | None] | None = None,
    sheet: str | None = None,
    today: dt.date | None = None,
    *,
    currency: str | None = None,
    timezone: str | None = None,
    date_order: Order | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    decimal: Literal[".", ","] | None = None,
    header_row: int | None = None,
    remembered: Recall | None = None,
    dated: Dated | None = None,
    frame_name: str = "",
) -> Reader:
    """Open a path, a file-like object or a frame for reading as facts.

    Args:
        source: CSV, XLSX, XLS or Parquet, or a pandas, Polars, Arrow or Ibis frame.
        kind: the kind of fact; guessed from the headings when not given.
        mapping: `{heading: column}` where the guess is wrong; None leaves a heading out, and
            headings not mentioned keep their guess.
        sheet: the sheet of a workbook; else the one with the best headings.
        today: dates more than a year after it are refused.
        currency: the base currency, else `KEFEN_CURRENCY`, else CNY.
        timezone: the business time zone, else `KEFEN_TIMEZONE`, else Asia/Shanghai.
        date_order: `mdy`, `dmy` or `ymd` for dates such as 3/1/25, instead of the evidence.
        encoding: the encoding of a text file as a Python codec, such as `gb18030`.
        delimiter: the delimiter of a text file: one character, or `tab`.
        decimal: the decimal sign, `.` or `,`, where 1.500 could be either, instead of the evidence.
        header_row: the 1-based line of a text file or sheet that the headings end on.
        remembered: finds what a person said of the same headings before.
        dated: finds the order of dates that a file of the same headings showed before.
        frame_name: what a frame is called; that of its library by default.

    Raises:
        ReadingError: the source as a whole cannot be read, or the mapping is wrong;
            `bad-decimal` for another sign.
        LedgerError: `unknown-kind`.
    """
    if decimal not in (None, ".", ","):
        raise ReadingError("bad-decimal", decimal=str(decimal)[:20])
    wanted = kind_called(kind) if isinstance(kind, str) else kind
    zone = timezone or os.environ.get(TIMEZONE) or "Asia/Shanghai"
    return Reader(
        open_table(source, FileOptions(sheet, encoding, delimiter, header_row), wanted, frame_name),
        wanted,
        mapping,
        today or dt.datetime.now(ZoneInfo(zone)).date(),
        (currency or os.environ.get(CURRENCY) or "CNY").upper(),
        zone,
        date_order,
        decimal,
        header_row,
        remembered,
        dated,
    )
