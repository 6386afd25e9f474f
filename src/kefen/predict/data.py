"""Purchase histories and spending as arrays: read from what people have, checked, counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from kefen.errors import KefenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Index = NDArray[np.intp]


@dataclass(frozen=True)
class Histories:
    """Distinct histories `(x, t_x, T)` and how many customers have each."""

    x: Array
    t_x: Array
    T: Array
    count: Array

    @property
    def n(self) -> int:
        """How many customers."""
        return round(float(self.count.sum()))

    def sample(self, size: int) -> Histories:
        """About `size` customers, every n-th, standing for all."""
        picked, count = every_nth(self.count, size)
        return Histories(self.x[picked], self.t_x[picked], self.T[picked], count)


@dataclass(frozen=True)
class Spending:
    """Distinct pairs of repeat purchases and mean amount, and how many customers have each."""

    x: Array
    mean: Array
    count: Array

    @property
    def n(self) -> int:
        """How many customers."""
        return round(float(self.count.sum()))

    def sample(self, size: int) -> Spending:
        """About `size` customers, every n-th, standing for all."""
        picked, count = every_nth(self.count, size)
        return Spending(self.x[picked], self.mean[picked], count)


def every_nth(count: Array, size: int) -> tuple[Index, Array]:
    """Rows in which every n-th customer falls, and their counts, which sum to all customers."""
    upto = np.cumsum(count)
    step = upto[-1] / size
    hits = np.searchsorted(upto, (np.arange(size) + 0.5) * step)
    picked, times = np.unique(hits, return_counts=True)
    return picked, times * step


def read_histories(data: Any) -> Histories:
    """Histories of a `Summary`, a frame with `x`, `t_x`, `T` and perhaps `count`, or arrays.

    Of customers without a repeat purchase `t_x` says nothing, whatever it is within `T`.

    Raises:
        KefenError: `history-columns`, `history-impossible`, `history-empty`.
    """
    frame = _counted(getattr(data, "purchases", data), ("x", "t_x", "T"))
    x, t_x, age, count = (_array(frame[name]) for name in ("x", "t_x", "T", "count"))
    t_x = _without_repeat(x, t_x, age)
    check_histories(x, t_x, age)
    return Histories(x, t_x, age, count)


def read_spending(data: Any) -> Spending:
    """Spending of a `Summary`, a frame with `x`, `spend` and perhaps `count`, or arrays.

    Customers without a repeat purchase, or whose repeat purchases come to nothing, say nothing
    of the size of a purchase and are left out.

    Raises:
        KefenError: `history-columns`, `history-empty` when nobody is left.
    """
    table = _frame(getattr(data, "spend", data), ("x", "spend"))
    spent = table.filter((pl.col("x") > 0) & (pl.col("spend") > 0) & pl.col("spend").is_finite())
    frame = _counted(spent, ("x", "spend"))
    return Spending(_array(frame["x"]), _array(frame["spend"]), _array(frame["count"]))


def _without_repeat(x: Array, t_x: Array, age: Array) -> Array:
    """`t_x`, 0 where nobody came back: other tools write there when the only purchase was."""
    return np.where((x == 0) & (t_x >= 0) & (t_x <= age), 0.0, t_x)


def check_histories(x: Array, t_x: Array, age: Array) -> None:
    """Refuse histories that cannot be: KefenError `history-impossible`."""
    possible = (x >= 0) & (x % 1 == 0) & (t_x >= 0) & (t_x <= age) & np.isfinite(age)
    possible &= (x > 0) | (t_x == 0)
    if not possible.all():
        bad = int(np.argmin(possible))
        raise KefenError(
            "history-impossible", x=float(x[bad]), t_x=float(t_x[bad]), T=float(age[bad])
        )


def broadcast(x: Any, t_x: Any, T: Any) -> tuple[Array, Array, Array]:  # noqa: N803
    """Histories to predict for, checked and of one shape; T as the papers write it."""
    arrays = np.broadcast_arrays(*(np.asarray(part, np.float64) for part in (x, t_x, T)))
    check_histories(*(part.ravel() for part in arrays))
    return cast("tuple[Array, Array, Array]", tuple(arrays))


def distinct(*columns: Array) -> tuple[tuple[Array, ...], Index]:
    """The distinct rows of these columns, and for each row which of them it is."""
    code = np.zeros(columns[0].size, np.int64)
    for column in columns:
        values, inverse = np.unique(column, return_inverse=True)
        code = code * values.size + inverse
    _, first, which = np.unique(code, return_index=True, return_inverse=True)
    return tuple(column[first] for column in columns), which


def dot(one: Array, other: Array) -> float:
    """Σ one × other, in this thread: BLAS would wake others, which costs more than it saves."""
    return float(np.einsum("i,i->", one, other))


def _counted(data: Any, names: Sequence[str]) -> pl.DataFrame:
    frame = _frame(data, names)
    frame = frame.filter(pl.col("count") > 0).group_by(*names).agg(pl.col("count").sum())
    frame = frame.sort(*names)  # sums in one order, so that the same data give the same model
    if frame.is_empty():
        raise KefenError("history-empty")
    return frame


def _frame(data: Any, names: Sequence[str]) -> pl.DataFrame:
    """The named columns as floats, with `count`, 1 where it is not given."""
    if isinstance(data, tuple | list):
        wanted = [*names, "count"][: len(data)]
        data = {n: np.asarray(part, np.float64) for n, part in zip(wanted, data, strict=False)}
    elif hasattr(data, "to_polars"):
        data = data.to_polars()
    frame = pl.DataFrame(data)
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise KefenError("history-columns", missing=missing)
    if "count" not in frame.columns:
        frame = frame.with_columns(count=pl.lit(1.0))
    return frame.select(pl.col(*names, "count").cast(pl.Float64))


def _array(series: pl.Series) -> Array:
    return np.asarray(series.to_numpy(), np.float64)
