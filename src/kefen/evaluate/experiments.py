"""An experiment: what treating customers changed, class by class, against a holdout."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from kefen.errors import RunError
from kefen.evaluate.assignment import COLUMNS, SHOWN, measured, read
from kefen.evaluate.balance import Balance, balance
from kefen.evaluate.bootstrap import Estimate
from kefen.evaluate.effect import chi2_tail
from kefen.evaluate.findings import plain
from kefen.schemes.lapse import LAPSED, STATE
from kefen.shown import Display, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from kefen.ledger import Ledger
    from kefen.run import Run

_NORMAL: Final = 1.959963984540054
_OUTCOME: Final = pl.col("outcome")


@dataclass(frozen=True)
class Uplift:
    """What treating the customers of one class changed.

    Attributes:
        class_: the class key, `~lapsed` for the lapsed; None for the unrated and for all as one.
        treated, holdout: customers in each group, with `mean_treated` and `mean_holdout` the
            mean outcomes.
        uplift: the difference of the means, with its 95 % interval (Welch's standard error).
        balance: the two groups before the experiment.
    """

    class_: str | None
    treated: int
    holdout: int
    mean_treated: float | None
    mean_holdout: float | None
    uplift: Estimate
    error: float | None
    balance: Balance | None = None

    @property
    def rated(self) -> bool:
        """Whether it is of a class; the lapsed and the unrated have none."""
        return self.class_ not in (None, LAPSED)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        told = {k: v for k, v in vars(self).items() if k not in ("class_", "uplift", "balance")}
        found = {"class": self.class_, **plain(told), "uplift": self.uplift.to_dict()}
        return found | {"balance": self.balance.to_dict()} if self.balance else found


@dataclass(frozen=True, repr=False)
class Experiment(Shown):
    """Uplift by class, and whether it differs between them.

    Attributes:
        uplifts: by class, best first, then the lapsed and the unrated.
        whole: of all customers of the experiment who are in the run, whatever their class.
        q: Cochran's Q over the rated classes (Cochran, Biometrics, 1954); `p` its chance, were
            the uplift the same everywhere. None where fewer than two classes can be told.
        unknown: customers of the experiment who are not in the run; `unknown_ids` the first ten
            of them.
        balance: the two groups as wholes before the experiment.
        every: the outcome, where all customers of the experiment have the same, such as 0.
        began: the first and the last day on which treating began, where that is told.
    """

    uplifts: tuple[Uplift, ...]
    q: float | None
    p: float | None
    unknown: int
    unknown_ids: tuple[str, ...] = ()
    balance: Balance | None = None
    every: float | None = None
    began: tuple[date, date] | None = None
    whole: Uplift | None = None

    @property
    def lacks(self) -> str | None:
        """Why the uplifts of the classes cannot be held against each other; None when they can.

        `zero` and `equal` where every outcome is 0 or another same number; `nobody` of the
        experiment is in a class; `one-group` where no class has both a treated and
        a held-out customer; `one-class` where only one has, `too-few` where fewer than two have
        two of each, and `alike` where outcomes do not differ within the groups.
        """
        if self.p is not None:
            return None
        if self.every is not None:
            return "equal" if self.every else "zero"
        rated = [one for one in self.uplifts if one.rated]
        if not rated:
            return "nobody"
        both = [one for one in rated if one.treated and one.holdout]
        if not both:
            return "one-group"
        if len(both) == 1:
            return "one-class"
        sure = [one for one in both if min(one.treated, one.holdout) > 1]
        return "too-few" if len(sure) < 2 else "alike"

    def _display(self) -> Display:
        all_of = [("(all)", self.whole)] if self.whole else []
        named = [((one.class_ or "(unrated)"), one) for one in self.uplifts]
        rows = [
            {
                "class": {LAPSED: "(lapsed)"}.get(name, name),
                "treated": one.treated,
                "holdout": one.holdout,
                "mean_treated": one.mean_treated,
                "mean_holdout": one.mean_holdout,
                "uplift": one.uplift.value,
                "low": one.uplift.low,
                "high": one.uplift.high,
            }
            for name, one in [*named, *all_of]
        ]
        head = "Experiment" if self.p is None else f"Experiment: p = {self.p:.3g}"
        if self.unknown:
            head += f" (customers left out, as the run has none such: {self.unknown})"
        return Display(head, [pl.DataFrame(rows, infer_schema_length=None)])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "uplifts": [one.to_dict() for one in self.uplifts],
            "whole": self.whole.to_dict() if self.whole else None,
            "q": plain(self.q),
            "p": plain(self.p),
            "unknown": self.unknown,
            "unknown_ids": list(self.unknown_ids),
            "lacks": self.lacks,
            "balance": self.balance.to_dict() if self.balance else None,
            "every": plain(self.every),
            "began": [day.isoformat() for day in self.began] if self.began else None,
        }


def experiment(
    run: Run,
    table: Any,
    *,
    horizon: str = "3m",
    since: date | None = None,
    ledger: Ledger | None = None,
) -> Experiment:
    """What an experiment changed in each class of a run.

    Args:
        run: the classes.
        table: `customer_id`, `group` (treated or holdout), and `outcome` (a number) or `date` (the
            day treating began): a frame, a mapping of columns, or a CSV or Parquet file. Without
            outcomes, the sales of the horizon from that day on are.
        horizon: how long after the date sales count, such as `3m`.
        since: the day treating began for those of whom the table says nothing.
        ledger: where sales are looked up; the run's own unless given.

    Raises:
        RunError: `experiment-unreadable`, `experiment-columns`, `experiment-groups`,
            `experiment-outcome`, `experiment-date`, `experiment-dates`; `experiment-twice` and
            `experiment-both` where a customer stands more than once, or in both groups;
            `experiment-open` while the horizon is not over; `experiment-unknown` where the run
            knows nobody.
    """
    rows = read(table, since)
    facts = ledger or run.ledger
    began = None
    if "outcome" not in rows.columns:
        if facts is None:
            raise RunError("experiment-columns", missing=["outcome"], columns=list(COLUMNS))
        days = sorted(rows["date"].unique().to_list())
        began = (days[0], days[-1])
        rows = measured(facts, rows, horizon)
    inside, strangers = _known(run, rows)
    whole, found = _uplifts(run, inside)
    q, p = _homogeneous([one for one in found if one.rated])
    outcomes = inside["outcome"].unique()
    every = float(outcomes[0]) if len(outcomes) == 1 and inside.height > 1 else None
    names = tuple(strangers[:SHOWN])
    return Experiment(found, q, p, len(strangers), names, balance(inside), every, began, whole)


def _known(run: Run, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """The rows of customers whom the run knows, with class and value; the ids of the others."""
    joined = rows.join(
        run.classes.lazy()
        .select(
            "customer_id",
            _class(run),
            known=pl.lit(value=True),
            past=pl.col(run.value_column).cast(pl.Float64).fill_null(0.0),
        )
        .collect(),
        on="customer_id",
        how="left",
    )
    inside = joined.filter(pl.col("known"))
    strangers = joined.filter(pl.col("known").is_null())["customer_id"].sort().to_list()
    if not inside.height:
        raise RunError(
            "experiment-unknown", count=len(strangers), ids=strangers[:SHOWN], run=run.id
        )
    return inside, strangers


def _uplifts(run: Run, inside: pl.DataFrame) -> tuple[Uplift, tuple[Uplift, ...]]:
    """What the experiment changed in all, and in each class that somebody is in."""
    measures = (
        pl.len().alias("n"),
        _OUTCOME.mean().alias("mean"),
        _OUTCOME.var().alias("variance"),
    )
    by_class = inside.group_by("class", "treated").agg(measures).to_dicts()
    sums = {(row["class"], row["treated"]): row for row in by_class}
    groups = inside.group_by("treated").agg(measures).to_dicts()
    whole = _uplift(None, {(None, row["treated"]): row for row in groups})
    uplifts = [
        replace(
            _uplift(key, sums),
            balance=balance(inside.filter(pl.col("class").eq_missing(pl.lit(key, pl.String)))),
        )
        for key in [*run.scheme.keys(), LAPSED, None]
    ]
    return whole, tuple(one for one in uplifts if one.treated or one.holdout)


def _class(run: Run) -> pl.Expr:
    """The class of each customer of a run, `~lapsed` for the lapsed; older runs know of none."""
    if STATE not in run.classes.columns:
        return pl.col("class")
    lapsed = pl.col("class").is_null() & (pl.col(STATE) == "lapsed")
    return pl.when(lapsed).then(pl.lit(LAPSED)).otherwise("class").alias("class")


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
