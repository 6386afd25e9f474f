"""lifetimes' summary function: frequency, recency, T and mean value only; no classes at all."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from benchmarks.task import AS_OF, Stages, arguments

warnings.simplefilter("ignore")  # written for a pandas of years ago, and says so at length

from lifetimes.utils import summary_data_from_transaction_data  # noqa: E402

if TYPE_CHECKING:
    from pathlib import Path


def main() -> None:
    data, out = arguments()
    grade(data, out)


def grade(data: Path, out: Path) -> None:
    stages = Stages(out)
    with stages.stage("read"):
        table = pq.read_table(data / "order_lines", columns=["customer_id", "ordered_on", "amount"])
        lines = table.set_column(2, "amount", table["amount"].cast("float64")).to_pandas()
        del table
    with stages.stage("indicators"):
        found = summary_data_from_transaction_data(
            lines,
            "customer_id",
            "ordered_on",
            monetary_value_col="amount",
            observation_period_end=AS_OF,
        )
    with stages.stage("write"):
        found.reset_index().to_parquet(out / "indicators.parquet")
    stages.tell()


if __name__ == "__main__":
    main()
