"""Brings rows in another currency to the base currency of the ledger, or says what they lack."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading import money

if TYPE_CHECKING:
    from kefen.ledger.reading.clean import Rules

_Faults = list[tuple[str, pl.Series]]


def to_base(
    texts: dict[str, pl.Series],
    values: dict[str, pl.Series],
    faults: _Faults,
    rules: Rules,
) -> None:
    """Multiply the money of foreign rows by their rate, half up to cents, in place.

    A foreign row is one whose currency is not the base currency. Without a positive rate it is
    at fault with `currency-needs-rate`.
    """
    written = texts.get("currency")
    if written is None:
        return
    distinct = written.drop_nulls().unique()
    codes = [money.currency_code(text) for text in distinct]
    currency = written.replace_strict(distinct, pl.Series(codes, dtype=pl.String), default=None)
    foreign = (currency != rules.currency).fill_null(value=False)
    if not foreign.any():
        return
    rates = _rates(texts.get("rate"), foreign)
    lacking = foreign & rates.is_null()
    code = pl.Series("code", ["currency-needs-rate"]).new_from_index(0, len(foreign))
    marked = _marked(faults, foreign)
    for name in [column.name for column in rules.kind.columns if column.type == "money"]:
        if name in values:
            sign = -1 if rules.negated and name in ("amount", "cost") else 1
            own = _foreign(texts.get(name), currency, foreign & ~lacking, values[name], sign)
            values[name] = _converted(own, rates, foreign & ~lacking)
            marked[name] = values[name].is_not_null()
    faults[:] = [
        (
            name,
            fault.set(
                (fault == "currency-needs-rate") & foreign & marked.get(name, ~foreign), None
            ),
        )
        for name, fault in faults
    ]
    if lacking.any():
        faults.append(("currency", code.set(~lacking, None)))


def _marked(faults: _Faults, foreign: pl.Series) -> dict[str, pl.Series]:
    return {name: ~foreign for name, _ in faults}


def _rates(written: pl.Series | None, foreign: pl.Series) -> pl.Series:
    """The exact positive rate of each foreign row as text, else null."""
    if written is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(foreign))
    rate = written.set(~foreign, None)
    distinct = rate.drop_nulls().unique()
    read = [money.read_number(text).value for text in distinct]
    exact = [str(value) if value is not None and value > 0 else None for value in read]
    if not exact:
        return pl.Series([None], dtype=pl.String).new_from_index(0, len(foreign))
    return rate.replace_strict(distinct, pl.Series(exact, dtype=pl.String), default=None)


def _foreign(
    text: pl.Series | None, currency: pl.Series, rows: pl.Series, value: pl.Series, sign: int
) -> pl.Series:
    """The money of foreign rows whose cells carry the mark of their own currency, such as $100."""
    unread = rows & value.is_null()
    if text is None or not unread.any():
        return value
    found = [
        sign * read.value
        if wanted
        and cell
        and (read := money.read_money(cell, code)).value is not None
        and read.code is None
        else None
        for wanted, cell, code in zip(unread, text, currency, strict=True)
    ]
    return value.fill_null(pl.Series(found, dtype=money.MONEY))


def _converted(value: pl.Series, rates: pl.Series, rows: pl.Series) -> pl.Series:
    turned = [
        money.half_up(amount * Decimal(rate)) if wanted and amount is not None else amount
        for amount, rate, wanted in zip(value, rates, rows, strict=True)
    ]
    return pl.Series(value.name, turned, dtype=money.MONEY)
