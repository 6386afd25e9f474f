"""Brings rows in another currency to the base currency of the ledger, or says what they lack."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger.reading import currencies, money, remarks
from kefen.ledger.reading.currencies import currency_code

if TYPE_CHECKING:
    from kefen.ledger.reading.style import Style
    from kefen.ledger.reading.work import Rules, Work


def to_base(work: Work, rules: Rules) -> None:
    """Multiply the money of foreign rows by their rate, half up to cents, in place.

    A foreign row is one whose currency is not the base currency; where the row names none, the
    heading of a column may. Without a positive rate its money is at fault with
    `currency-needs-rate`.
    """
    rows = _row_currencies(work, rules)
    _tell_rates(work, rules, rows)
    for name in [column.name for column in rules.kind.columns if column.type == "money"]:
        if name not in work.values:
            continue
        headed = rules.style(name).currencies
        own = None if headed is None or rules.currency in headed else min(headed)
        if rows is None and own is None:
            continue
        currency = _filled(rows, own or rules.currency, work.raw.height)
        foreign = currency != rules.currency
        if foreign.any():
            _convert(work, rules, name, currency, foreign)


def _row_currencies(work: Work, rules: Rules) -> pl.Series | None:
    """The currency each row names; None where the file has no such column or only the base."""
    written = work.texts.get("currency")
    if written is None:
        written = remarks.currencies(work, rules)
    if written is None:
        return None
    distinct = written.drop_nulls().unique()
    codes = [currency_code(text) for text in distinct]
    found = written.replace_strict(distinct, pl.Series(codes, dtype=pl.String), default=None)
    headed = any(rules.style(column).currencies for column in rules.mapping.values())
    return found if headed or (found != rules.currency).any() else None


def _tell_rates(work: Work, rules: Rules, rows: pl.Series | None) -> None:
    """Tell of rates beside no currency, and of those far from what such a currency is worth."""
    written, heading = work.texts.get("rate"), rules.heading("rate")
    if written is None or heading is None or "currency" not in work.texts:
        return
    named = work.texts["currency"].is_not_null()
    other = written.is_not_null() & ~written.str.contains(r"^1(?:\.0*)?$").fill_null(value=True)
    rules.tally.cells("rate-without-currency", heading, other & ~named, work.lines, written)
    if rows is None:
        return
    pairs = pl.DataFrame([rows.alias("currency"), written.alias("rate")]).drop_nulls().unique()
    for currency, text in pairs.iter_rows():
        rate = money.read_number(text).value
        usual = currencies.usual_rate(currency, rules.currency)
        if rate is None or rate <= 0 or usual is None or usual / 10 < rate < usual * 10:
            continue
        found = (rows == currency) & (written == text)
        data = {"currency": currency, "base": rules.currency, "usual": f"{usual:.3g}"}
        rules.tally.cells(
            "rate-unusual", f"{heading} {currency}", found, work.lines, written, **data
        )


def _filled(rows: pl.Series | None, otherwise: str, height: int) -> pl.Series:
    if rows is None:
        return pl.Series([otherwise]).new_from_index(0, height)
    return rows.fill_null(otherwise)


def _convert(work: Work, rules: Rules, name: str, currency: pl.Series, foreign: pl.Series) -> None:
    """One column of money: foreign cells times their rate, or at fault without one."""
    rates = _rates(work.texts.get("rate"), foreign)
    convertible = foreign & rates.is_not_null()
    style = rules.style(name)
    sign = -1 if rules.negated and name in ("amount", "cost") else 1
    text, value = work.texts.get(name), work.values[name]
    own = _foreign(text, currency, convertible, value, sign, style)
    value = _converted(own, rates, convertible)
    read = convertible & value.is_not_null()
    work.faults[:] = [
        (column, code.set((code == "currency-needs-rate") & read, None))
        if column == name
        else (column, code)
        for column, code in work.faults
    ]
    work.values[name] = value
    written = value.is_not_null() if text is None else text.is_not_null()
    lacking = foreign & rates.is_null() & written
    given = work.texts.get("rate")
    if given is not None:
        work.fault(name, lacking & given.is_not_null(), "bad-exchange-rate")
        lacking &= given.is_null()
    work.fault(name, lacking, "currency-needs-rate")


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
    text: pl.Series | None,
    currency: pl.Series,
    rows: pl.Series,
    value: pl.Series,
    sign: int,
    style: Style,
) -> pl.Series:
    """The money of foreign rows whose cells carry the mark of their own currency, such as $100."""
    unread = rows & value.is_null()
    if text is None or not unread.any():
        return value
    found = [
        sign * read.value
        if wanted
        and cell
        and (read := money.read_money(cell, code, style.decimal, style.scale)).value is not None
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
