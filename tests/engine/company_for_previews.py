"""Four hundred customers over two years, drawn with a fixed seed: many sizes, some lost."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

import kefen

AS_OF = "2026-01-01"
EARLIER = "2025-01-01"
CUSTOMERS = 400
REGIONS = ["East", "West", "North"]


def company() -> kefen.Ledger:
    rng = np.random.default_rng(7)
    ids = [f"C{n:03}" for n in range(CUSTOMERS)]
    rows = []
    for n, customer in enumerate(ids):
        for _ in range(int(rng.integers(0, 9))):
            day = date(2024, 1, 1) + timedelta(days=int(rng.integers(0, 731 if n % 5 else 300)))
            amount = round(float(rng.lognormal(6, 1.4)), 2)
            rows.append((customer, day.isoformat(), f"{amount}", f"{amount * 0.7:.2f}"))
    names = ("customer_id", "ordered_on", "amount", "cost")
    orders = dict(zip(names, zip(*rows, strict=True), strict=True))
    return kefen.from_frames(
        customers=pl.DataFrame(
            {"customer_id": ids, "region": [REGIONS[n % 3] for n in range(CUSTOMERS)]}
        ),
        orders=pl.DataFrame(orders),
    )
