"""An experiment: what treating customers changed, class by class, against a holdout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.errors import RunError
from kefen.evaluate.effect import chi2_tail
from kefen.evaluate.finding import plain
from kefen.evaluate.resample import Estimate

if TYPE_CHECKING:
    from kefen.run import Run

COLUMNS: Final = ("customer_id", "group", "outcome")
TREATED: Final = ("treated", "treatment", "test", "true", "1", "试验", "试验组", "实验组", "处理组")
HOLDOUT: Final = ("holdout", "control", "false", "0", "对照", "对照组", "保留组")
_NORMAL: Final = 1.959963984540054


@dataclass(frozen=True)
class Uplift:
    """What treating the customers of one class changed.

    Attributes:
        class_: the class key; None for the unrated.
        treated, holdout: customers in each group, with `mean_treated` and `mean_holdout` the
            mean outcomes.
        uplift: the difference of the means, with its 95 % interval (Welch's standard error).
    """

    class_: str | None
    treated: int
    holdout: int
    mean_treated: float | None
    mean_holdout: float | None
    uplift: Estimate
    error: float | None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        told = {k: v for k, v in vars(self).items() if k not in ("class_", "uplift")}
        return {"class": self.class_, **plain(told), "uplift": self.uplift.to_dict()}


@dataclass(frozen=True)
class Experiment:
    """Uplift by class, and whether it differs between them.

    Attributes:
        uplifts: by class, best first, then the unrated.
        q: Cochran's Q over the rated classes (Cochran, Biometrics, 1954); `p` its chance, were
            the uplift the same everywhere. None where fewer than two classes can be told.
        unknown: customers of the experiment who are not in the run.
    """

    uplifts: tuple[Uplift, ...]
    q: float | None
    p: float | None
    unknown: int

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "uplifts": [one.to_dict() for one in self.uplifts],
            "q": plain(self.q),
            "p": plain(self.p),
            "unknown": self.unknown,
        }


def experiment(run: Run, table: Any) -> Experiment:
    """What an experiment changed in each class of a run.

    Args:
        run: the classes.
        table: `customer_id`, `group` (treated or holdout) and `outcome` (a number): a frame, a
            mapping of columns, or a CSV or Parquet file.

    Raises:
        RunError: `experiment-columns`, `experiment-groups`, `experiment-outcome`.
    """
    rows = _read(table)
    joined = rows.join(
        run.classes.lazy().select("customer_id", "class", known=pl.lit(value=True)).collect(),
        on="customer_id",
        how="left",
    )
    inside = joined.filter(pl.col("known"))
    sums = {
        (row["class"], row["treated"]): row
        for row in inside.group_by("class", "treated")
        .agg(n=pl.len(), mean=pl.col("outcome").mean(), variance=pl.col("outcome").var())
        .to_dicts()
    }
    uplifts = [_uplift(key, sums) for key in [*run.scheme.keys(), None]]
    found = tuple(one for one in uplifts if one.treated or one.holdout)
    q, p = _homogeneous([one for one in found if one.class_ is not None])
    return Experiment(found, q, p, joined.height - inside.height)


def _read(table: Any) -> pl.DataFrame:
    if isinstance(table, str | Path):
        path = Path(table)
        rows = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path)
    elif isinstance(table, pl.DataFrame):
        rows = table
    elif isinstance(table, Mapping):
        rows = pl.DataFrame(dict(table))
    elif hasattr(table, "to_polars"):
        rows = table.to_polars()
    else:
        rows = pl.DataFrame(table)
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise RunError("experiment-columns", missing=missing, columns=list(COLUMNS))
    group = pl.col("group").cast(pl.String).str.strip_chars().str.to_lowercase()
    read = rows.select(
        pl.col("customer_id").cast(pl.String),
        pl.when(group.is_in(TREATED)).then(True).when(group.is_in(HOLDOUT)).then(False)
        .alias("treated"),
        pl.col("outcome").cast(pl.Float64, strict=False),
        given="group",
    )  # fmt: skip
    odd = read.filter(pl.col("treated").is_null())
    if odd.height:
        raise RunError("experiment-groups", value=str(odd["given"][0]))
    if read["outcome"].null_count() or not read["outcome"].is_finite().all():
        raise RunError("experiment-outcome", count=read["outcome"].null_count())
    return read


def _uplift(key: str | None, sums: Mapping[tuple[str | None, bool], Mapping[str, Any]]) -> Uplift:
    nothing: dict[str, Any] = {"n": 0, "mean": None, "variance": None}
    treated, holdout = (sums.get((key, side), nothing) for side in (True, False))
    error = None
    found = Estimate(None)
    if treated["mean"] is not None and holdout["mean"] is not None:
        difference = treated["mean"] - holdout["mean"]
        found = Estimate(difference)
        if treated["variance"] is not None and holdout["variance"] is not None:
            error = sqrt(treated["variance"] / treated["n"] + holdout["variance"] / holdout["n"])
            reach = _NORMAL * error
            found = Estimate(difference, difference - reach, difference + reach)
    return Uplift(key, treated["n"], holdout["n"], treated["mean"], holdout["mean"], found, error)


def _homogeneous(uplifts: list[Uplift]) -> tuple[float | None, float | None]:
    """Cochran's Q of the uplifts and its p."""
    pairs = [(one.uplift.value, one.error) for one in uplifts]
    known = [(value, 1 / error**2) for value, error in pairs if value is not None and error]
    if len(known) < 2:
        return None, None
    whole = sum(weight for _, weight in known)
    mean = sum(value * weight for value, weight in known) / whole
    q = sum(weight * (value - mean) ** 2 for value, weight in known)
    return q, chi2_tail(q, len(known) - 1)
