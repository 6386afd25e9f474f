"""Turns raw rows into facts of a kind: clean columns, and a rejection for every row that fails."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.ledger.reading import dates, money, texts
from kefen.ledger.reading.convert import to_base
from kefen.ledger.reading.evidence import Style
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, CellFault, Chunk, Notice, Rejection
from kefen.ledger.reading.raw import RawBatch, cell_text
from kefen.ledger.reading.totals import is_total, total_rows

DIGITS_LOST = "digits-lost"

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from kefen.ledger.facts import Column, Kind

POLARS_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "date": pl.Date(),
    "money": pl.Decimal(18, 2),
    "number": pl.Float64(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
}


@dataclass(frozen=True)
class Rules:
    """How to read a source: its kind, which heading feeds which column, how columns are written.

    `negated` says that every refund of the file stands with a minus sign.
    """

    kind: Kind
    mapping: Mapping[str, str]
    kept: Sequence[str]
    today: dt.date
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    styles: Mapping[str, Style] = field(default_factory=dict)
    negated: bool = False

    def heading(self, column: str) -> str | None:
        """The heading that feeds `column`."""
        return next((h for h, mapped in self.mapping.items() if mapped == column), None)


@dataclass
class _Work:
    """A batch on its way: cleaned columns, and the faults of each, in the order of checking.

    `marked` are the codes of cells, by heading, that were faulty before they were read.
    """

    raw: pl.DataFrame
    marked: Mapping[str, pl.Series] = field(default_factory=dict)
    texts: dict[str, pl.Series] = field(default_factory=dict)
    values: dict[str, pl.Series] = field(default_factory=dict)
    faults: list[tuple[str, pl.Series]] = field(default_factory=list)


def clean(batch: RawBatch, rules: Rules, total: int) -> Chunk:
    """One batch cleaned: every row lands either in `rows` or in `rejections`, or is a total."""
    work = _Work(batch.frame, marked=_marked(batch))
    for heading, name in rules.mapping.items():
        _clean_column(work, rules, heading, rules.kind.column(name))
    _supply_amounts(work, rules)
    to_base(work.texts, work.values, work.faults, rules)
    lacking = _require(work, rules)
    frame = _assemble(work, rules)
    totals, blank = _nothing(work, rules, lacking)
    bad = _bad(work) & ~totals
    rejections = _rejections(work, rules, bad & ~blank)
    notices = _total_notices(batch.frame.filter(totals))
    for row in batch.ragged:
        if is_total(row.cells):
            notices.append(
                Notice("total-row-skipped", {"line": row.line, "value": _first(row.cells)})
            )
        else:
            rejections.append(_ragged(row.line, row.cells, list(batch.frame.columns[:-1])))
    rejections.sort(key=lambda rejection: rejection.line)
    return Chunk(frame.filter(~(bad | totals | blank)), rejections, batch.done, total, notices)


def _clean_column(work: _Work, rules: Rules, heading: str, column: Column) -> None:
    series = work.raw[heading]
    bounds = dates.bounds_for(column.name, rules.today)
    if column.type == "date" and series.dtype.is_temporal() and series.dtype != pl.Time:
        value, code = _typed_date(series, rules, bounds)
        work.texts[column.name] = series.cast(pl.String)
    else:
        text = texts.trimmed(texts.as_text(series))
        style = rules.styles.get(column.name, Style())
        value, code = _clean_text(text, column, rules, style, bounds)
        work.texts[column.name] = text
    work.values[column.name] = value
    if heading in work.marked:
        code = _marks(work.marked[heading], column, code)
    if code is not None and code.null_count() < len(code):
        work.faults.append((column.name, code))


def _marked(batch: RawBatch) -> dict[str, pl.Series]:
    """The codes of marked cells by heading, a row each."""
    lines = batch.frame[LINE]
    by_heading: dict[str, dict[int, str]] = {}
    for mark in batch.marked:
        by_heading.setdefault(mark.heading, {})[mark.line] = mark.code
    return {
        heading: lines.replace_strict(
            list(codes), list(codes.values()), default=None, return_dtype=pl.String
        )
        for heading, codes in by_heading.items()
    }


def _marks(marks: pl.Series, column: Column, code: pl.Series | None) -> pl.Series:
    """The faults of a column with those marked; lost digits matter only where they identify."""
    if column.type != "text":
        marks = marks.set(marks == DIGITS_LOST, None)
    return marks if code is None else marks.fill_null(code)


def _typed_date(
    series: pl.Series, rules: Rules, bounds: tuple[dt.date, dt.date]
) -> tuple[pl.Series, pl.Series | None]:
    return dates.clean_typed_date(series, rules.timezone, bounds)


def _clean_text(
    text: pl.Series,
    column: Column,
    rules: Rules,
    style: Style,
    bounds: tuple[dt.date, dt.date],
) -> tuple[pl.Series, pl.Series | None]:
    if column.type == "text":
        if not _joins(column.name, rules.kind.name):
            return text, None
        value = texts.clean_id(text)
        long = texts.too_long(value)
        return value, _where(long, "id-too-long") if long.any() else None
    text = text.str.strip_prefix("'")
    if column.type == "date":
        return dates.clean_date(text, style.order, rules.timezone, bounds)
    if column.type == "boolean":
        return texts.clean_boolean(text)
    plain = money.dotted(text) if style.decimal_comma else text
    if column.type == "money":
        value, code = money.clean_money(plain, rules.currency)
        return (-value if rules.negated and column.name in ("amount", "cost") else value), code
    if column.type == "integer":
        return money.clean_integer(plain, column.unit)
    return money.clean_number(plain)


def _joins(column: str, kind: str) -> bool:
    """Whether rows are joined by this text: ids and customers' names."""
    named = column == "name" and kind == "customers"
    return named or column.endswith("_id") or column == CUSTOMER_NAME


