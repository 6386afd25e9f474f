"""Turns raw rows into facts of a kind: clean columns, and a rejection for every row that fails.

A fault in a row's key, customer, date or money costs the row; in any other column it costs the
cell, and is told once a column.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.extraction.formats import CURRENCY
from kefen.ledger.facts import SALES
from kefen.ledger.reading import (
    dates,
    entries,
    further_rows,
    further_statuses,
    lossy,
    measured,
    money,
    phones,
    remarks,
    row_units,
    texts,
)
from kefen.ledger.reading.batch import TOO_LONG
from kefen.ledger.reading.convert import to_base
from kefen.ledger.reading.currencies import is_currency
from kefen.ledger.reading.leaving import leave_out, leave_out_ragged
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE, Chunk, Notice
from kefen.ledger.reading.normal import normal
from kefen.ledger.reading.order_totals import order_totals
from kefen.ledger.reading.raw import RAGGED
from kefen.ledger.reading.regular import Regular
from kefen.ledger.reading.rejecting import fault_data, rejections, row_rejection
from kefen.ledger.reading.repeated import Repeated, TallyOfRepeated
from kefen.ledger.reading.work import Rules, Work

DIGITS_LOST = "digits-lost"

if TYPE_CHECKING:
    from decimal import Decimal

    from kefen.ledger.facts import Column
    from kefen.ledger.reading.raw import RawBatch

__all__ = ["POLARS_TYPES", "Rules", "clean"]

POLARS_TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "date": pl.Date(),
    "money": pl.Decimal(18, 2),
    "number": pl.Float64(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
}
_DISCOUNT = re.compile(r"折扣|折率|优惠|让利|discount")
_NO_DISCOUNT = r"^(?:0+(?:\.0+)?%?|1(?:\.0+)?|100%|无|-|10折|不打折)$"
_SCORED = r"^(\d{1,3}(?:\.\d{1,3})?)\s?(?:星|颗星|分|stars?|points?|%)$"
_FRACTION = r"^(\d{1,3}(?:\.\d{1,3})?)\s?/\s?(5|10|100)$"
_TURNED: dict[str, dates.Order] = {"mdy": "dmy", "dmy": "mdy"}
_AHEAD = ("due_on",)
"""Dates that are meant to lie ahead."""


def clean(batch: RawBatch, rules: Rules, total: int) -> Chunk:
    """One batch cleaned: every row lands either in `rows` or in `rejections`, or is no fact."""
    work = Work(batch.frame, marked=_marked(batch))
    for heading, name in rules.mapping.items():
        _clean_column(work, rules, heading, rules.kind.column(name))
    _without_zeros(work, rules)
    further_statuses.void_by_others(work, rules)
    further_rows.fill_orders(work, rules)
    _supply_amounts(work, rules)
    joined = further_rows.joined_rows(work, rules)
    entries.take_refunds_alone(work, rules, ~joined)
    lacking = _require(work, rules)
    out = leave_out(work, rules, lacking & ~joined)
    joined &= ~out
    out |= joined
    out |= rules.other_money.leave(work, rules, ~out)
    bad = work.bad(rules) & ~out
    rules.contradictions.look(work, rules, ~(bad | out))
    rules.other_money.look(work, rules, ~(bad | out))
    rules.namesakes.look(work, ~(bad | out))
    rules.stages.look(work, rules, ~(bad | out))
    to_base(work, rules)
    remarks.look(work, rules, ~(work.bad(rules) | out))
    entries.tell_further_refunds(work, rules)
    told = entries.turn_returns(work, rules, ~out)
    bad = work.bad(rules) & ~out
    _lose_cells(work, rules, ~(bad | out))
    _tell_future(work, rules, ~(bad | out))
    frame = _assemble(work, rules)
    refused = rejections(work, rules, bad)
    headings = [name for name in batch.frame.columns if name != LINE]
    for row in batch.faulty:
        if row.code != RAGGED or not leave_out_ragged(row, headings, rules):
            refused.append(row_rejection(row, headings))
    refused.sort(key=lambda rejection: rejection.line)
    if joined.any():
        told.append(Notice("order-rows-joined", {"rows": int(joined.sum())}))
    return Chunk(
        frame.filter(~(bad | out)),
        refused,
        batch.done,
        total,
        told,
        order_totals(work, rules),
        _written(work, rules, ~(bad | out)),
    )


def _without_zeros(work: Work, rules: Rules) -> None:
    """A customer number 0 beside others and beside a name is none: the name says who it was."""
    ids, names = work.values.get("customer_id"), work.values.get(CUSTOMER_NAME)
    heading = rules.heading("customer_id")
    if ids is None or names is None or heading is None:
        return
    zero = ids.str.contains("^0+$").fill_null(value=False)
    nobody = zero & names.is_not_null()
    if nobody.any() and not zero.all():
        rules.tally.cells("number-zero-left", heading, nobody, work.lines, ids)
        work.values["customer_id"] = ids.set(nobody, None)


def _written(work: Work, rules: Rules, landing: pl.Series) -> dict[str, int]:
    """How many rows that land have a value in the columns that only help to read."""
    helping = [column.name for column in rules.kind.columns if not column.stored]
    return {
        name: int((work.texts[name].is_not_null() & landing).sum())
        for name in helping
        if name in work.texts
    }


def _clean_column(work: Work, rules: Rules, heading: str, column: Column) -> None:
    """Clean a column; where its cells come again and again, each of them once."""
    by_row = heading in work.marked or rules.unit_heading is not None
    regular = None if by_row else _regular(work.raw[heading], column, rules)
    if regular is not None:
        _clean_others(work, rules, heading, column, regular)
        return
    cells = None if by_row else Repeated.of(work.raw[heading])
    if cells is None:
        _clean_cells(work, rules, heading, column)
        return
    numbers = pl.int_range(len(cells.values), eager=True).alias(LINE)
    once = Work(pl.DataFrame([cells.values, numbers]))
    tally = TallyOfRepeated(rules.tally, cells, work.lines)
    _clean_cells(once, replace(rules, tally=tally), heading, column)
    work.repeated[heading] = cells
    work.texts[column.name] = cells.spread(once.texts[column.name])
    work.values[column.name] = cells.spread(once.values[column.name])
    work.faults += [(name, cells.spread(code)) for name, code in once.faults]


def _regular(series: pl.Series, column: Column, rules: Rules) -> Regular | None:
    """The regular cells of a column as this source is read."""
    style = rules.style(column.name)
    bounds = dates.believable(column.name, rules.today, rules.epoch)
    return Regular.of(series, column, style, bounds, negated=rules.negated)


def _clean_others(work: Work, rules: Rules, heading: str, column: Column, regular: Regular) -> None:
    """Clean a column of which some cells are regular: the others by themselves."""
    text = work.raw[heading]
    if regular.whole:
        work.texts[column.name], work.values[column.name] = text, regular.values
        work.figures.append(heading)
        return
    cells = text.filter(regular.others)
    apart = Work(pl.DataFrame([cells, work.lines.filter(regular.others)]))
    _clean_cells(apart, rules, heading, column)
    work.regular[heading] = regular
    places = regular.others.arg_true()
    work.texts[column.name] = text.clone().scatter(places, apart.texts[column.name])
    work.values[column.name] = regular.join(apart.values[column.name])
    work.faults += [(name, regular.spread(code)) for name, code in apart.faults]


def _clean_cells(work: Work, rules: Rules, heading: str, column: Column) -> None:
    series = work.raw[heading]
    value: pl.Series
    code: pl.Series | None
    if column.type == "date" and series.dtype.is_temporal() and series.dtype != pl.Time:
        bounds = dates.believable(column.name, rules.today)
        value, code = dates.clean_typed_date(series, rules.timezone, bounds)
        text = series.cast(pl.String)
        work.texts[column.name] = text
        _tell_dates(work, rules, heading, text, value)
    else:
        if column.type in ("money", "number", "integer") and texts.are_figures(series):
            text = series
            work.figures.append(heading)
        else:
            text = texts.trimmed(texts.as_text(series))
        if column.type == "money":
            text = _with_units(work, rules, heading, text)
        if column.name == "quantity":
            text, found = measured.without_unit(text)
            rules.tally.cells("quantities-with-unit", heading, found, work.lines, series)
        value, code = _clean_text(series, text, column, rules)
        if column.type == "date":
            _tell_dates(work, rules, heading, text, value)
            _tell_other_order(work, rules, heading, text, value, column)
        if column.name == "founded_on" and code is not None:
            value, code = _by_year(work, rules, heading, text, value, code)
        work.texts[column.name] = text
    if column.name in ("customer_id", CUSTOMER_NAME) and rules.phones:
        written, value = value, phones.written_alike(value)
        other = (value != written).fill_null(value=False)
        rules.tally.cells("phones-written-alike", heading, other, work.lines, written)
    work.values[column.name] = value
    if heading in work.marked:
        code = _marks(work.marked[heading], column, code)
    if code is not None and code.null_count() < len(code):
        work.faults.append((column.name, code))


def _tell_dates(work: Work, rules: Rules, heading: str, text: pl.Series, value: pl.Series) -> None:
    """Count dates of another calendar, and those that the time zone moves to another day."""
    read = value.cast(pl.String)
    republic = dates.of_republic(text) & value.is_not_null()
    moved = dates.moved_by_zone(text, value)
    moments = dates.of_moments(text) & value.is_not_null()
    for code, found in (
        ("dates-of-republic", republic),
        ("dates-moved-by-zone", moved),
        ("dates-of-moments", moments),
    ):
        data = {"read": _first(found, read), "zone": rules.timezone}
        rules.tally.cells(code, heading, found, work.lines, text, **data)


def _tell_other_order(
    work: Work, rules: Rules, heading: str, text: pl.Series, value: pl.Series, column: Column
) -> None:
    """Count dates that are one only in the other order of day and month than the column's: those
    beside them that are one in both may have been turned.
    """
    order = rules.style(column.name).order
    unread = text.set(value.is_not_null(), None)
    if order not in _TURNED or unread.null_count() == len(unread):
        return
    bounds = dates.believable(column.name, rules.today)
    turned, _ = dates.clean_date(unread, _TURNED[order], rules.timezone, bounds)
    rules.tally.cells(
        "dates-of-other-order", heading, turned.is_not_null(), work.lines, text, order=order
    )


def _first(found: pl.Series, values: pl.Series) -> str:
    """The first of the values where `found` holds."""
    return str(values[found.arg_max() or 0]) if found.any() else ""


def _with_units(work: Work, rules: Rules, heading: str, text: pl.Series) -> pl.Series:
    """Amounts with the currency that the format of their cell shows, and with the unit of their
    row.
    """
    if heading not in work.marked and rules.unit_heading is None:
        return text
    frame = pl.DataFrame([text.alias("text")])
    if heading in work.marked:
        marks = work.marked[heading]
        signs = marks.set(~marks.str.starts_with(CURRENCY).fill_null(value=False), None)
        known = [mark for mark in signs.drop_nulls().unique() if is_currency(mark[len(CURRENCY) :])]
        if known:
            sign = signs.set(~signs.is_in(known).fill_null(value=False), None)
            bare = ~text.str.contains(r"[^\d.,\-+eE\s]").fill_null(value=True)
            sign = sign.set(~bare, None).str.strip_prefix(CURRENCY).alias("sign")
            frame = frame.with_columns(sign)
            written = pl.col("sign") + " " + pl.col("text")
            frame = frame.with_columns(text=pl.coalesce(written, "text"))
    unit = rules.unit_heading
    if unit is not None:
        units = texts.trimmed(texts.as_text(work.raw[unit]))
        units = units.set(~units.str.contains(row_units.PATTERN).fill_null(value=False), None)
        scaled = units.is_not_null() & (units != "元") & frame["text"].str.contains(r"\d$")
        rules.tally.cells("amounts-by-unit-column", heading, scaled, work.lines, units, unit=unit)
        written = pl.when(scaled).then(pl.col("text") + units)
        frame = frame.with_columns(text=pl.coalesce(written, "text"))
    return frame["text"]


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
    marks = marks.set(marks.str.starts_with(CURRENCY).fill_null(value=False), None)
    if column.type != "text":
        marks = marks.set(marks == DIGITS_LOST, None)
    return marks if code is None else marks.fill_null(code)


def _clean_text(
    series: pl.Series, text: pl.Series, column: Column, rules: Rules
) -> tuple[pl.Series, pl.Series | None]:
    style = rules.style(column.name)
    if column.type == "text":
        return _clean_words(series, text, column.name, rules)
    if text is not series:  # else nothing had to be trimmed
        text = text.str.strip_prefix("'")
    if column.name == "score":
        text = _of_hundred(text)
        text = text.str.replace(_SCORED, "${1}")
    if column.type == "date":
        bounds = dates.believable(column.name, rules.today, rules.epoch)
        return dates.clean_date(text, style.order, rules.timezone, bounds)
    if column.type == "boolean":
        return texts.clean_boolean(text)
    if style.unusable:
        nothing = pl.Series([None], dtype=POLARS_TYPES[column.type]).new_from_index(0, len(text))
        return nothing, money.faults(nothing, text, style.unusable)
    if column.type == "money":
        value, code = money.clean_money(text, rules.currency, style.decimal, style.scale)
        if style.myriads and column.name != "unit_price":
            grouped = text.str.contains(money.MYRIADS).fill_null(value=False)
            value = value.set(grouped, None)
            code = code.set(grouped, "decimal-unclear")
        return (-value if rules.negated and column.name in ("amount", "cost") else value), code
    if column.type == "integer":
        return money.clean_integer(text, column.unit, style.decimal)
    return money.clean_number(text, style.decimal)


def _of_hundred(text: pl.Series) -> pl.Series:
    """Scores such as 4/10 as what they are of a hundred."""
    part = text.str.extract(_FRACTION, 1).cast(pl.Float64, strict=False)
    most = text.str.extract(_FRACTION, 2).cast(pl.Float64, strict=False)
    score = (part / most * 100).round(2).cast(pl.String)
    return score.zip_with(score.is_not_null(), text)


def _clean_words(
    series: pl.Series, text: pl.Series, column: str, rules: Rules
) -> tuple[pl.Series, pl.Series | None]:
    """Text as it is; ids and customers' names so that they join."""
    code = None
    if lossy.is_numbered(column):
        text, cut = lossy.clean_numbered(series, text, rules.style(column))
        if cut.any():
            code = _where(cut, "digits-lost")
            text = text.set(cut, None)
    if not _joins(column, rules.kind.name):
        return text, code
    value = texts.clean_id(text)
    long = texts.too_long(value)
    if long.any():
        found = _where(long, TOO_LONG)
        code = found if code is None else code.fill_null(found)
    return value, code


