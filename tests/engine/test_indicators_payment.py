"""Every payment indicator on a ledger small enough to work out by hand.

As of 2025-01-01 over 12 months; d = days from issue.

  ann  30 credit days, limit 1000
       i1 2024-03-01 100 due 03-31: paid by number 03-21 (d 20)
       i2 2024-06-01 200, due by credit days 07-01: by number 50 on 06-11 (d 10), 100 on 08-10
          (d 70, 40 late), 50 open (d 214, 184 late)
       i3 2024-12-02 300, due by credit days on the as-of date itself: open (d 30), not late
  bob  pays without numbers: 150 on 2024-02-20, 25 on 2024-05-01; oldest invoice first
       b1 2024-01-11 100 due 01-31 (d 20): 100 on 02-20 (d 40, 20 late)
       b2 2024-02-10 100 due 03-11 (d 30): 50 on 02-20 (d 10), 25 on 05-01 (d 81, 51 late),
          25 open (d 326, 296 late)
  cem  c1 2023-12-01 80, no due date and no credit days: never late; credit note of 30 on
       2024-01-10 (d 40), 50 open (d 397)
  dan  d1 2024-05-01 100 due 05-31: 150 by its number on 05-11 (d 10); the 50 beyond go to
       d2 2024-06-01 100 due 07-01: 50 before it was issued (d 0), 50 of 60 on 08-01 (d 61, 31 late)
       30 taken back on 2024-07-01, due at once: 10 of the 60 (d 31, 31 late), 20 open (d 184)
  eve  e1 of the as-of day: does not count
  fay  nothing, limit 500
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal as D  # noqa: N817
from typing import Any

import polars as pl
import pytest
from ledgers import by_customer, rows

import kefen
from kefen.indicators import payment

AS_OF = date(2025, 1, 1)
CUSTOMERS = """
ann 1000 30
bob -    -
cem -    -
dan 0    -
eve -    10
fay 500  10
"""
INVOICES = """
i1 ann 2024-03-01 100 2024-03-31
i2 ann 2024-06-01 200 -
i3 ann 2024-12-02 300 -
b1 bob 2024-01-11 100 2024-01-31
b2 bob 2024-02-10 100 2024-03-11
c1 cem 2023-12-01 80  -
c2 cem 2024-01-10 -30 -
d1 dan 2024-05-01 100 2024-05-31
d2 dan 2024-06-01 100 2024-07-01
e1 eve 2025-01-01 999 2025-01-01
"""
PAYMENTS = """
p1 ann 2024-03-21 100 i1
p2 ann 2024-06-11 50  i2
p3 ann 2024-08-10 100 i2
p4 ann 2025-01-01 300 i3
p5 bob 2024-02-20 150 -
p6 bob 2024-05-01 25  -
p7 dan 2024-05-11 150 d1
p8 dan 2024-07-01 -30 -
p9 dan 2024-08-01 60  unknown
"""
#                       ann     bob    cem    dan    eve   fay
EXPECTED: dict[str, list[Any]] = {
    "outstanding": [D(350), D(25), D(50), D(20), D(0), D(0)],
    "overdue_amount": [D(50), D(25), D(0), D(20), D(0), D(0)],
    "oldest_overdue_days": [184, 296, 0, 184, None, None],
    "credit_use": [0.35, None, None, None, None, 0.0],
    "collection_period": [
        (100 * 20 + 50 * 10 + 100 * 70 + 50 * 214 + 300 * 30) / 600,
        (100 * 40 + 50 * 10 + 25 * 81 + 25 * 326) / 200,
        None,
        (100 * 10 + 50 * 0 + 50 * 61 + 10 * 31 + 20 * 184) / 230,
        *(None, None),
    ],
    # ann's i3 is neither paid nor due yet.
    "share_paid_late": [150 / 300, 150 / 200, None, 80 / 230, None, None],
    "average_days_late": [
        (100 * 40 + 50 * 184) / 300,
        (100 * 20 + 25 * 51 + 25 * 296) / 200,
        None,
        (50 * 31 + 10 * 31 + 20 * 184) / 230,
        *(None, None),
    ],
}


@pytest.fixture(scope="module")
def ledger() -> kefen.Ledger:
    fact = ("customer_id", "issued_on", "amount", "due_on")
    paid = ("customer_id", "paid_on", "amount", "invoice_id")
    return kefen.from_frames(
        customers=rows(CUSTOMERS, "customer_id", "credit_limit", "credit_days"),
        invoices=rows(INVOICES, "invoice_id", *fact),
        payments=rows(PAYMENTS, "payment_id", *paid),
    )


@pytest.fixture(scope="module")
def found(ledger: kefen.Ledger) -> pl.DataFrame:
    return by_customer(ledger, list(EXPECTED), AS_OF)


@pytest.mark.parametrize("name", EXPECTED)
def test_worked_out_by_hand(found: pl.DataFrame, name: str) -> None:
    assert found[name].to_list() == [
        pytest.approx(value) if isinstance(value, float) else value for value in EXPECTED[name]
    ]


def test_every_indicator_is_worked_out_here() -> None:
    assert set(EXPECTED) == {indicator.name for indicator in payment.INDICATORS}


def test_all_history_reaches_the_old_invoice(ledger: kefen.Ledger) -> None:
    """cem: 30 after 40 days, 50 open for 397; nothing of it has a due date."""
    found = by_customer(ledger, ["collection_period", "share_paid_late"], AS_OF, "all")
    assert found["collection_period"][2] == pytest.approx((30 * 40 + 50 * 397) / 80)
    assert found["share_paid_late"][2] is None


def test_the_past_is_as_it_was_then(ledger: kefen.Ledger) -> None:
    """As of 2024-08-10 ann's payment of that day has not come in: 200 − 50 are open since 07-01."""
    found = by_customer(ledger, ["outstanding", "oldest_overdue_days"], date(2024, 8, 10))
    assert found.row(0) == ("ann", D(150), 40)


