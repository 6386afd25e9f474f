"""Referral indicators worked out by hand, as of 2026-01-01 over 12 months.

ann referred bob (by code, bought 300 and gave 50 back) and cem (by her name, bought 70 in 2024
only); cem referred dan, who bought 20; two are called Eva, so that nobody is meant by that name;
bob says himself.
"""

from __future__ import annotations

import json
from datetime import date

import polars as pl
from ledgers import by_customer

import kefen

NAMES = {"ann": "Ann", "bob": "Bob", "cem": "Cem", "dan": "Dan", "eva": "Eva", "eve": "Eva"}
TOLD = {
    "bob": {"referred_by": "ann", "推荐人": "dan"},
    "cem": {"推荐人": "Ann"},
    "dan": {"referred_by": "cem"},
    "eva": {"referred_by": "eva"},
    "ann": {"referrer": "Eva"},
    "eve": {"referred_by": "", "推荐人": "ann"},
}
SOLD = [("bob", "2025-03-01", 300), ("cem", "2024-03-01", 70), ("dan", "2025-12-31", 20)]


def test_referrals_and_what_they_brought() -> None:
    customers = pl.DataFrame(
        [(who, NAMES[who], json.dumps(TOLD.get(who))) for who in NAMES],
        ["customer_id", "name", "attributes"],
        orient="row",
    )
    orders = pl.DataFrame(
        [(str(at), *row) for at, row in enumerate(SOLD)],
        ["order_id", "customer_id", "ordered_on", "amount"],
        orient="row",
    )
    back = pl.DataFrame(
        {"return_id": ["r"], "customer_id": ["bob"], "returned_on": ["2025-06-01"], "amount": [50]}
    )
    ledger = kefen.from_frames(customers=customers, orders=orders, returns=back)
    found = by_customer(ledger, ["referrals", "referred_sales"], date(2026, 1, 1))
    told = {
        row["customer_id"]: (row["referrals"], row["referred_sales"]) for row in found.to_dicts()
    }
    assert told == {
        "ann": (2, 250), "bob": (0, 0), "cem": (1, 20), "dan": (0, 0), "eva": (0, 0), "eve": (0, 0),
    }  # fmt: skip
