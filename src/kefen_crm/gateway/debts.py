"""What customers owe, and what they paid, straight from the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kefen import indicators
from kefen.deferred import ibis
from kefen.indicators import Request
from kefen.indicators.open_invoices import open_invoices
from kefen.period import Window
from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection

    from kefen.ledger import Ledger

YEAR = Window.parse("12m")
SALES_DAYS = 90
"""Days of invoicing that the days sales outstanding are reckoned from."""


class OpenDebt(NamedTuple):
    """An invoice not paid in full, with its customer's code; `due_on` None without a term."""

    code: str
    number: str
    issued_on: date
    due_on: date | None
    open: Decimal


class Behaviour(NamedTuple):
    """What a customer owes, and how many days late it pays on average; None while unknown."""

    outstanding: Decimal
    overdue: Decimal
    days_late: float | None


@dataclass(frozen=True)
class Debts:
    """What is owed on a day, at a version of the ledger; money in the base currency.

    Attributes:
        invoices: in no order.
        payers: by code, of the customers who were ever invoiced.
        billed: what was invoiced in the `SALES_DAYS` before.
    """

    version: int
    invoices: list[OpenDebt]
    payers: dict[str, Behaviour]
    billed: Decimal


def overdue_customers(day: date) -> set[str]:
    """The codes of customers who owed money on a day that was due before it."""
    with opened() as ledger:
        if not ledger.count("invoices"):
            return set()
        rows = indicators.compute(ledger, [Request("overdue_amount", YEAR)], day)
        late = rows.filter(rows.overdue_amount > 0).select("customer_id").to_polars()
    return set(late["customer_id"])


def debts(day: date) -> Debts:
    """What is owed on a day; facts of the day itself do not count yet."""
    with opened() as ledger:
        version = ledger.version
        if not ledger.count("invoices"):
            return Debts(version, [], {}, Decimal(0))
        return Debts(version, _open(ledger, day), _payers(ledger, day), _billed(ledger, day))


@lru_cache(8)
def owed_on(days: tuple[date, ...], version: int) -> list[dict[str, tuple[Decimal, Decimal]]]:
    """What customers owed on each of some days, by code, and how much of it was late.

    As a `version` of the ledger says, which the caller read: the answer is kept under it.
    """
    del version
    wanted = [Request(name, YEAR) for name in ("outstanding", "overdue_amount")]
    found = []
    with opened() as ledger:
        if not ledger.count("invoices"):
            return [{} for _day in days]
        for day in days:
            rows = indicators.compute(ledger, wanted, day)
            rows = rows.filter(rows.outstanding > 0)
            rows = rows.select("customer_id", "outstanding", "overdue_amount")
            found.append({code: (owed, late) for code, owed, late in rows.to_polars().iter_rows()})
    return found


def _open(ledger: Ledger, day: date) -> list[OpenDebt]:
    found = []
    for code, number, age, term, left in open_invoices(ledger, day).to_polars().iter_rows():
        issued = day - timedelta(days=age)
        due = None if term is None else issued + timedelta(days=term)
        found.append(OpenDebt(code, number, issued, due, left))
    return found


def _payers(ledger: Ledger, day: date) -> dict[str, Behaviour]:
    wanted = ("outstanding", "overdue_amount", "average_days_late")
    rows = indicators.compute(ledger, [Request(name, YEAR) for name in wanted], day)
    billed = ledger.table("invoices").select("customer_id").distinct()
    rows = rows.semi_join(billed, "customer_id").select("customer_id", *wanted)
    return {code: Behaviour(*rest) for code, *rest in rows.to_polars().iter_rows()}


def _billed(ledger: Ledger, day: date) -> Decimal:
    invoices = ledger.table("invoices")
    within = (invoices.issued_on < day) & (invoices.issued_on >= day - timedelta(days=SALES_DAYS))
    total: Decimal | None = invoices.filter(within).amount.sum().to_pyarrow().as_py()
    return total or Decimal(0)


def payments_since(codes: Collection[str], day: date) -> list[tuple[str, date, Decimal]]:
    """What these customers paid from a day on: code, day and amount, the earliest first."""
    if not codes:
        return []
    with opened() as ledger:
        paid = ledger.table("payments")
        paid = paid.filter(paid.customer_id.isin(sorted(codes)) & (paid.paid_on >= day))
        rows = paid.select("customer_id", "paid_on", "amount").order_by("paid_on")
        return list(rows.to_polars().iter_rows())


def open_of(codes: Collection[str], day: date) -> dict[tuple[str, str], Decimal]:
    """What is open of these customers' invoices on a day, by code and number."""
    if not codes:
        return {}
    with opened() as ledger:
        if not ledger.count("invoices"):
            return {}
        owed = open_invoices(ledger, day)
        owed = owed.filter(owed.customer_id.isin(sorted(codes)))
        rows = owed.select("customer_id", "number", "open").to_polars().iter_rows()
        return {(code, number): left for code, number, left in rows}


def ledger_version() -> int:
    """The version of the ledger as it is now."""
    with opened() as ledger:
        return ledger.version


class LoosePayment(NamedTuple):
    """Money that names no invoice of the ledger: it pays its customer's oldest one."""

    code: str
    number: str
    paid_on: date
    amount: Decimal
    method: str


class Billed(NamedTuple):
    """An invoice, paid or not; `due_on` as it says itself."""

    number: str
    issued_on: date
    due_on: date | None
    amount: Decimal


def loose_payments(
    since: date, *, codes: Collection[str] | None = None, number: str = "", most: int = 1_000
) -> list[LoosePayment]:
    """Money that came since a day and names no invoice, of customers who were ever invoiced.

    The newest first, at most `most`; of `codes` alone, or under one `number`.
    """
    with opened() as ledger:
        if not ledger.count("invoices") or not ledger.count("payments"):
            return []
        paid, billed = ledger.table("payments"), ledger.table("invoices")
        paid = paid.filter((paid.paid_on >= since) & (paid.amount > 0))
        if codes is not None:
            paid = paid.filter(paid.customer_id.isin(sorted(codes)))
        if number:
            paid = paid.filter(paid.payment_id == number)
        loose = paid.anti_join(billed, paid.invoice_id == billed.invoice_id)
        loose = loose.semi_join(billed, "customer_id").order_by(ibis.desc("paid_on"), "payment_id")
        rows = loose.select("customer_id", "payment_id", "paid_on", "amount", "method").limit(most)
        return [
            LoosePayment(code, one, on, amount, method or "")
            for code, one, on, amount, method in rows.to_polars().iter_rows()
        ]


def invoices_of(code: str, *, most: int = 500) -> list[Billed]:
    """The invoices of a customer, the newest first."""
    with opened() as ledger:
        billed = ledger.table("invoices")
        billed = billed.filter((billed.customer_id == code) & (billed.amount > 0))
        rows = billed.order_by(ibis.desc("issued_on"), "invoice_id").limit(most)
        rows = rows.select("invoice_id", "issued_on", "due_on", "amount")
        return [Billed(*row) for row in rows.to_polars().iter_rows()]


def payments_numbered(numbers: Collection[str]) -> dict[str, tuple[date, Decimal, str | None]]:
    """Day, amount and invoice of payments as the ledger has them now, by their numbers."""
    if not numbers:
        return {}
    with opened() as ledger:
        paid = ledger.table("payments")
        paid = paid.filter(paid.payment_id.isin(sorted(numbers)))
        rows = paid.select("payment_id", "paid_on", "amount", "invoice_id").to_polars().iter_rows()
        return {number: (on, amount, invoice) for number, on, amount, invoice in rows}