def test_without_invoices_nothing_is_known(ledger: kefen.Ledger) -> None:
    bare = kefen.from_frames(customers=rows(CUSTOMERS, "customer_id", "credit_limit", "x"))
    assert by_customer(bare, ["outstanding", "credit_use"], AS_OF).row(0) == ("ann", None, None)


def test_many_invoices_and_much_money_of_one_customer() -> None:
    """1,000 invoices of 1, a day apart; 900 paid in one go: the last 100 are open."""
    days = pl.date_range(date(2022, 1, 1), date(2024, 9, 26), eager=True)
    assert len(days) == 1000
    bills = pl.DataFrame({"invoice_id": [f"n{n:04}" for n in range(1000)], "issued_on": days})
    ledger = kefen.from_frames(
        invoices=bills.with_columns(customer_id=pl.lit("ann"), amount=pl.lit("1.00")),
        payments=pl.DataFrame(
            {"customer_id": ["ann"], "paid_on": ["2024-10-01"], "amount": ["900.00"]}
        ),
    )
    assert by_customer(ledger, ["outstanding"], AS_OF).row(0) == ("ann", D(100))


def by_hand(bills: list[Any], money: list[Any], as_of: date) -> dict[str, list[list[Any]]]:
    """The rules of `kefen.indicators.payment`, carried out yuan by yuan with pen and paper.

    Portions `[age, amount, days waited or None]` of each customer.
    """
    debts = [
        {"of": c, "id": i, "day": d, "open": a, "paid": []}
        for i, c, d, a in bills
        if a > 0 and d < as_of
    ]
    pool = [(c, d, i, -a) for i, c, d, a in bills if a < 0 and d < as_of]
    for key, customer, day, amount, named in sorted(money, key=lambda one: (one[2], one[0])):
        if day >= as_of:
            continue
        if amount < 0:
            debts.append({"of": customer, "id": key, "day": day, "open": -amount, "paid": []})
            continue
        for debt in debts:
            if debt["id"] == named and amount > 0:
                amount = pay(debt, day, amount)
        if amount:
            pool.append((customer, day, key, amount))
    for customer, day, _, amount in sorted(pool, key=lambda one: (one[1], one[2])):
        for debt in sorted(debts, key=lambda debt: (debt["day"], debt["id"])):
            if debt["of"] == customer and debt["open"]:
                amount = pay(debt, day, amount)
    found: dict[str, list[list[Any]]] = {}
    for debt in debts:
        parts = [*debt["paid"], *([[debt["open"], None]] if debt["open"] else [])]
        age = (as_of - debt["day"]).days
        found.setdefault(debt["of"], []).extend([age, *part] for part in parts)
    return found


def pay(debt: dict[str, Any], day: date, amount: int) -> int:
    part = min(amount, debt["open"])
    if part:
        debt["open"] -= part
        debt["paid"].append([part, max((day - debt["day"]).days, 0)])
    return amount - part


@pytest.mark.parametrize("seed", range(3))
def test_any_muddle_of_bills_and_money(seed: int) -> None:
    chance = random.Random(seed)
    start = date(2024, 1, 1)

    def day() -> date:
        return start + timedelta(days=chance.randrange(380))

    names = [f"c{n}" for n in range(40)]
    bills = [
        (f"b{n}", chance.choice(names), day(), chance.choice([5, 10, 10, 20, -7]))
        for n in range(300)
    ]
    money = []
    for n in range(400):
        named = chance.choice([*bills, *[None] * 200])
        # What pays a bill comes from whoever it was sent to.
        customer = named[1] if named else chance.choice(names)
        amount = chance.choice([3, 5, 10, 10, 25, -4])
        money.append((f"p{n}", customer, day(), amount, named and named[0]))
    ledger = kefen.from_frames(
        invoices=pl.DataFrame(
            bills, ["invoice_id", "customer_id", "issued_on", "amount"], orient="row"
        ),
        payments=pl.DataFrame(
            money,
            ["payment_id", "customer_id", "paid_on", "amount", "invoice_id"],
            orient="row",
            infer_schema_length=None,
        ),
    )
    expected = by_hand(bills, money, AS_OF)
    found = by_customer(ledger, ["outstanding", "collection_period"], AS_OF, "all")
    for customer, owed, period in found.iter_rows():
        parts = expected.get(customer, [])
        assert owed == sum(amount for _, amount, wait in parts if wait is None), customer
        days = sum(amount * (age if wait is None else wait) for age, amount, wait in parts)
        total = sum(amount for _, amount, _ in parts)
        assert period == (pytest.approx(days / total) if total else None), customer