def _by_year(
    work: Work, rules: Rules, heading: str, text: pl.Series, value: pl.Series, code: pl.Series
) -> tuple[pl.Series, pl.Series]:
    """A year alone as its first day, told."""
    years = dates.years_alone(text) & (code == "year-alone").fill_null(value=False)
    if not years.any():
        return value, code
    rules.tally.cells("year-as-first-day", heading, years, work.lines, text)
    return value.fill_null(dates.first_days(text)), code.set(years, None)


def _joins(column: str, kind: str) -> bool:
    """Whether rows are joined by this text: ids and customers' names."""
    named = column == "name" and kind == "customers"
    return named or column.endswith("_id") or column == CUSTOMER_NAME


def _supply_amounts(work: Work, rules: Rules) -> None:
    """An order line without an amount is worth quantity times unit price, exactly."""
    have = work.texts
    if rules.kind.name != "order_lines" or not {"quantity", "unit_price"} <= set(have):
        return
    amount = work.values.get("amount")
    if amount is not None and amount.null_count() == 0:
        return
    pairs = zip(have["quantity"], have["unit_price"], strict=True)
    quantities, prices = rules.style("quantity"), rules.style("unit_price")
    product = pl.Series(
        "amount",
        [
            _times(quantity, quantities.decimal, price, prices.decimal, prices.scale)
            for quantity, price in pairs
        ],
        dtype=money.MONEY,
    )
    written = have.get("amount")
    _tell_discounts(work, rules)
    if amount is None or written is None:
        work.values["amount"] = product
    else:
        work.values["amount"] = amount.zip_with(written.is_not_null(), product)


