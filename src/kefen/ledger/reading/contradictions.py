"""Money that a row says twice, and differently: quantity times price, or two columns of amounts.

One of the two is taken; how many rows differ is told with both sums. Discounts and taxes make
ordinary lines differ from quantity times price, so that is told only where most lines agree with
it, or where one is negative and the other not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.ledger.reading import money, texts, units
from kefen.ledger.reading.column_mapping import word, words
from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading.batch import ColumnRules, Work

_TOTALS = frozenset({"总计", "合计", "总额", "总金额", "合计金额", "total", "grandtotal"})
_OWED = re.compile(r"应收(?:金?额|款)?")
_QUANTITIES = frozenset({"数量", "件数", "quantity", "qty"})
_CENT = Decimal("0.01")
_PRODUCT = "_product"


@dataclass
class _Pair:
    """Two statements of the money of rows: how many agree, and those that do not."""

    agree: int = 0
    count: int = 0
    taken: Decimal = Decimal(0)
    other: Decimal = Decimal(0)
    signs: int = 0
    first: dict[str, Any] = field(default_factory=dict)
    first_sign: dict[str, Any] = field(default_factory=dict)

    def add(self, taken: pl.Series, other: pl.Series, lines: pl.Series, within: Decimal) -> None:
        """Compare the rows in which both stand."""
        rows = pl.DataFrame({"taken": taken, "other": other, "line": lines}).drop_nulls()
        away = (pl.col("taken") - pl.col("other")).abs()
        rows = rows.with_columns(differ=away > within)
        rows = rows.with_columns(sign=pl.col("taken") * pl.col("other").sign() < 0)
        odd = rows.filter("differ")
        self.agree += rows.height - odd.height
        self.count += odd.height
        self.taken += Decimal(odd["taken"].sum() or 0)
        self.other += Decimal(odd["other"].sum() or 0)
        against = odd.filter("sign")
        self.signs += against.height
        self.first = self.first or _shown(odd)
        self.first_sign = self.first_sign or _shown(against)

    def data(self, *, signs: bool = False) -> dict[str, Any]:
        """What is told of those that differ."""
        sums = {"money": f"{self.taken:,.2f}", "other_money": f"{self.other:,.2f}"}
        if signs:
            return {"count": self.signs, **self.first_sign}
        return {"count": self.count, **sums, **self.first}


def _shown(rows: pl.DataFrame) -> dict[str, Any]:
    if not rows.height:
        return {}
    taken, other, line = rows["taken"][0], rows["other"][0], rows["line"][0]
    return {"value": f"{taken:,.2f}", "other_value": f"{other:,.2f}", "line": int(line)}


@dataclass
class Contradictions:
    """What has been found in the rows read so far; `rivals` are further headings of amounts."""

    rivals: tuple[str, ...] = ()
    _pairs: dict[str, _Pair] = field(default_factory=dict)
    _signs: int = 0
    _sign: dict[str, Any] = field(default_factory=dict)

    def look(self, work: Work, rules: ColumnRules, landing: pl.Series) -> None:
        """Take in the rows of a batch that land."""
        amount, heading = work.values.get("amount"), rules.heading("amount")
        if amount is None or heading is None or not landing.any():
            return
        written = work.texts.get("amount")
        if written is not None:
            amount = amount.set(written.is_null(), None)
        if rules.negated:
            amount = -amount
        amount = amount.filter(landing)
        lines = work.lines.filter(landing)
        style = rules.style("amount")
        for rival in self.rivals:
            text = texts.trimmed(texts.as_text(work.raw[rival])).filter(landing)
            unit = units.of_heading(rival)
            if unit and unit.currencies and rules.currency not in unit.currencies:
                continue  # what the money comes to in another currency
            scale = unit.scale if unit and unit.scale != 1 else style.scale
            other, _ = money.clean_money(text, rules.currency, style.decimal, scale)
            self._pairs.setdefault(rival, _Pair()).add(amount, other, lines, _CENT)
        self._look_at_signs(work, rules, amount, landing)
        product = _product(work, rules)
        if product is not None:
            found = self._pairs.setdefault(_PRODUCT, _Pair())
            found.add(amount, product.filter(landing), lines, 5 * _CENT)

    def notices(self, rules: ColumnRules) -> list[Notice]:
        """What is to be told at the end."""
        heading = rules.heading("amount") or "amount"
        told = []
        for name, pair in self._pairs.items():
            if not pair.count:
                continue
            if name != _PRODUCT:
                data = {"heading": heading, "other": name, **pair.data()}
                told.append(Notice("amounts-differ", data))
                continue
            names = {"heading": heading, "quantity": rules.heading("quantity") or "quantity"}
            names["price"] = rules.heading("unit_price") or "price"
            if pair.signs:
                told.append(Notice("amount-sign-differs", names | pair.data(signs=True)))
            if pair.agree >= pair.count > pair.signs:
                told.append(Notice("amount-is-no-product", names | pair.data()))
        if self._signs:
            quantity = {"heading": heading, "quantity": rules.heading("quantity") or "quantity"}
            told.append(
                Notice("quantity-sign-differs", quantity | self._sign | {"count": self._signs})
            )
        self._pairs.clear()
        self._signs = 0
        return told

    def _look_at_signs(
        self, work: Work, rules: ColumnRules, amount: pl.Series, landing: pl.Series
    ) -> None:
        """Count rows without a price whose quantity is negative and whose amount is not."""
        names = [h for h in work.raw.columns if h == rules.heading("quantity")]
        names = names or [h for h in work.raw.columns if normal(h) in _QUANTITIES]
        if not names or "unit_price" in work.values:
            return
        own = work.values.get("quantity")
        if names[0] in work.figures and own is not None and not (own < 0).any():
            return
        cells = work.repeated.get(names[0])
        if cells is not None and not (_numbers(cells.values) < 0).any():
            return
        quantity = _numbers(work.raw[names[0]])
        odd = (quantity.filter(landing) < 0) & (amount > 0)
        odd = odd.fill_null(value=False)
        if odd.any():
            place = odd.arg_max() or 0
            self._sign = self._sign or {
                "line": int(work.lines.filter(landing)[place]),
                "value": f"{quantity.filter(landing)[place]:g}",
                "money": f"{amount[place]:,.2f}",
            }
            self._signs += int(odd.sum())


def _numbers(cells: pl.Series) -> pl.Series:
    return money.clean_number(texts.trimmed(texts.as_text(cells)))[0]


def _product(work: Work, rules: ColumnRules) -> pl.Series | None:
    """Quantity times price, less the discount where the row has one."""
    quantity, price = work.values.get("quantity"), work.values.get("unit_price")
    if quantity is None or price is None or rules.kind.name != "order_lines":
        return None
    frame = pl.DataFrame({"quantity": quantity.cast(pl.Float64), "price": price.cast(pl.Float64)})
    worth = frame["quantity"] * frame["price"]
    less = work.values.get("discount")
    if less is not None:
        worth -= less.cast(pl.Float64).abs().fill_null(0)
    return worth.set(worth.abs() >= 1e15, None).round(2).cast(money.MONEY, strict=False)


def rivals(kind: Kind, mapping: Mapping[str, str], unmapped: Iterable[str]) -> tuple[str, ...]:
    """The headings that are words for the amount, too, and are not read."""
    if "amount" not in mapping.values():
        return ()
    known = words(kind.name)
    return tuple(
        name
        for name in unmapped
        if known.get(word(name), (0, ""))[1] == "amount"
        or word(name) in _TOTALS
        or _OWED.fullmatch(normal(name))
    )
