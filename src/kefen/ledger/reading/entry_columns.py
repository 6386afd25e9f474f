"""Money of sales, returns and payments in columns of one table, where each row fills one of them.

Such a table is a list of entries: a row counts as what it has money under. Where every row has
money of the sale, the table is one of sales, and this changes nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading import money_roles
from kefen.ledger.reading.column_mapping import columns_known
from kefen.ledger.reading.layouts import recognise
from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.reshaping import han, refitted
from kefen.ledger.reading.samples import look
from kefen.ledger.reading.texts import all_trimmed, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.reshaping import Row

_WORDS = {
    "sale": ("销售", "Sale"),
    "back": ("退货", "Return"),
    "paid": ("收款", "Payment received"),
    "out": ("支出", "Outgoing"),
}
_ROLES = (
    ("back", money_roles.is_back),
    ("paid", money_roles.is_paid),
    ("out", money_roles.is_out),
)
_SOME = "[1-9]"


@dataclass
class EntryColumns:
    """A table of entries with one column for their money and one for their types.

    `roles` are the headings over money by what they are: `sale` first. Where a row has money of a
    sale, what stands under the others stays beside it. `typed` tells whether the table has a column
    of types already.
    """

    raw: list[str]
    roles: Mapping[str, str]
    typed: bool

    def __post_init__(self) -> None:
        lang = 0 if han(self.raw) else 1
        self._words = {name: words[lang] for name, words in _WORDS.items()}
        [self._sale, *self._others] = self.roles
        others = [heading for heading in self.raw if heading != self._sale]
        self.amount = _free(("金额", "Amount")[lang], others)
        self.type = _free(("单据类型", "Document type")[lang], others)
        added = [self.amount] if self.typed else [self.amount, self.type]
        place = self.raw.index(self._sale)
        self.headings = [*others[:place], *added, *others[place:]]
        self.parts: Mapping[str, Sequence[str]] = {self.amount: list(self.roles)}
        data = {"headings": list(self.roles), "heading": self._sale}
        self.notices = [Notice("entries-in-columns", data)]
        if paid := [heading for heading, role in self.roles.items() if role == "paid"]:
            told = {"headings": paid, "count": len(paid)}
            self.notices.append(Notice("entries-with-payments", told))

    def sample(self, rows: Sequence[Row]) -> list[dict[str, str | None]]:
        """The first rows with their money and type."""
        schema = dict.fromkeys(self.raw, pl.String)
        frame = pl.DataFrame([dict(row) for row in rows], schema=schema)
        return self._filled(frame).select(self.headings).to_dicts()

    def apply(self, batch: RawBatch) -> RawBatch:
        """The rows with their money and type."""
        frame = self._filled(batch.frame)
        rest = [n for n in batch.frame.columns if n not in self.raw]
        faulty = [refitted(row, self.raw, self._refit(row.cells)) for row in batch.faulty]
        marked = [mark for mark in batch.marked if mark.heading not in self.roles]
        parts = [batch.frame.schema[name] for name in self.roles]
        plain = all(
            dtype.is_numeric() or name in batch.numeric
            for name, dtype in zip(self.roles, parts, strict=True)
        )
        return replace(
            batch,
            frame=frame.select([*self.headings, *rest]),
            faulty=faulty,
            marked=marked,
            numeric=batch.numeric | {self.amount} if plain else batch.numeric,
        )

    def begin(self) -> None:
        """Nothing is remembered from row to row."""

    def at_end(self) -> list[Notice]:
        """Nothing is left to tell."""
        return []

    def _filled(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with the added columns; money beside a sale's stays where it is."""
        texts = all_trimmed(frame.select(as_text(frame[name]).alias(name) for name in self.roles))
        some = {h: pl.col(h).str.contains(_SOME).fill_null(value=False) for h in self.roles}
        money = [pl.when(some[h]).then(pl.col(h)) for h in self.roles]
        types = [pl.when(some[h]).then(pl.lit(self._words[role])) for h, role in self.roles.items()]
        made = texts.select(
            pl.coalesce(*money, *self.roles).alias(self.amount),
            pl.coalesce(*types).alias(self.type),
            *(pl.when(some[self._sale]).then(pl.col(h)).alias(h) for h in self._others),
        )
        return frame.drop(self._sale).with_columns(made.get_columns())

    def _refit(self, cells: Sequence[str]) -> list[str]:
        row = dict(zip(self.raw, cells, strict=False))
        [whole] = self.sample([row])
        fitted = [whole[name] or "" for name in self.headings]
        return [*fitted, *cells[len(self.raw) :]]


def entry_columns(
    headings: Sequence[str], rows: Sequence[Row], given: Iterable[str] = ()
) -> EntryColumns | None:
    """How to read a table of entries; None where the rows are sales, or nothing tells.

    `given` are headings of which a person said what they are.

    >>> rows = [{"日期": "2025-03-01", "销售": "5", "收款": ""},
    ...         {"日期": "2025-03-02", "销售": "", "收款": "4"}]
    >>> [row["单据类型"] for row in entry_columns(["日期", "销售", "收款"], rows).sample(rows)]
    ['销售', '收款']
    """
    roles = _roles(headings, rows)
    if not roles or set(roles) & set(given) or recognise(headings):
        return None
    sale = next(iter(roles))
    filled = [{h for h in roles if re.search(_SOME, row.get(h) or "")} for row in rows]
    sold = [found for found in filled if sale in found]
    alone = [found for found in filled if found and sale not in found]
    paid = any(roles[heading] in ("paid", "out") for found in alone for heading in found)
    goods = any(money_roles.is_goods_back(h) for found in alone for h in found)
    apart = goods and not any(len(found) > 1 for found in sold)
    if not sold or not alone or not (paid or apart) or not _dated(headings, rows):
        return None
    typed = [h for h in headings if ("orders", "entry_type") in columns_known(h)]
    return EntryColumns(
        list(headings), roles, any(look([row.get(h) for row in rows]).is_type for h in typed)
    )


def _roles(headings: Sequence[str], rows: Sequence[Row]) -> dict[str, str]:
    """What the columns of money are, the sale's first; none where it is not one column."""
    called = [h for h in headings if look([row.get(h) for row in rows]).is_number]
    roles = {heading: role for role, of in _ROLES for heading in called if of(heading)}
    if not roles:
        return {}
    free = [heading for heading in called if heading not in roles]
    known = [h for h in free if ("orders", "amount") in columns_known(h)]
    for likely in (
        [h for h in free if money_roles.is_sales(h)],
        known,
        [h for h in free if money_roles.is_owed(h)],
    ):
        if likely:
            return {likely[0]: "sale", **roles} if len({*likely, *known}) == 1 else {}
    return {}


def _dated(headings: Sequence[str], rows: Sequence[Row]) -> bool:
    return any(
        ("orders", "ordered_on") in columns_known(heading)
        or look([row.get(heading) for row in rows]).is_date
        for heading in headings
    )


def _free(name: str, taken: Sequence[str]) -> str:
    while name in taken:
        name += "*"
    return name
