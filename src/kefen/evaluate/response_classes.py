"""Uplift classes: whom experiments show to be persuadable, sure, lost, or better left alone.

Published, they are a scheme of `rules`: conditions on indicators that anybody can check, each of
which was measured on customers who had no part in finding it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

from kefen import formats
from kefen.errors import KefenError, RunError
from kefen.evaluate.assignment import measured as with_outcomes
from kefen.evaluate.assignment import read
from kefen.indicators import Request, catalogue, compute
from kefen.ledger.facts import KINDS
from kefen.period import Window
from kefen.run.source import ledger_of
from kefen.schemes import load
from kefen.shown import Display, Shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from numpy.typing import NDArray

    from kefen.ledger import Ledger
    from kefen.predict.uplift import Qini
    from kefen.predict.uplift.segments import Measured, Segmented
    from kefen.schemes import Scheme

    Floats = NDArray[np.float64]

FEATURES: Final = (
    *("recency@all", "purchase_interval@all", "frequency@12m", "frequency@3m", "sales@12m"),
    *("sales@3m", "growth@6m", "tenure@all", "categories@12m", "return_rate@12m"),
)
"""What is looked at of each customer, as of the day treating began."""
OF_FACTS: Final = {"interactions": "days_since_contact@12m", "feedback": "complaints@12m"}
"""What else where there are such facts."""
WINSOR: Final = 0.99
"""Outcomes above this quantile of all count as that quantile."""
FEWEST: Final = 200
"""Treated, and left alone, below which nothing is learned."""
NAME: Final = "uplift"
Verdict = Literal["proven", "none", "alike"]


@dataclass(frozen=True)
class UpliftClass:
    """Customers of whom the experiments say the same.

    Attributes:
        key: `persuadable`, `sure`, `lost` or `alone`; `everyone` where they cannot be told apart.
        customers: how many of the experiments they are; `share` of all.
        treated, holdout: of them in each group of the half that it was measured on.
        lift: what treating brings a customer, with its interval from `low` to `high`, which holds
            for all classes together; None where a group is too small.
        baseline: what a customer brings who is left alone.
    """

    key: str
    customers: int
    share: float
    treated: int
    holdout: int
    lift: float | None
    low: float | None
    high: float | None
    baseline: float | None


@dataclass(frozen=True)
class UpliftRule:
    """Customers who meet all conditions and those of no rule before: `indicator`, at most `most`.

    What an indicator does not know of a customer is never at most anything.
    """

    class_: str
    conditions: tuple[tuple[str, float], ...]
    lift: UpliftClass


@dataclass(frozen=True, repr=False)
class UpliftClasses(Shown):
    """What experiments say of whom treating changes.

    Attributes:
        verdict: `proven`; `none` where the ranking may as well be chance, and `alike` where no
            conditions were found that part customers: then there is one class of everyone.
        classes: persuadable, sure, lost, alone; those that there are.
        rules: in the order in which they are asked.
        qini: of the X-learner, whose ranking is used; `t` of the T-learner.
        experiments: the day each began, and how many were treated and left alone.
        horizon: how long outcomes were counted for.
        features: what was looked at.
    """

    verdict: Verdict
    classes: tuple[UpliftClass, ...]
    rules: tuple[UpliftRule, ...]
    qini: Qini
    t: Qini
    experiments: tuple[tuple[date | None, int, int], ...]
    horizon: str
    features: tuple[str, ...]

    def title(self, lang: str = "en") -> str:
        """The verdict in a sentence."""
        return sentence(f"uplift-{self.verdict}", self._facts(lang), lang)

    def _facts(self, lang: str) -> dict[str, Any]:
        low, high = self.qini.low, self.qini.high
        return {
            "qini": formats.number(self.qini.value, 2, lang),
            "low": formats.number(low, 2, lang),
            "high": formats.number(high, 2, lang),
            "customers": sum(one + two for _day, one, two in self.experiments),
            "count": len(self.experiments),
        }

    def document(self, name: str = NAME) -> dict[str, Any]:
        """The classes as the document of a scheme.

        Raises:
            RunError: `uplift-not-proven` where there is one class of everyone.
        """
        if self.verdict != "proven":
            raise RunError("uplift-not-proven", qini=self.qini.value, low=self.qini.low,
                           high=self.qini.high)  # fmt: skip
        *firsts, last = self.rules
        return {
            "name": name,
            "method": "rules",
            "title": {lang: sentence("uplift-scheme", {}, lang) for lang in ("zh", "en")},
            "description": {
                lang: sentence("uplift-scheme-text", self._facts(lang), lang)
                for lang in ("zh", "en")
            },
            "window": "12m",
            "ranked": False,
            "rules": [
                {"class": one.class_, "when": _when(one.conditions)} for one in firsts
            ],
            "else": last.class_,
            "classes": [
                {
                    "key": one.key,
                    "title": {
                        lang: sentence(f"uplift-class-{one.key}", {}, lang) for lang in ("zh", "en")
                    },
                    "description": {lang: _told(one, self.horizon, lang) for lang in ("zh", "en")},
                }
                for one in self.classes
            ],
        }  # fmt: skip

    def scheme(self, name: str = NAME) -> Scheme:
        """The classes as a scheme, to be graded by like any other.

        Raises:
            RunError: as `document`.
        """
        return load(self.document(name))

    def text(self, lang: str = "en") -> str:
        """The verdict, then each class with what treating brings."""
        lines = [
            f"  {sentence(f'uplift-class-{one.key}', {}, lang)}: {_told(one, self.horizon, lang)}"
            for one in self.classes
        ]
        return "\n".join([self.title(lang), *lines])

    def _display(self) -> Display:
        return Display(
            "Uplift classes", [pl.DataFrame([asdict(one) for one in self.classes])], [self.title()]
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        labels = {one: dict(catalogue()[one.partition("@")[0]].label) for one in self.features}
        return {
            "verdict": self.verdict,
            "title": {lang: self.title(lang) for lang in ("zh", "en")},
            "classes": [
                asdict(one)
                | {
                    "title": {
                        lang: sentence(f"uplift-class-{one.key}", {}, lang) for lang in ("zh", "en")
                    },
                    "text": {lang: _told(one, self.horizon, lang) for lang in ("zh", "en")},
                }
                for one in self.classes
            ],
            "rules": [
                {
                    "class": one.class_,
                    "conditions": [
                        {"indicator": name, "at_most": most, "label": labels[name]}
                        for name, most in one.conditions
                    ],
                    **{k: v for k, v in asdict(one.lift).items() if k != "key"},
                }
                for one in self.rules
            ],
            "qini": asdict(self.qini),
            "t": {k: v for k, v in asdict(self.t).items() if k not in ("shares", "gains")},
            "experiments": [
                {"date": day.isoformat() if day else None, "treated": one, "holdout": two}
                for day, one, two in self.experiments
            ],
            "horizon": self.horizon,
            "features": list(self.features),
        }


def _when(conditions: Iterable[tuple[str, float]]) -> dict[str, Any]:
    parts = [{"indicator": name, "at_most": most} for name, most in conditions]
    return parts[0] if len(parts) == 1 else {"all": parts}


def _told(one: UpliftClass, horizon: str, lang: str) -> str:
    """What is known of a class, and what to do, in words."""
    facts = {
        "share": formats.percent(one.share, 0, lang),
        "horizon": formats.window(horizon, lang),
        "lift": formats.number(one.lift, 2, lang) if one.lift is not None else "–",
        "low": formats.number(one.low, 2, lang) if one.low is not None else "–",
        "high": formats.number(one.high, 2, lang) if one.high is not None else "–",
        "baseline": formats.number(one.baseline, 2, lang) if one.baseline is not None else "–",
    }
    key = "few" if one.lift is None and one.key in ("sure", "lost") else one.key
    return sentence(f"uplift-class-{key}-text", facts, lang)


def uplift_classes(
    source: Any,
    experiments: Any,
    *,
    horizon: str = "3m",
    since: date | None = None,
    features: Sequence[str] | None = None,
    rounds: int = 60,
    resamples: int = 400,
    seed: int = 0,
) -> UpliftClasses:
    """Learn from past experiments whom treating changes, and part customers by it.

    Models that never saw a customer tell what treating would change (`predict.uplift`); their
    ranking is held against chance by its Qini interval. Where it is better, a few conditions are
    found on one half of the customers and measured on the other.

    Args:
        source: a ledger, or facts as `kefen.grade` takes them.
        experiments: a table or several as `kefen.evaluate.experiment` takes them: `customer_id`,
            `group`, and `date`, the day treating began, or `outcome`.
        horizon: how long after that day sales are the outcome.
        since: the day treating began where a table does not say it; indicators are as of it.
        features: indicators with their windows, such as `sales@12m`; by default `FEATURES`.
        rounds, resamples, seed: of the models, and of the interval.

    Raises:
        RunError: those of `kefen.evaluate.experiment`; `uplift-no-day` where a table has outcomes
            and nobody says when treating began; `uplift-too-few` with fewer than 200 treated, or
            left alone.
        KefenError: `extra-missing` without `pip install 'kefen[ml]'`.
    """  # fmt: skip
    ledger = ledger_of(source)
    tables = list(experiments) if isinstance(experiments, list | tuple) else [experiments]
    asked = _asked(ledger, features)
    parts: list[pl.DataFrame] = []
    began: list[tuple[date | None, int, int]] = []
    for table in tables:
        rows = _rows(ledger, read(table, since), horizon, since)
        count, treated = rows.height, int(rows["treated"].sum())
        began.append((rows["date"].min(), treated, count - treated))  # type: ignore[arg-type]
        rows = _with_features(ledger, rows, asked)
        parts.append(rows.with_columns(chance=pl.lit(treated / max(count, 1))))
    frame = pl.concat(parts).sort("customer_id", "date")
    treated, held = sum(one for _day, one, _ in began), sum(one for *_, one in began)
    if min(treated, held) < FEWEST:
        raise RunError("uplift-too-few", treated=treated, holdout=held, least=FEWEST)
    known = [
        name for name in asked if frame[name].drop_nans().drop_nulls().n_unique() > 1
    ]  # fmt: skip
    return classes_of(
        np.asarray(frame.select(known or list(asked)[:1]).to_numpy(), np.float64),
        frame["treated"].to_numpy(),
        frame["outcome"].to_numpy(),
        chance=frame["chance"].to_numpy(),
        person=frame["customer_id"].rank("dense").to_numpy().astype(np.intp) - 1,
        features=tuple(known or list(asked)[:1]),
        experiments=tuple(began),
        horizon=horizon,
        rounds=rounds,
        resamples=resamples,
        seed=seed,
    )


def classes_of(
    values: Floats,
    treated: Any,
    outcome: Any,
    *,
    features: tuple[str, ...],
    chance: Floats | None = None,
    person: Any = None,
    experiments: tuple[tuple[date | None, int, int], ...] | None = None,
    horizon: str = "3m",
    rounds: int = 60,
    resamples: int = 400,
    seed: int = 0,
) -> UpliftClasses:
    """As `uplift_classes`, of arrays: a row a customer, a column a feature, nan where unknown.

    `chance` is the share of the own experiment that was to be treated; by default that of all.
    """
    try:
        from kefen.predict.uplift import Trial, cross_fitted, qini_of, segments  # the ml extra
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in ("scipy", "sklearn", "threadpoolctl"):
            raise
        raise KefenError("extra-missing", package=package, extra="ml") from None
    arm, raw = np.asarray(treated, dtype=bool), np.asarray(outcome, dtype=float)
    one = int(arm.sum())
    share = np.full(len(arm), one / len(arm)) if chance is None else chance
    who = np.arange(len(arm)) if person is None else np.asarray(person)
    trial = Trial(values, arm, np.minimum(raw, np.quantile(raw, WINSOR)), share, who)
    fitted = cross_fitted(trial, rounds=rounds, seed=seed)
    by_x, by_t = (
        qini_of(trial, fitted, score, resamples=resamples, seed=seed)
        for score in (fitted.x, fitted.t)
    )
    found = segments(trial, fitted) if by_x.proven else None
    parted = found is not None and _parted(found)
    size = len(arm)
    return UpliftClasses(
        "proven" if parted else "alike" if by_x.proven else "none",
        tuple(_class(key, part, size) for key, part in found.by_segment.items())
        if found and parted
        else (_everyone(trial.weight, arm, trial.outcome),),
        tuple(
            UpliftRule(
                leaf.segment,
                tuple((features[at], most) for at, most in leaf.conditions),
                _class(leaf.segment, leaf.measured, size),
            )
            for leaf in found.leaves
        )
        if found and parted
        else (),
        by_x,
        by_t,
        experiments or ((None, one, size - one),),
        horizon,
        features,
    )


def _parted(found: Segmented) -> bool:
    """Whether some customers are surely changed by treating, and others are not in the same way."""
    return len(found.by_segment) > 1 and not found.by_segment.keys().isdisjoint(
        ("persuadable", "alone")
    )


def _class(key: str, one: Measured, size: int) -> UpliftClass:
    return UpliftClass(
        key,
        one.customers,
        one.customers / size,
        one.treated,
        one.holdout,
        one.lift,
        one.low,
        one.high,
        one.baseline,
    )


def _everyone(weight: Floats, arm: Any, outcome: Floats) -> UpliftClass:
    """All as one class: the difference of the means, with Welch's interval."""
    means, errors = [], []
    for side in (arm, ~arm):
        own, heavy = outcome[side], weight[side]
        mean = float(np.average(own, weights=heavy))
        means.append(mean)
        errors.append(float(np.sum((heavy * (own - mean)) ** 2)) / float(heavy.sum()) ** 2)
    lift, reach = means[0] - means[1], 1.959963984540054 * float(np.sqrt(sum(errors)))
    one = int(arm.sum())
    return UpliftClass(
        "everyone", len(arm), 1.0, one, len(arm) - one, lift, lift - reach, lift + reach, means[1]
    )