def _tell_discounts(work: Work, rules: Rules) -> None:
    """Count the discounts beside amounts that are made of quantity and price, and not in them."""
    own = rules.heading("discount")
    names = [own] if own else [h for h in rules.kept if _DISCOUNT.search(normal(h))]
    for heading in names:
        cells = texts.trimmed(texts.as_text(work.raw[heading]))
        some = cells.is_not_null() & ~cells.str.contains(_NO_DISCOUNT).fill_null(value=True)
        rules.tally.cells("amount-before-discount", heading, some, work.lines, cells)


def _times(
    quantity: str | None,
    quantities: money.Decimals,
    price: str | None,
    prices: money.Decimals,
    scale: Decimal,
) -> Decimal | None:
    if quantity is None or price is None:
        return None
    first = money.read_number(quantity, quantities).value
    second = money.read_number(price, prices).value
    if first is None or second is None or abs(first * second * scale) >= money.LIMIT - money.CENT:
        return None
    return money.half_up(first * second * scale)


def _require(work: Work, rules: Rules) -> pl.Series:
    """Note rows without a required value; a name stands in for the id. Gives those rows."""
    lacking = work.none()
    for column in rules.kind.required:
        value = work.values.get(column.name)
        absent = _absent(value, work.raw.height)
        written = work.texts.get(column.name)
        if column.name == "customer_id":
            absent &= _absent(work.values.get(rules.name_column), work.raw.height)
            written = None
        if not absent.any():
            continue
        lacking |= absent
        unwritten = absent if written is None else absent & written.is_null()
        for faulty, found in work.faults:
            if faulty == column.name:
                unwritten &= found.is_null()
        failed = unwritten & _failed(work, rules, column.name)
        work.fault(column.name, failed, "spreadsheet-error")
        code = "customer-missing" if column.name == "customer_id" else "value-missing"
        work.fault(column.name, unwritten & ~failed, code)
    return lacking