def _supply_amounts(work: _Work, rules: Rules) -> None:
    """An order line without an amount is worth quantity times unit price, exactly."""
    have = work.texts
    if rules.kind.name != "order_lines" or not {"quantity", "unit_price"} <= set(have):
        return
    amount = work.values.get("amount")
    if amount is not None and amount.null_count() == 0:
        return
    styles = rules.styles
    pairs = [
        money.dotted(have[name]) if styles.get(name, Style()).decimal_comma else have[name]
        for name in ("quantity", "unit_price")
    ]
    product = pl.Series(
        "amount",
        [_times(quantity, price) for quantity, price in zip(*pairs, strict=True)],
        dtype=money.MONEY,
    )
    written = have.get("amount")
    if amount is None or written is None:
        work.values["amount"] = product
    else:
        work.values["amount"] = amount.zip_with(written.is_not_null(), product)


def _times(quantity: str | None, price: str | None) -> Decimal | None:
    if quantity is None or price is None:
        return None
    first, second = money.read_number(quantity).value, money.read_number(price).value
    if first is None or second is None or abs(first * second) >= money.LIMIT - money.CENT:
        return None
    return money.half_up(first * second)


def _require(work: _Work, rules: Rules) -> pl.Series:
    """Note rows without a required value; a name stands in for the id. Gives those rows."""
    lacking = pl.Series([False]).new_from_index(0, work.raw.height)
    name = "name" if rules.kind.name == "customers" else CUSTOMER_NAME
    for column in rules.kind.required:
        value = work.values.get(column.name)
        absent = _absent(value, work.raw.height)
        written = work.texts.get(column.name)
        if column.name == "customer_id":
            absent &= _absent(work.values.get(name), work.raw.height)
            written = None
        if not absent.any():
            continue
        lacking |= absent
        unwritten = absent if written is None else absent & written.is_null()
        faulted = [code.is_not_null() for faulty, code in work.faults if faulty == column.name]
        for mask in faulted:
            unwritten &= ~mask
        code = "customer-missing" if column.name == "customer_id" else "value-missing"
        work.faults.append((column.name, _where(unwritten, code)))
    return lacking


def _absent(value: pl.Series | None, height: int) -> pl.Series:
    if value is None:
        return pl.Series([True]).new_from_index(0, height)
    return value.is_null()


def _where(mask: pl.Series, code: str) -> pl.Series:
    return (
        pl.Series("code", [code])
        .new_from_index(0, len(mask))
        .set(~mask.fill_null(value=False), None)
    )


def _assemble(work: _Work, rules: Rules) -> pl.DataFrame:
    """Every stored column typed as declared, then the customer's name and the line."""
    height = work.raw.height
    columns = []
    for column in rules.kind.stored:
        dtype = POLARS_TYPES[column.type]
        value = work.values.get(column.name)
        if value is None:
            value = pl.Series([None], dtype=dtype).new_from_index(0, height)
        columns.append(value.cast(dtype).alias(column.name))
    source = "name" if rules.kind.name == "customers" else CUSTOMER_NAME
    name = work.values.get(source)
    if name is None:
        name = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    frame = pl.DataFrame([*columns, name.alias(CUSTOMER_NAME), work.raw[LINE].cast(pl.Int64)])
    return _with_attributes(frame, work, rules)


