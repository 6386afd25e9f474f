"""Which rows of a batch are no facts: totals, repeated headings, notes, the template's example."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl

from kefen.errors import ReadingError
from kefen.ledger.reading import units
from kefen.ledger.reading.asides import example_rows, heading_rows, is_heading, is_note, note_rows
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.columns import where
from kefen.ledger.reading.model import LINE
from kefen.ledger.reading.money import read_number
from kefen.ledger.reading.raw import cell_text
from kefen.ledger.reading.remarks import foreign
from kefen.ledger.reading.sections import of_kind, said, takes_returns
from kefen.ledger.reading.totals import Clues, is_total, may_be_named, total_rows
from kefen.ledger.reading.units import names_scale

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from kefen.ledger.reading.raw import FaultyRow
    from kefen.ledger.reading.work import Rules, Work

_PRODUCT = frozenset({"product_id", "product_name", "category", "brand", "specification"})
_FEW_CELLS = 2
_FEW_HEADINGS, _LEAST_HEADINGS = 100, 3


def leave_out(work: Work, rules: Rules, lacking: pl.Series) -> pl.Series:
    """The rows that are no facts, each noted in the tally; wholly blank rows are not noted."""
    cells = work.raw.drop(LINE)
    words = cells.select([name for name, dtype in cells.schema.items() if dtype == pl.String])
    out = work.none()
    filled = _filled_others(cells)
    if words.width:
        filled += _filled(work, words)
        bare = lacking if rules.kind.date_column else lacking | (filled <= _FEW_CELLS)
        headings = heading_rows(words, rules.above, titles=rules.kind.date_column is not None)
        notes = note_rows(words, bare & ~headings & (filled > 0))
        _refuse_other_headings(work, rules, words, headings)
        titles, others = _sections(work, rules, words, lacking, filled, headings)
        examples = example_rows(rules.kind, work.texts, work.raw.height) & ~headings
        notes &= ~titles
        apart = headings | notes | examples | titles | others
        clues = _clues(work, rules, words, lacking, filled, apart)
        totals, doubted = (mask & ~apart for mask in total_rows(clues, rules.sums))
        for mask, code in (
            (totals & ~doubted, "total-row-skipped"),
            (doubted, "total-row-doubted"),
            (headings & ~titles, "heading-row-skipped"),
            (notes, "note-row-skipped"),
            (examples, "example-row-skipped"),
            (titles, "title-row-skipped"),
            (others & ~headings & ~titles & ~notes & (filled > 0), "section-row-left"),
        ):
            _tell(work, rules, mask, code)
            out |= mask
    if lacking.any() or not rules.kind.date_column:
        out |= filled == 0
    return out


def _sections(
    work: Work,
    rules: Rules,
    words: pl.DataFrame,
    lacking: pl.Series,
    filled: pl.Series,
    headings: pl.Series,
) -> tuple[pl.Series, pl.Series]:
    """The titles of further blocks, just above headings that come again, and the rows of blocks
    that are of another kind. Rows of returns among sales are noted in `work`.
    """
    titles = (lacking & (filled == 1) & headings.shift(-1, fill_value=False)).arg_true().to_list()
    starts = [0, *titles, work.raw.height]
    left, returned = work.none(), work.none()
    _refuse_other_units(work, rules, words, titles)
    own = {said(cell) for row in rules.above[:-1] for cell in row}  # pages come with it again
    for number, (start, end) in enumerate(pairwise(starts)):
        if number:
            cells = words.row(start)
            section = said(next((cell for cell in cells if cell and cell.strip()), ""))
            rules.section[0] = None if section in own else section
        section = rules.section[0]
        if section in (None, of_kind(rules.kind)) or start == end:
            continue
        place = pl.int_range(work.raw.height, eager=True).is_between(start, end - 1)
        if section == "returns" and takes_returns(rules.kind):
            returned |= place
        else:
            left |= place
    work.returned = returned
    return work.none().scatter(titles, True) if titles else work.none(), left


def _refuse_other_headings(work: Work, rules: Rules, words: pl.DataFrame, again: pl.Series) -> None:
    """Refuse a source in which a further block has other headings, or the same in another order."""
    heading, amount = rules.heading("amount"), work.values.get("amount")
    if heading not in words.columns or amount is None:
        return
    cells = words[heading].set(amount.is_not_null() | again, None)
    named = [text for text in cells.drop_nulls().unique().head(_FEW_HEADINGS) if _names(text)]
    for place in cells.is_in(named).fill_null(value=False).arg_true():
        filled = [
            (name, cell.strip())
            for name, cell in zip(words.columns, words.row(place), strict=True)
            if cell and cell.strip()
        ]
        row = [cell for _, cell in filled]
        alike = all({*columns_known(name)} & {*columns_known(cell)} for name, cell in filled)
        if len(row) >= _LEAST_HEADINGS and all(map(_names, row)) and not alike:
            raise ReadingError("blocks-of-other-headings", line=work.lines[place], headings=row)


def _names(text: str) -> bool:
    return bool(columns_known(text))


def _refuse_other_units(
    work: Work, rules: Rules, words: pl.DataFrame, titles: Sequence[int]
) -> None:
    """Refuse a source whose blocks have titles that state different units."""
    above = " ".join(cell for row in rules.above[:-1] for cell in row if cell)
    own = units.in_base(units.of_title(above), rules.currency)
    for place in titles:
        title = next((cell for cell in words.row(place) if cell and cell.strip()), "")
        unit = units.of_title(title)
        if unit is not None and units.in_base(unit, rules.currency) != own:
            raise ReadingError("blocks-of-other-units", line=work.lines[place], value=title.strip())


def leave_out_ragged(row: FaultyRow, headings: Sequence[str], rules: Rules) -> bool:
    """Whether a row of another width is no fact either; it is noted in the tally."""
    if is_heading(row.cells, headings):
        code = "heading-row-skipped"
    elif is_total(row.cells):
        code = "total-row-skipped"
        rules.sums.close()
    elif is_note(row.cells):
        code = "note-row-skipped"
        if "amount" in rules.mapping.values():
            code = _of_money(_label(row.cells), rules) or code
    else:
        return False
    amount = None
    if code == "total-row-skipped":
        read = (read_number(cell).value for cell in reversed(row.cells) if cell.strip())
        amount = next((value for value in read if value is not None), None)
    rules.tally.row(code, row.line, _label(row.cells), amount)
    return True


def _clues(
    work: Work,
    rules: Rules,
    words: pl.DataFrame,
    lacking: pl.Series,
    filled: pl.Series,
    apart: pl.Series,
) -> Clues:
    """What tells totals, from the columns by the part they play."""
    kind = rules.kind
    roles: dict[str, dict[str, pl.Series]] = {"name": {}, "place": {}, "product": {}, "other": {}}
    for heading in _columns_where(work, words, may_be_named(pl.all())):
        column = rules.mapping.get(heading)
        role = "other"
        if column in ("customer_id", rules.name_column):
            role = "name"
        elif column in kind.key or column == kind.date_column:
            role = "place"
        elif column in _PRODUCT:
            role = "product"
        roles[role][heading] = words[heading]
    customers = [
        series
        for name in ("customer_id", rules.name_column)
        if (series := work.values.get(name)) is not None
    ]
    nameless = work.none() if not customers else pl.Series([True]).new_from_index(0, len(lacking))
    for series in customers:
        nameless &= series.is_null()
    own = [work.values[name] for name in (*kind.key, "customer_id") if name in work.values]
    identified = work.none()
    for series in own:
        identified |= series.is_not_null()
    if own and "customer_id" in work.values and rules.name_column not in work.values:
        identified &= _any_filled([work.values[n] for n in kind.key if n in work.values], work)
    sparse = filled * 2 <= work.raw.width - 1
    if kind.date_column is None:
        identified = ~sparse
    amount = work.values.get("amount")
    if amount is not None:
        amount = amount.set(apart, None)
    known = [series for series in customers if series.dtype == pl.String]
    numbers = [work.values[name] for name in kind.key[:1] if name in work.values]
    return Clues(
        roles["name"],
        roles["place"],
        roles["product"],
        roles["other"],
        lacking,
        nameless,
        identified,
        sparse,
        amount,
        known,
        numbers if kind.date_column else (),
    )


def _any_filled(columns: Sequence[pl.Series], work: Work) -> pl.Series:
    found = work.none()
    for series in columns:
        found |= series.is_not_null()
    return found


def _columns_where(work: Work, words: pl.DataFrame, test: pl.Expr) -> list[str]:
    """The columns of which a test holds for any row; repeated cells are tested once."""
    found = where(words.drop(*_looked_at(work), strict=False), test)
    for cells in work.repeated.values():
        found += where(cells.values.to_frame(), test)
    for heading, regular in work.regular.items():
        found += where(words[heading].filter(regular.others).to_frame(), test)
    return sorted(found, key=words.columns.index)


def _looked_at(work: Work) -> list[str]:
    """The headings of columns of which less than every cell has to be looked at."""
    return [*work.repeated, *work.regular, *work.figures]


def _filled(work: Work, words: pl.DataFrame) -> pl.Series:
    """How many cells of each row hold a text."""
    full = pl.all().str.contains(r"\S").fill_null(value=False)
    masks = words.drop(*_looked_at(work), strict=False).select(full).get_columns()
    everywhere = len(work.figures)
    for cells in work.repeated.values():
        found = cells.values.to_frame().select(full).to_series()
        if found.all() and not cells.places.null_count():
            everywhere += 1
        else:
            masks.append(cells.spread(found).fill_null(value=False))
    for heading, regular in work.regular.items():
        found = words[heading].filter(regular.others).to_frame().select(full).to_series()
        masks.append(regular.spread(found).fill_null(value=True))
    counts = pl.Series(LINE, [everywhere], dtype=pl.Int32).new_from_index(0, words.height)
    every = pl.DataFrame([counts, *masks]).with_columns(pl.col(pl.Boolean).cast(pl.Int32))
    return every.select(pl.sum_horizontal(pl.all()).alias("count")).to_series()


def _filled_others(cells: pl.DataFrame) -> pl.Series:
    """How many cells of each row hold a number or a date."""
    others = [name for name, dtype in cells.schema.items() if dtype != pl.String]
    if not others:
        return pl.Series([0]).new_from_index(0, cells.height)
    counted = pl.sum_horizontal([pl.col(name).is_not_null().cast(pl.Int32) for name in others])
    return cells.select(counted.alias("count")).to_series()


def _tell(work: Work, rules: Rules, mask: pl.Series, code: str) -> None:
    if not mask.any():
        return
    worth = code in ("total-row-skipped", "total-row-doubted", "section-row-left")
    amount = work.values.get("amount") if worth else None
    for place in mask.arg_true():
        row = work.raw.row(place)
        money: Decimal | None = None if amount is None else amount[place]
        label = _label([cell_text(cell) for cell in row[:-1]])
        noted = code == "note-row-skipped" and "amount" in work.values
        if noted and (named := _of_money(label, rules)):
            rules.tally.row(named, row[-1], label)
        else:
            rules.tally.row(code, row[-1], label, money)


def _of_money(label: str, rules: Rules) -> str:
    """The code of a remark that names another currency or unit of the amounts; none for others."""
    if foreign(label, rules.currency):
        return "note-row-of-currency"
    return "note-row-of-unit" if names_scale(label) else ""


def _label(cells: Sequence[str | None]) -> str:
    """The first word-like cell of a row: a total is named, not dated."""
    filled = [cell.strip() for cell in cells if cell and cell.strip()]
    return next((text for text in filled if is_total([text])), filled[0] if filled else "")