def _failed(work: Work, rules: Rules, column: str) -> pl.Series:
    """Where a spreadsheet's error such as #REF! stands in the place of a required value."""
    found = work.none()
    for name in (column, rules.name_column) if column == "customer_id" else (column,):
        heading = rules.heading(name)
        if heading is not None and work.raw[heading].dtype == pl.String:
            found |= work.raw[heading].str.strip_chars().is_in(texts.ERRORS).fill_null(value=False)
    return found


def _lose_cells(work: Work, rules: Rules, landing: pl.Series) -> None:
    """Empty the cells of optional columns that cannot be taken, and count them for the notices."""
    for column, codes in work.faults:
        heading = rules.heading(column)
        if rules.decides(column) or heading is None:
            continue
        value = work.values[column]
        work.values[column] = value.set(codes.is_not_null(), None)
        for code in codes.drop_nulls().unique(maintain_order=True):
            mask = ((codes == code) & landing).fill_null(value=False)
            written = work.raw[heading]
            data = fault_data(rules, column, code)
            rules.tally.cells(f"cells-{code}", heading, mask, work.lines, written, **data)


def _tell_future(work: Work, rules: Rules, landing: pl.Series) -> None:
    """Count the dates after today of rows that land."""
    for heading, name in rules.mapping.items():
        value = work.values[name]
        if rules.kind.column(name).type != "date" or name in _AHEAD:
            continue
        ahead = (value > rules.today).fill_null(value=False)
        if ahead.any():
            mask, today = ahead & landing, rules.today.isoformat()
            rules.tally.cells("dates-in-future", heading, mask, work.lines, value, today=today)


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


