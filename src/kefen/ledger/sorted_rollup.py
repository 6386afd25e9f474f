"""Folds order lines in memory, as `OrderRollupStore` keeps them, while they stand there sorted.

Lines of one order then stand together, so that neighbours tell where each begins. Only orders of
the same customer and day may be mixed: of these, what stands apart is added up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from kefen.ledger.facts import COUNTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_DAY: Final = ("customer_id", "ordered_on")
_ORDER: Final = ("order_id", "channel")
_KEYS: Final = (*_DAY, *_ORDER)
_MONEY: Final = pl.Decimal(18, 2)
_UNITS: Final = pl.Decimal(24, 6)
_DAYS: Final = 1 << 32
_MILLION: Final = 1_000_000
_EXACT: Final = 1e-3
"""Of a millionth: quantities with further places are rounded by an engine, in its own way."""
_MOST_UNITS: Final = 1e9
_MOST_MONEY: Final = 10**15
"""Larger numbers are left to an engine, which refuses what overflows."""


def folded(
    rows: pl.DataFrame, bits: Mapping[str, int], codes: Callable[[pl.Series], pl.Series]
) -> pl.DataFrame | None:
    """What a customer bought by order, day and channel, in order of the code and the day.

    The rows have all columns of order lines and are sorted by customer and day. `bits` are those of
    categories, `codes` gives those of customers. None where the numbers are to be left to an
    engine.
    """
    if rows[COUNTED].null_count() < len(rows):
        rows = rows.filter(pl.col(COUNTED).fill_null(value=True))
    quantity = _units(rows["quantity"])
    if not len(rows) or rows["amount"].null_count() or quantity is None:
        return None
    found = _runs(rows, quantity, _bits_of(rows["category"], bits), codes)
    if found["mixed"].any():
        mixed = found.filter("mixed")
        sums = ("amount", "cost", "lines", "costs", "quantity", "known")
        whole = mixed.group_by(*_KEYS).agg(
            *(pl.col(name).sum() for name in sums),
            pl.col("code").first(),
            pl.col("bought").any(),
            pl.col("category_bits").bitwise_or(),
            mixed=pl.lit(value=True),
        )
        parts = [found.filter(~pl.col("mixed")), whole.select(found.columns)]
        found = pl.concat(parts, how="vertical_relaxed", rechunk=True)
    if not all((found[name].abs() < _MOST_MONEY).all() for name in ("amount", "cost")):
        return None
    order = (found["code"].cast(pl.Int64) * _DAYS + found["ordered_on"].to_physical()).arg_sort()
    return found[order].select(
        "code",
        *_KEYS,
        pl.col("amount").cast(_MONEY),
        pl.when(pl.col("costs") > 0).then(pl.col("cost").cast(_MONEY)),
        pl.col("lines").cast(pl.Int64),
        pl.col("costs").cast(pl.Int64),
        pl.when(pl.col("known") > 0).then(pl.col("quantity").cast(_UNITS)),
        "bought",
        pl.when(pl.col("category_bits") != 0).then(pl.col("category_bits")),
    )


def _runs(
    rows: pl.DataFrame,
    quantity: pl.Series,
    bits: pl.Series,
    codes: Callable[[pl.Series], pl.Series],
) -> pl.DataFrame:
    """The sums of neighbours of one key, and whether others of that key may stand elsewhere."""
    import numpy as np  # a tenth of a second that small imports do without

    amount, cost = rows["amount"], rows["cost"]
    of_customer = _differ(rows, _DAY[:1])
    of_day = of_customer | _differ(rows, _DAY[1:])
    starts = (of_day | _differ(rows, _ORDER)).arg_true()
    ends = starts.shift(-1, fill_value=len(rows))
    lines = ends - starts

    def total(values: pl.Series) -> pl.Series:
        sums = values.cum_sum()
        sums = pl.concat([sums.clear(1).fill_null(0), sums])
        return sums.gather(ends) - sums.gather(starts)

    def known(values: pl.Series) -> pl.Series:
        return total(values.is_not_null().cast(pl.UInt32)) if values.null_count() else lines

    positive = amount > 0
    sold = np.where(positive.to_numpy(), bits.to_numpy(), 0)
    again = ~of_day.gather(starts)
    code = codes(rows["customer_id"].filter(of_customer))
    return pl.DataFrame(
        {
            "code": code.gather(of_customer.gather(starts).cum_sum() - 1),
            **{name: rows[name].gather(starts) for name in _KEYS},
            "amount": total(amount),
            "cost": total(cost.fill_null(0)),
            "lines": lines,
            "costs": known(cost),
            "quantity": total(quantity.fill_null(0)),
            "known": known(quantity),
            "bought": total(positive.cast(pl.UInt32)) > 0,
            "category_bits": np.bitwise_or.reduceat(sold, starts.to_numpy()),
            "mixed": again | again.shift(-1, fill_value=False),
        }
    )


def _differ(rows: pl.DataFrame, names: Sequence[str]) -> pl.Series:
    """The rows that have another value in one of these columns than the row before."""
    found = pl.Series([False]).new_from_index(0, len(rows))
    for name in names:
        found |= rows[name].ne_missing(rows[name].shift(1))
    return found.scatter(0, True)


def _units(quantities: pl.Series) -> pl.Series | None:
    """Quantities to the millionth; None where there are further places, or too many before."""
    exact = quantities.drop_nulls() * _MILLION
    few = (exact.abs() < _MOST_UNITS * _MILLION).all()
    if not few or not ((exact - exact.round()).abs() < _EXACT).all():
        return None
    return quantities.cast(_UNITS)


def _bits_of(categories: pl.Series, bits: Mapping[str, int]) -> pl.Series:
    """The bit of each category, 0 of one that has none."""
    if categories.null_count() == len(categories) or not bits:
        return pl.Series([0], dtype=pl.Int64).new_from_index(0, len(categories))
    each = pl.Series([*bits.values()], dtype=pl.Int64)
    return each.gather(categories.cast(pl.Enum([*bits]), strict=False).to_physical()).fill_null(0)
