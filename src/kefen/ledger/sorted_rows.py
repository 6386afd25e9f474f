"""Sorts the rows of an import by customer and day, in memory, and writes them as facts.

The ids of customers are sorted once each; rows are put in order by one whole number, of the place
of their customer and the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.ledger.facts import BATCH_ID
from kefen.ledger.reading.model import LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from kefen.ledger.staged_files import Range

_DAYS: Final = 1 << 32


@dataclass(frozen=True)
class RowFiles:
    """The ranges of an import that hold rows of a batch, with the columns that say something.

    The rows of some lines are `left` out, and in `number` others have one of their `own`.
    """

    ranges: Sequence[Range]
    columns: frozenset[str]
    batch_id: str
    number: str
    left: pl.DataFrame | None = None
    own: pl.DataFrame | None = None

    @property
    def fit(self) -> bool:
        """Whether they can be sorted in memory."""
        return bool(self.ranges) and all(part.fits for part in self.ranges)


def write_sorted(
    rows: RowFiles,
    types: Mapping[str, pl.DataType],
    customer: str,
    day: str | None = None,
    *,
    folder: Path,
    row_group: int,
    also: Callable[[int, pl.DataFrame], None] | None = None,
) -> None:
    """Write a file with these columns for each range of customers, sorted by customer and day.

    Its number and rows are given to what is `also` made of them.
    """
    for number, part in enumerate(part for part in rows.ranges if part.rows):
        sorted_ = _sorted(rows, part, types, customer, day)
        same = {name: pl.lit(None, type_) for name, type_ in types.items()}
        same[BATCH_ID] = pl.lit(rows.batch_id)
        lacking = {name: same[name] for name in types if name not in sorted_.columns}
        whole = sorted_.with_columns(**lacking).select(*types)
        whole.write_parquet(
            folder / f"{number:04}.parquet",
            compression="zstd",
            compression_level=1,
            row_group_size=row_group,
        )
        if also is not None:
            also(number, whole)


def _sorted(
    rows: RowFiles,
    part: Range,
    types: Mapping[str, pl.DataType],
    customer: str,
    day: str | None,
) -> pl.DataFrame:
    """The rows of a range in order, columns one by one, so that few stand twice in memory."""
    names = [name for name in types if name in rows.columns]
    lines = [LINE] if rows.left is not None or rows.own is not None else []
    frame = part.frame([*names, *lines])
    if rows.own is not None:
        frame = frame.with_columns(renumbered(frame[LINE], frame[rows.number], rows.own))
    some = [frame[name] for name in (customer, day) if name in names]
    if rows.left is None:
        order = _order(*some)
    else:
        places = (~frame[LINE].is_in(rows.left[LINE].implode())).arg_true()
        order = places.gather(_order(*(column.gather(places) for column in some)))
    return pl.DataFrame([frame.drop_in_place(name).rechunk().gather(order) for name in names])


def renumbered(lines: pl.Series, numbers: pl.Series, own: pl.DataFrame) -> pl.Series:
    """The numbers of the rows, those of some lines in place of what the file has."""
    places = lines.is_in(own[LINE].implode()).arg_true()
    met = lines.gather(places).to_frame().join(own, on=LINE, how="left", maintain_order="left")
    return numbers.clone().scatter(places, met["_own"])


def _order(customers: pl.Series, days: pl.Series | None = None) -> pl.Series:
    """The places of the rows in the order of their customers and days, those without last."""
    known = customers.drop_nulls().unique(maintain_order=True).sort()  # so in half the time
    places = customers.cast(pl.Enum(known)).to_physical().cast(pl.Int64)
    if days is None:
        return places.arg_sort(nulls_last=True)
    day = days.to_physical().cast(pl.Int64).fill_null(_DAYS // 2 - 1)
    return (places * _DAYS + day).arg_sort(nulls_last=True)