def _assemble(work: Work, rules: Rules) -> pl.DataFrame:
    """Every stored column typed as declared, then the customer's name and the line."""
    height = work.raw.height
    columns = []
    for column in rules.kind.stored:
        dtype = POLARS_TYPES[column.type]
        value = work.values.get(column.name)
        if value is None:
            value = pl.Series([None], dtype=dtype).new_from_index(0, height)
        columns.append(value.cast(dtype).alias(column.name))
    name = work.values.get(rules.name_column)
    if name is None:
        name = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    marks = (entries.TYPED, further_statuses.FURTHER)
    columns += [work.values[mark].alias(mark) for mark in marks if mark in work.values]
    if rules.kind.name not in SALES and further_statuses.FURTHER in work.values:
        columns.append(work.values["status"].alias("status"))
    frame = pl.DataFrame([*columns, name.alias(CUSTOMER_NAME), work.raw[LINE].cast(pl.Int64)])
    return _with_attributes(frame, work, rules)


def _with_attributes(frame: pl.DataFrame, work: Work, rules: Rules) -> pl.DataFrame:
    """Customers keep every further column as JSON text `{name: value}`, blanks left out."""
    if rules.kind.name != "customers" or not rules.kept:
        return frame
    kept = texts.all_trimmed(
        pl.DataFrame([texts.as_text(work.raw[heading]) for heading in rules.kept])
    )
    names = [rules.named.get(heading, heading) for heading in kept.columns]
    documents = [
        _attributes(
            own, {h: value for h, value in zip(names, row, strict=True) if value is not None}
        )
        for own, row in zip(frame["attributes"], kept.iter_rows(), strict=True)
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
