"""How the columns of a source are read, and a batch on its way from raw cells to facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.ledger.reading.dates import EXCEL_EPOCH
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE
from kefen.ledger.reading.style import Style

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.regular import Regular
    from kefen.ledger.reading.repeated import Repeated

_PRICE = frozenset({"quantity", "unit_price"})


@dataclass(frozen=True)
class ColumnRules:
    """How to read a source: its kind, which heading feeds which column, how columns are written.

    `negated` says that every refund of the file stands with a minus sign. `epoch` is the day before
    a spreadsheet's first numbered one, and `unit_heading` that of a column that may say what unit
    the money of a row is in. `above` are the rows from the top to the headings, which may come
    again on each page. `returned` are the lines of sheets of returns. `phones` says that
    telephone numbers that stand for customers are written alike, as in files of people. `returns`
    are types of documents that mean a return in a known export. `named` says what headings among
    `kept` are called among the further attributes of customers.
    """

    kind: Kind
    mapping: Mapping[str, str]
    kept: Sequence[str]
    today: dt.date
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    styles: Mapping[str, Style] = field(default_factory=dict)
    negated: bool = False
    epoch: dt.date = EXCEL_EPOCH
    unit_heading: str | None = None
    above: Sequence[Sequence[str]] = ()
    returned: Sequence[tuple[int, int]] = ()
    phones: bool = False
    returns: frozenset[str] = frozenset()
    named: Mapping[str, str] = field(default_factory=dict)

    def heading(self, column: str) -> str | None:
        """The heading that feeds `column`."""
        return next((h for h, mapped in self.mapping.items() if mapped == column), None)

    def style(self, column: str) -> Style:
        """How `column` is written."""
        return self.styles.get(column, Style())

    @property
    def name_column(self) -> str:
        """The column that names the customer."""
        return "name" if self.kind.name == "customers" else CUSTOMER_NAME

    def decides(self, column: str) -> bool:
        """Whether a fault in this column costs the row: its key, customer, date or money.

        In any other column it costs the cell.
        """
        kind = self.kind
        own = (*kind.key, "customer_id", self.name_column, "currency")
        needed = any(each.name == column for each in kind.required)
        return needed or (column in own and not self.replaceable(column))

    def explains(self, column: str, *, worthless: bool) -> bool:
        """Whether a fault of this column explains why a row is rejected.

        In a line without an amount (`worthless`), quantity and price do.
        """
        return self.decides(column) or (worthless and column in _PRICE)

    def replaceable(self, column: str) -> bool:
        """Whether what identifies the row can be had otherwise: an id that is derived."""
        needed = any(each.name == column for each in self.kind.required)
        return column in self.kind.key and column.endswith("_id") and not needed


TOO_LONG: Final = "id-too-long"


@dataclass
class Work:
    """A batch on its way: cleaned columns, and the faults of each, in the order of checking.

    `marked` are the codes of cells, by heading, that were faulty before they were read. `returned`
    are the rows that stand among returns, `repeated` the distinct cells by heading, where they are
    few, `regular` the regular cells of columns that have others, and `figures` the headings of
    which every cell is regular or a bare number.
    """

    raw: pl.DataFrame
    marked: Mapping[str, pl.Series] = field(default_factory=dict)
    texts: dict[str, pl.Series] = field(default_factory=dict)
    values: dict[str, pl.Series] = field(default_factory=dict)
    faults: list[tuple[str, pl.Series]] = field(default_factory=list)
    returned: pl.Series | None = None
    repeated: dict[str, Repeated] = field(default_factory=dict)
    regular: dict[str, Regular] = field(default_factory=dict)
    figures: list[str] = field(default_factory=list)

    @property
    def lines(self) -> pl.Series:
        """The line of each row in the source."""
        return self.raw[LINE]

    def none(self) -> pl.Series:
        """A mask in which no row is set."""
        return pl.Series([False]).new_from_index(0, self.raw.height)

    def fault(self, column: str, where: pl.Series, code: str) -> None:
        """Note a fault where the mask holds."""
        where = where.fill_null(value=False)
        if where.any():
            codes = pl.Series("code", [code]).new_from_index(0, len(where)).set(~where, None)
            self.faults.append((column, codes))

    def bad(self, rules: ColumnRules) -> pl.Series:
        """The rows with a fault that costs the row."""
        bad = self.none()
        for column, code in self.faults:
            if rules.decides(column):
                bad |= code.is_not_null()
            elif column in rules.kind.key:  # a number derived in its place would be another one
                bad |= (code == TOO_LONG).fill_null(value=False)
        return bad
