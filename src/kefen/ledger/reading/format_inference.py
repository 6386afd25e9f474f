"""Decides by the whole file what a single cell cannot tell: 3/1/25, 1.500, a number cut short.

Each column gives evidence (see `day_order`, `decimals`, `lossy`); what a column leaves open, the
other columns of the file decide, then its delimiter, then the custom of the base currency.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading import money, texts
from kefen.ledger.reading.day_order import DateEvidence, Earlier, by_all, half_swapped
from kefen.ledger.reading.decimals import (
    COMMA_CURRENCIES,
    NumberEvidence,
    file_sign,
    product_sign,
)
from kefen.ledger.reading.lossy import NumberedEvidence, is_numbered
from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.style import Style

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.dates import Order
    from kefen.ledger.reading.money import Decimals
    from kefen.ledger.reading.raw import RawBatch
    from kefen.ledger.reading.units import Unit

_NUMERIC = ("money", "number", "integer")


@dataclass
class Evidence:
    """What the rows of a source have shown so far about how its columns are written."""

    kind: Kind
    mapping: Mapping[str, str]
    today: dt.date
    currency: str
    delimiter: str | None
    date_order: Order | None = None
    decimal: Decimals | None = None
    units: Mapping[str, Unit] = field(default_factory=dict)
    earlier: Earlier | None = None
    _dates: dict[str, DateEvidence] = field(default_factory=dict)
    _numbers: dict[str, NumberEvidence] = field(default_factory=dict)
    _numbered: dict[str, NumberedEvidence] = field(default_factory=dict)
    _refunds: list[bool] = field(default_factory=list)
    _product: Decimals | None = None

    def __post_init__(self) -> None:
        """One piece of evidence for each column that can be written in several ways."""
        for heading, name in self.mapping.items():
            column = self.kind.column(name)
            if column.type == "date":
                self._dates[heading] = DateEvidence(self.today, past=name in PAST)
            elif column.type in _NUMERIC:
                self._numbers[heading] = NumberEvidence(rate=name == "rate")
            elif is_numbered(name):
                self._numbered[heading] = NumberedEvidence()

    def look(self, batch: RawBatch) -> None:
        """Take in some rows."""
        frame = batch.frame
        self._look_for_neighbours(frame)
        known: dict[str, DateEvidence | NumberEvidence | NumberedEvidence] = {}
        for heading, evidence in (known | self._dates | self._numbers | self._numbered).items():
            series = frame[heading]
            if isinstance(evidence, NumberEvidence):
                evidence.typed |= heading in batch.numeric
            if series.dtype == pl.String:
                evidence.look(texts.trimmed(series))
            elif (isinstance(evidence, NumberEvidence) and series.dtype.is_numeric()) or isinstance(
                evidence, NumberedEvidence
            ):
                evidence.look(series)
        if self.kind.name == "returns":
            self._look_at_refunds(frame)
        self._multiply(frame)

    @property
    def settled(self) -> bool:
        """Whether more rows cannot change what is decided."""
        return (
            all(date.settled for date in self._dates.values())
            and all(number.settled for number in self._numbers.values())
            and all(numbered.settled for numbered in self._numbered.values())
        )

    @property
    def negated(self) -> bool:
        """Whether every refund stands with a minus sign."""
        return bool(self._refunds) and all(self._refunds)

    @property
    def shown(self) -> tuple[Decimals | None, Order | None]:
        """The decimal sign and the order of dates, as far as the cells leave no doubt."""
        dates = [one for heading, one in self._dates.items() if heading in self.mapping]
        orders = {one.sure for one in dates if one.seen}
        if not orders and any(one.whole for one in dates):
            orders = {"ymd"}
        sign = self.decimal or file_sign(self._numbers.values(), custom=False)
        return sign, self.date_order or (orders.pop() if len(orders) == 1 else None)

    def styles(self) -> tuple[dict[str, Style], list[Notice]]:
        """`{column: style}` for the mapped columns, and what was assumed."""
        custom = self._custom()
        sign = self.decimal or file_sign(self._numbers.values(), custom=custom) or self._product
        orders, notices = self._orders(comma=sign == ",")
        styles: dict[str, Style] = {}
        for heading, name in self.mapping.items():
            style = Style()
            if heading in self._dates:
                style = Style(order=orders.get(heading, "mdy"))
            elif heading in self._numbers:
                style, told = self._numeric(heading, name, sign)
                notices += told
            elif heading in self._numbered:
                style = self._numbered[heading].decide()
            styles[name] = style
        notices += [
            Notice("dates-half-swapped", {"heading": heading, "value": value, "other": other})
            for heading, value, other in half_swapped(self._dates, self.mapping)
        ]
        return styles, notices

    def _look_for_neighbours(self, frame: pl.DataFrame) -> None:
        """Find columns that are not read but hold dates: they tell of those that are."""
        if not self._dates:
            return
        unread = [
            heading
            for heading, dtype in frame.schema.items()
            if dtype == pl.String and heading not in self.mapping and heading not in self._dates
        ]
        for heading in DateEvidence.fitting(frame.select(unread)):
            self._dates[heading] = DateEvidence(self.today, past=False)

    def _multiply(self, frame: pl.DataFrame) -> None:
        """Let quantity times price show the decimal sign, where a cell has two readings."""
        if self._product is not None or not any(n.either_point for n in self._numbers.values()):
            return
        factors = [
            heading
            for name in ("quantity", "unit_price", "amount")
            for heading, column in self.mapping.items()
            if column == name
        ]
        if len(factors) == 3:
            self._product = product_sign(
                *(texts.trimmed(texts.as_text(frame[heading])) for heading in factors)
            )

    def _custom(self) -> bool:
        """Whether the file is one of a country that writes decimal commas."""
        dotted = any(evidence.dotted for evidence in self._dates.values())
        return self.delimiter == ";" or dotted or self.currency in COMMA_CURRENCIES

    def _orders(self, *, comma: bool) -> tuple[dict[str, Order], list[Notice]]:
        if self.date_order is not None:
            return dict.fromkeys(self._dates, self.date_order), []
        return by_all(
            self._dates,
            self.mapping,
            day_first=comma or self.delimiter == ";",
            base=self.currency,
            earlier=self.earlier,
        )

    def _numeric(
        self, heading: str, name: str, sign: Decimals | None
    ) -> tuple[Style, list[Notice]]:
        evidence, unit, notices = self._numbers[heading], self.units.get(heading), []
        decimal = self.decimal or evidence.decide(sign, custom=self._custom())
        custom = self._custom()
        grouped = decimal == "," and not (custom or evidence.sure_comma or self.decimal)
        style = Style(decimal=decimal, myriads=grouped)
        if evidence.assumed(decimal, custom=custom) and self.decimal is None and len(decimal) == 1:
            read = money.read_number(evidence.example, decimal).value
            data = {"heading": heading, "decimal": decimal, "value": evidence.example}
            data["read"] = "–" if read is None else f"{read:,f}"
            notices.append(Notice("decimal-assumed", data))
        if self.kind.column(name).type != "money":
            return style, notices
        if unit is not None:
            style = replace(style, scale=unit.scale, currencies=unit.currencies)
            if unit.scale != 1:
                data = {"heading": heading, "unit": unit.text, "factor": f"{unit.scale:,}"}
                notices.append(Notice("unit-scaled", data))
        if name == "discount" and (unit is None or unit.currencies is None):
            share = (unit is not None and unit.percent) or evidence.share
            style = replace(style, unusable="discount-in-percent" if share else None)
        elif unit is not None and unit.percent:
            style = replace(style, unusable="percent-not-money")
        return style, notices

    def _look_at_refunds(self, frame: pl.DataFrame) -> None:
        heading = next((h for h, column in self.mapping.items() if column == "amount"), None)
        if heading is None:
            return
        text = texts.trimmed(texts.as_text(frame[heading])).drop_nulls()
        nonzero = text.filter(text.str.contains(r"[1-9]") & text.str.contains(r"^\D*\d"))
        self._refunds += nonzero.str.contains(r"^\s*[-−(（]|-$").to_list()


PAST = frozenset({"birthday", "founded_on", "registered_on"})
"""Columns whose dates cannot lie in the future."""