def _with_attributes(frame: pl.DataFrame, work: _Work, rules: Rules) -> pl.DataFrame:
    """Customers keep every further column as JSON text `{heading: value}`, blanks left out."""
    if rules.kind.name != "customers" or not rules.kept:
        return frame
    kept = {heading: texts.trimmed(texts.as_text(work.raw[heading])) for heading in rules.kept}
    written = frame["attributes"]
    documents = [
        _attributes(
            own, {h: value for h, value in zip(kept, row, strict=True) if value is not None}
        )
        for own, row in zip(written, zip(*kept.values(), strict=True), strict=True)
    ]
    return frame.with_columns(pl.Series("attributes", documents, dtype=pl.String))


def _attributes(own: str | None, further: dict[str, str]) -> str | None:
    known: dict[str, Any] = {}
    if own:
        try:
            read = json.loads(own)
        except ValueError:
            read = own
        known = read if isinstance(read, dict) else {"attributes": own}
    merged = {**known, **further}
    return json.dumps(merged, ensure_ascii=False) if merged else None


def _nothing(work: _Work, rules: Rules, lacking: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Which rows are totals and which are blank: only rows that lack something can be either."""
    none = pl.Series([False]).new_from_index(0, work.raw.height)
    if not lacking.any() and rules.kind.date_column is not None:
        return none, none
    cells = work.raw.drop(LINE)
    words = cells.select([name for name, dtype in cells.schema.items() if dtype == pl.String])
    totals = total_rows(words, lacking=lacking)
    empty = [
        pl.col(name).str.strip_chars().fill_null("") == ""
        if dtype == pl.String
        else pl.col(name).is_null()
        for name, dtype in cells.schema.items()
    ]
    blank = cells.select(pl.all_horizontal(empty).alias("blank")).to_series()
    return totals, blank & ~totals


def _bad(work: _Work) -> pl.Series:
    bad = pl.Series([False]).new_from_index(0, work.raw.height)
    for _, code in work.faults:
        bad |= code.is_not_null()
    return bad


def _rejections(work: _Work, rules: Rules, bad: pl.Series) -> list[Rejection]:
    places = bad.arg_true().to_list()
    if not places:
        return []
    raw = work.raw[places]
    rows = raw.drop(LINE).rows()
    names = [name for name in raw.columns if name != LINE]
    codes = [(column, code.gather(places).to_list()) for column, code in work.faults]
    amounts = _amounts(work, rules)[places].to_list()
    rejections = []
    for number, (line, cells) in enumerate(zip(raw[LINE], rows, strict=True)):
        row = {name: cell_text(cell) for name, cell in zip(names, cells, strict=True)}
        found = [
            _fault(rules, column, each[number], row, line) for column, each in codes if each[number]
        ]
        first = found[0]
        rejections.append(
            Rejection(
                line,
                first.column,
                first.heading,
                first.value,
                first.code,
                first.data,
                row,
                tuple(found[1:]),
                amounts[number],
            )
        )
    return rejections


def _amounts(work: _Work, rules: Rules) -> pl.Series:
    """The rows' money in the base currency, null where it is not known."""
    unknown = pl.Series([None], dtype=money.MONEY).new_from_index(0, work.raw.height)
    amount = work.values.get("amount")
    if amount is None or rules.kind.column("amount").type != "money":
        return unknown
    for _, code in work.faults:
        amount = amount.set((code == "currency-needs-rate").fill_null(value=False), None)
    return amount


def _fault(
    rules: Rules, column: str, code: str, row: Mapping[str, str | None], line: int
) -> CellFault:
    heading = rules.heading(column)
    if heading is None and column == "customer_id":
        heading = rules.heading("name" if rules.kind.name == "customers" else CUSTOMER_NAME)
    value = row.get(heading) if heading else None
    data: dict[str, Any] = {"line": line, "heading": heading or column, "value": value or ""}
    if code == "implausible-date":
        first, last = dates.bounds_for(column, rules.today)
        data |= {"earliest": first.isoformat(), "latest": last.isoformat()}
    if code == "currency-needs-rate":
        data |= {"base": rules.currency}
        if told := rules.heading("currency"):
            data |= {"currency": row.get(told) or value or ""}
    return CellFault(column, heading, value, code, data)


def _ragged(line: int, cells: list[str], headings: list[str]) -> Rejection:
    data = {"line": line, "found": len(cells), "expected": len(headings)}
    padded = [*cells, *[None] * (len(headings) - len(cells))]
    row = dict(zip(headings, padded, strict=False))
    row |= {f"+{n}": cell for n, cell in enumerate(cells[len(headings) :], start=1)}
    return Rejection(line, None, None, None, "ragged-row", data, row)


def _total_notices(rows: pl.DataFrame) -> list[Notice]:
    return [
        Notice(
            "total-row-skipped",
            {"line": row[-1], "value": _first([cell_text(c) for c in row[:-1]])},
        )
        for row in rows.rows()
    ]


def _first(cells: Sequence[str | None]) -> str:
    return next((cell.strip() for cell in cells if cell and cell.strip()), "")
