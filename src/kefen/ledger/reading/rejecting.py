"""Words the rows that cannot be taken as rejections, with their cells as they stand."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.ledger.reading import money
from kefen.ledger.reading.dates import believable
from kefen.ledger.reading.model import LINE, CellFault, Rejection
from kefen.ledger.reading.raw import LONGEST_CELL, cell_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.ledger.reading.raw import FaultyRow
    from kefen.ledger.reading.work import Rules, Work

_FURTHER_CELLS = 50
"""Cells beyond the headings that a rejection shows one by one."""


def rejections(work: Work, rules: Rules, bad: pl.Series) -> list[Rejection]:
    """A rejection for each bad row: first the fault that costs the row, then the others."""
    places = bad.arg_true().to_list()
    if not places:
        return []
    raw = work.raw[places]
    rows = raw.drop(LINE).rows()
    names = [name for name in raw.columns if name != LINE]
    codes = [(column, code.gather(places).to_list()) for column, code in work.faults]
    known = _Known(rules)
    amounts = _amounts(work, rules)[places].to_list()
    found = []
    for number, (line, cells) in enumerate(zip(raw[LINE], rows, strict=True)):
        row = {name: cell_text(cell) for name, cell in zip(names, cells, strict=True)}
        faults = [
            known.fault(column, each[number], row, line) for column, each in codes if each[number]
        ]
        if len(faults) > 1:
            worthless = any(fault.column == "amount" for fault in faults)
            faults.sort(key=lambda fault: not known.explains(fault.column or "", worthless))
        first = faults[0]
        found.append(
            Rejection(
                line,
                first.column,
                first.heading,
                first.value,
                first.code,
                first.data,
                row,
                tuple(faults[1:]),
                amounts[number],
            )
        )
    return found


def _amounts(work: Work, rules: Rules) -> pl.Series:
    """The rows' money in the base currency, null where it is not known."""
    unknown = pl.Series([None], dtype=money.MONEY).new_from_index(0, work.raw.height)
    amount = work.values.get("amount")
    if amount is None or rules.kind.column("amount").type != "money":
        return unknown
    for _, code in work.faults:
        lacking = code.is_in(["currency-needs-rate", "bad-exchange-rate"])
        amount = amount.set(lacking.fill_null(value=False), None)
    return amount


class _Known:
    """What the sentences about a column's faults say, worked out once a column."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._headings: dict[str, str | None] = {}
        self._data: dict[tuple[str, str], dict[str, Any]] = {}
        self._explaining: dict[tuple[str, bool], bool] = {}

    def explains(self, column: str, worthless: bool) -> bool:
        """As `Rules.explains`."""
        key = column, worthless
        if key not in self._explaining:
            self._explaining[key] = self._rules.explains(column, worthless=worthless)
        return self._explaining[key]

    def fault(self, column: str, code: str, row: Mapping[str, str | None], line: int) -> CellFault:
        """The fault of a cell, with what its sentence says."""
        if column not in self._headings:
            heading = self._rules.heading(column)
            if heading is None and column == "customer_id":
                heading = self._rules.heading(self._rules.name_column)
            self._headings[column] = heading
        if (column, code) not in self._data:
            self._data[column, code] = fault_data(self._rules, column, code)
        heading = self._headings[column]
        value = row.get(heading) if heading else None
        data: dict[str, Any] = {"line": line, "heading": heading or column, "value": value or ""}
        data |= self._data[column, code]
        if code == "currency-needs-rate" and (told := self._rules.heading("currency")):
            data["currency"] = row.get(told) or value or ""
        if code == "bad-exchange-rate":
            data["rate_heading"] = self._rules.heading("rate") or "rate"
            data["rate"] = row.get(data["rate_heading"]) or ""
        return CellFault(column, heading, value, code, data)


def fault_data(rules: Rules, column: str, code: str) -> dict[str, Any]:
    """What the sentence about a fault says beside the cell: bounds, the base currency."""
    if code == "implausible-date":
        bounds = believable(column, rules.today)
        return {"earliest": bounds.earliest.isoformat(), "latest": bounds.latest.isoformat()}
    return {"base": rules.currency} if code in ("currency-needs-rate", "bad-exchange-rate") else {}


def row_rejection(row: FaultyRow, headings: list[str]) -> Rejection:
    """The rejection of a row that is faulty as a whole; it shows what somebody can use."""
    data = {"line": row.line, "found": len(row.cells), "expected": len(headings), **row.data}
    cells = [cell[:LONGEST_CELL] for cell in row.cells]
    further = len(headings) + _FURTHER_CELLS
    if len(cells) > further:
        cells[further:] = [" ".join(cells[further:])[:LONGEST_CELL]]
    whole = dict(zip_longest(headings, cells[: len(headings)]))
    whole |= {f"+{n}": cell for n, cell in enumerate(cells[len(headings) :], start=1)}
    heading = row.data.get("heading")
    return Rejection(row.line, None, heading, row.data.get("value"), row.code, data, whole)
