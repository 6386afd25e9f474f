"""Invented experiments: customers in four known segments, or none, as arrays and as a ledger."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

LIFT: Final = {"persuadable": 0.10, "sure": 0.0, "lost": 0.0, "alone": -0.08}
BASE: Final = {"persuadable": 0.10, "sure": 0.30, "lost": 0.03, "alone": 0.15}


def hillstrom(size: int, seed: int, *, effect: bool = True) -> dict[str, Any]:
    """Customers like those of Hillstrom's mail experiment: recency in months, spending, new or not.

    Kevin Hillstrom, "The MineThatData E-Mail Analytics And Data Mining Challenge", 2008. Who spent
    more than 90 and bought within 6 months is persuadable, and so on for all four.
    """
    chance = np.random.default_rng(seed)
    recency = chance.integers(1, 13, size).astype(float)
    history = np.round(np.exp(chance.normal(4.5, 1, size)), 2)
    noise = chance.normal(size=(size, 3))
    recent, great = recency <= 6, history > 90
    segment = np.select(
        [great & recent, great, ~recent], ["persuadable", "sure", "lost"], default="alone"
    )
    treated = chance.random(size) < 0.5
    base = np.array([BASE[one] for one in segment])
    lift = np.array([LIFT[one] for one in segment]) * effect
    return {
        "values": np.column_stack([recency, history, noise]),
        "treated": treated,
        "outcome": (chance.random(size) < base + treated * lift).astype(float),
        "features": ("recency@12m", "sales@all", "orders@12m", "tenure@all", "growth@6m"),
        "segment": segment,
    }


def company(size: int, seed: int = 0, began: date = date(2025, 7, 1)) -> dict[str, pl.DataFrame]:
    """Orders of a year before an experiment and 60 days of it; `trial` says who was treated.

    Half bought within the last 60 days before. Treating makes these buy for 100 more with a chance
    of 0.4, and those who bought long ago for 40 less.
    """
    chance = np.random.default_rng(seed)
    names = [f"C{number:05}" for number in range(size)]
    ago = np.where(np.arange(size) % 2 == 0, chance.integers(5, 60, size),
                   chance.integers(120, 350, size))  # fmt: skip
    treated = chance.random(size) < 0.5
    recent = ago < 60
    spent = 50 + 10 * chance.random(size)
    buys = chance.random(size) < np.where(recent, 0.2 + 0.4 * treated, 0.5 - 0.4 * treated)
    orders = [
        (name, began - timedelta(days=int(days)), round(float(money), 2))
        for name, days, money in zip(names, ago, spent, strict=True)
    ]
    orders += [
        (name, began + timedelta(days=int(chance.integers(0, 59))), 100.0)
        for name, bought in zip(names, buys, strict=True)
        if bought
    ]
    orders.append((names[0], began + timedelta(days=60), 1.0))
    return {
        "orders": pl.DataFrame(
            orders, schema={"customer": pl.String, "order date": pl.Date, "amount": pl.Float64},
            orient="row",
        ),
        "trial": pl.DataFrame(
            {
                "customer_id": names,
                "group": ["treated" if one else "holdout" for one in treated],
                "date": [began] * size,
            }
        ),
    }  # fmt: skip
