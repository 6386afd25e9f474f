"""Audit before publishing: groups, flapping and cost, each reckoned by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl

import kefen
from kefen import schemes

QUARTERS = ("2025-02-10", "2025-05-10", "2025-08-10", "2025-11-10")


def company() -> kefen.Ledger:
    """Ten customers of the north sell 30,000 a quarter, ten of the south 150,000; W goes to and
    fro between 30,000 and 5,000."""
    people = [(f"N{at}", "North", 30_000) for at in range(10)]
    people += [(f"S{at}", "South", 150_000) for at in range(10)]
    orders = [(code, day, amount) for code, _, amount in people for day in QUARTERS]
    orders += [("W", day, 30_000 if at % 2 else 5_000) for at, day in enumerate(QUARTERS)]
    codes, days, amounts = zip(*orders, strict=True)
    return kefen.from_frames(
        orders=pl.DataFrame({"customer": codes, "order date": days, "amount": amounts}),
        customers=pl.DataFrame(
            {
                "code": [one[0] for one in people] + ["W"],
                "region": [one[1] for one in people] + [None],
                "owner": ["Ann"] * 21,
            }
        ),
    )


def test_who_moves_how_it_flaps_and_what_it_costs() -> None:
    ledger = company()
    bands = schemes.load("single-sales").dump() | {"window": "3m"}
    now = kefen.grade(ledger, bands, as_of="2026-01-01")
    document = bands | {"name": "stricter"}
    document["classes"] = [dict(one) for one in bands["classes"]]
    document["classes"][1]["at_least"] = 40_000  # was 20,000: the north and W fall
    hours = {"large": 2, "medium": 1, "small": "0.5"}
    found = kefen.audit(ledger, document, now, hours=hours, hourly="50")
    assert (found.customers, found.moved) == (21, 11)
    told = {(one.by, one.name): (one.customers, one.down, one.uneven) for one in found.moves}
    # 10 of 10 have an interval from 0.722 on, 1 of 11 one up to 0.377.
    assert told["region", "North"] == (10, 10, "more")
    assert told["region", "South"] == (10, 0, "fewer")
    assert told["region", ""] == (1, 1, None)  # too few to say
    assert told["owner", "Ann"] == (21, 11, None)  # there are no others
    assert told["age", "under-1"] == (21, 11, None)
    [large, medium, small] = found.costs
    assert (large.customers, large.cost) == (10, Decimal(10 * 2 * 12 * 50))
    assert (medium.customers, medium.cost) == (0, Decimal(0))
    assert (small.customers, small.cost) == (11, Decimal(11 * 6 * 50))
    assert large.sales == Decimal(10 * 4 * 150_000)
    # Dates: 2025-04-01, 07-01, 10-01 and 2026-01-01 (of 2025-01-01 there is nothing yet).
    flap = kefen.audit(ledger, bands, now).flap
    assert flap is not None
    assert flap.dates == tuple(date(2025 + (at == 13), at % 12 or 12, 1) for at in (4, 7, 10, 13))
    # W: small, medium, small, medium: three of 63 steps; it came back, one of 21.
    assert (flap.changed, flap.reversed) == (3 / 63, 1 / 21)
    assert set(flap.worst) == {("small", "medium", 1), ("medium", "small", 1)}
    assert kefen.audit(ledger, bands | {"name": "new"}).moves == ()
    assert "North: 100.0% would fall" in found.text("en")
    assert "地区“North”" in found.to_dict()["text"]["zh"]