def _asked(ledger: Ledger, features: Sequence[str] | None) -> dict[str, Request]:
    """The indicators by how schemes name them."""
    names = features or [
        *FEATURES,
        *(name for kind, name in OF_FACTS.items() if kind in KINDS and ledger.count(kind)),
    ]
    found = {}
    for number, name in enumerate(names):
        indicator, _at, window = name.partition("@")
        found[name] = Request(indicator, Window.parse(window or "12m"), f"feature{number}")
    return found


def _rows(ledger: Ledger, rows: pl.DataFrame, horizon: str, since: date | None) -> pl.DataFrame:
    """The customers of an experiment with the day they were treated from, and their outcome."""
    if "outcome" not in rows.columns:
        rows = with_outcomes(ledger, rows, horizon)
    elif since is None:
        raise RunError("uplift-no-day")
    else:
        rows = rows.with_columns(date=pl.lit(since))
    return rows.select("customer_id", "treated", "date", pl.col("outcome").cast(pl.Float64))


def _with_features(
    ledger: Ledger, rows: pl.DataFrame, asked: dict[str, Request]
) -> pl.DataFrame:  # fmt: skip
    """The rows with what was known of each customer before treating began."""
    parts = []
    for (day,), some in rows.group_by("date"):
        table = compute(ledger, list(asked.values()), day)
        known = pl.DataFrame(ledger.engine.fetch(table)).select(
            "customer_id",
            **{name: pl.col(one.column).cast(pl.Float64) for name, one in asked.items()},
        )
        parts.append(some.join(known, on="customer_id", how="left"))
    return pl.concat(parts).with_columns(pl.col(list(asked)).fill_null(np.nan))
