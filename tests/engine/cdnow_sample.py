"""The CDNOW sample of Fader, Hardie & Lee: every tenth customer, as `lifetimes` ships it."""

from importlib.util import find_spec
from pathlib import Path

import polars as pl

AS_OF = "1997-10-01"
"""The day after the 39 weeks of calibration."""


def _file(name):
    # Only looked up: importing the package would load pandas and autograd.
    [folder] = find_spec("lifetimes").submodule_search_locations
    return Path(folder) / "datasets" / name


def published():
    """The authors' own summary: x, t_x, T in weeks, and the mean repeat amount."""
    table = pl.read_csv(_file("cdnow_customers_summary_with_transactions.csv"))
    return table.rename({"zbar": "spend"})


def orders():
    """The 6,919 transactions of the 2,357 customers, as orders."""
    rows = [line.split() for line in _file("CDNOW_sample.txt").read_text().splitlines()]
    return pl.DataFrame(
        {
            "order_id": [str(number) for number in range(len(rows))],
            "customer_id": [row[0] for row in rows],
            "ordered_on": [row[2] for row in rows],
            "amount": [row[4] for row in rows],
        }
    ).with_columns(pl.col("ordered_on").str.to_date("%Y%m%d"))
