"""The record of schemes on the past: what each class went on to do, and how well it ranked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kefen.evaluate.findings import LANGUAGES, Limits, both, listed, plain, shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from datetime import date

    from kefen.evaluate.bootstrap import Estimate
    from kefen.evaluate.calibration import Calibration
    from kefen.evaluate.effect import Effect
    from kefen.evaluate.findings import Verdict
    from kefen.schemes import Scheme

SHARES = (0.01, 0.05, 0.1, 0.2, 0.5)
"""Parts of the customers at which captures are told."""


@dataclass(frozen=True)
class ClassOutcome:
    """What the customers of one class did in the time after, all dates together.

    Attributes:
        class_: the class key; `~lapsed` for the lapsed, None for the unrated.
        customers: how many, a customer once for each date.
        share_of_customers: their part of all known customers.
        past: their sales in the window before.
        sales: their sales in the time after, and `profit` (None where the cost of any buyer is
            not known).
        share_of_value: their part of the value all of them brought.
        lift: `share_of_value` by `share_of_customers`: 1 is no better than chance.
        mean: value a customer.
        mean_profit: profit a customer; buyers whose cost is known stand for the others of their
            class, and it is None where that is nobody.
        retention: part of them who bought at all.
        overdue: money past its due date at the end; None without invoices.
        overdue_rate: part of them with any.
        cost_known: of the buyers, the part whose cost is known; None without buyers.
    """

    class_: str | None
    title: dict[str, str]
    index: int
    customers: int
    share_of_customers: float
    past: float
    sales: float
    profit: float | None
    share_of_value: float | None
    lift: float | None
    mean: Estimate
    mean_profit: Estimate
    retention: Estimate
    overdue: float | None
    overdue_rate: Estimate
    cost_known: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        told = {k: v for k, v in vars(self).items() if k != "class_"}
        return {"class": self.class_} | {
            k: v.to_dict() if hasattr(v, "to_dict") else plain(v) for k, v in told.items()
        }


@dataclass(frozen=True)
class Capture:
    """How much of the value `customers` (a share, best first) went on to bring."""

    customers: float
    value: Estimate
    past: Estimate
    """The same by ranking on past sales."""

    @property
    def lift(self) -> float | None:
        """How many times what chance would bring."""
        known = self.value.value is not None and self.customers > 0
        return self.value.value / self.customers if known else None  # type: ignore[operator]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "customers": self.customers,
            "value": self.value.to_dict(),
            "past": self.past.to_dict(),
            "lift": plain(self.lift),
        }


@dataclass(frozen=True)
class Trial:
    """One scheme on one past date.

    Attributes:
        as_of: classes are from facts before this day.
        end: outcomes are from `as_of` to before this day.
        rated: how many customers had a class; `customers` knows all.
        gini, gini_past, gini_best: of the scheme's ranking, of ranking by past sales, and of
            the ranking nobody can know, by the value itself.
        means: value a customer of each class, best first (None where it was empty).
        points: the gain curve.
    """

    as_of: date
    end: date
    customers: int
    rated: int
    gini: float | None
    gini_past: float | None
    gini_best: float | None
    means: tuple[float | None, ...]
    points: list[list[float]] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        found: dict[str, Any] = plain(vars(self))
        return found


@dataclass(frozen=True)
class Track:
    """One scheme on all dates.

    Attributes:
        failed: why it could not be tried, as a code and its data; None when it could.
        classes: best first, then the lapsed and the unrated.
        gini: of the ranking by class and score, as a mean over the dates; `gini_classes` of the
            classes alone; `gini_past` of ranking by past sales; `gain` is `gini` less
            `gini_past`.
        top: what the top class (or the top few) captured, beside as many by past sales.
        captures: the same for fixed parts of the customers.
        monotone: whether each class brought no more a customer than the one before it.
        monotone_draws: part of the bootstrap draws in which that is so.
        steps: for each class but the last, how much more a customer of it brought than one of
            the next.
        effect: how much of the order of the value the classes explain.
        calibrations: of predictions the scheme reads, against what came.
        cost_known: of the buyers, the part whose profit is known; None when sales count.
    """

    scheme: Scheme
    failed: dict[str, Any] | None
    classes: tuple[ClassOutcome, ...] = ()
    trials: tuple[Trial, ...] = ()
    gini: Estimate | None = None
    gini_classes: Estimate | None = None
    gini_past: Estimate | None = None
    gini_best: Estimate | None = None
    gain: Estimate | None = None
    top_classes: tuple[str, ...] = ()
    top: Capture | None = None
    captures: tuple[Capture, ...] = ()
    monotone: bool | None = None
    monotone_draws: float | None = None
    steps: tuple[dict[str, Any], ...] = ()
    effect: Effect | None = None
    calibrations: tuple[Calibration, ...] = ()
    points: list[list[float]] = field(default_factory=list, repr=False)
    cost_known: float | None = None

    @property
    def by_past_sales(self) -> bool:
        """Whether the score is past sales itself, so that it can but tie with ranking by them."""
        indicator = str(getattr(self.scheme, "indicator", "")).partition("@")[0]
        return self.scheme.presentation.one_indicator and indicator in ("sales", "share_of_sales")

    @property
    def ranks(self) -> bool:
        """Whether the classes rank by worth: not where the scheme says that none is better.

        Nor by methods whose classes may be kinds rather than ranks.
        """
        return self.scheme.ranked and self.scheme.presentation.ranked

    @property
    def verdict(self) -> Verdict:
        """Of a ranking, against ranking by past sales, which costs nothing.

        Good: surely better, or level (the interval of `gain` is not wholly below −0.005) with
        classes in the right order. Fair: level but out of order, or surely worse by less than
        0.05. Poor: worse than that, or no better than chance. The limits are ours.

        Of classes cut from past sales themselves (ABC, tiers), by the Gini of the classes alone:
        from 0.4 good if they are in the right order, from 0.2 fair.

        Of classes that are no ranking, by how much of the order of the outcome they explain, as
        in a scorecard: the lower end of epsilon-squared from 0.06 good, from 0.01 fair.
        """
        if self.failed or self.gini is None or self.gain is None or self.gain.value is None:
            return "unknown"
        if not self.ranks:
            return self._apart()
        if self.gini.value is None or (self.gini.low or self.gini.value) <= 0:
            return "poor"
        if self.by_past_sales:
            return self._own()
        low, high = self.gain.low, self.gain.high
        if low is not None and low > 0:
            return "good"
        if high is None or high >= -LEVEL:
            return "good" if self.monotone else "fair"
        return "fair" if self.gain.value > -WORSE else "poor"

    def _own(self) -> Verdict:
        gini = self.gini_classes
        sure = None if gini is None else gini.value if gini.low is None else gini.low
        verdict = OWN.of(sure)
        return "fair" if verdict == "good" and not self.monotone else verdict

    def _apart(self) -> Verdict:
        epsilon = self.effect.epsilon if self.effect else None
        return APART.of(None if epsilon is None else epsilon.low)

    def text(self, lang: str = "en") -> str:
        """What came of it, in sentences."""
        title = self.scheme.title.of(lang)
        if self.failed:
            why = sentence(self.failed["code"], self.failed["data"], lang)
            return sentence("backtest-failed", {"scheme": title, "reason": why}, lang)
        assert self.top is not None
        assert self.gini is not None
        assert self.gini_past is not None
        assert self.gain is not None
        facts = {
            "scheme": title,
            "top": listed((self.scheme.class_(k).title.of(lang) for k in self.top_classes), lang),
            "customers": shown(self.top.customers, "percent"),
            "value": shown(self.top.value.value, "percent"),
            "past": shown(self.top.past.value, "percent"),
            "gini": shown(self.gini.value, "number"),
            "gini_past": shown(self.gini_past.value, "number"),
            "low": shown(self.gain.low, "number"),
            "high": shown(self.gain.high, "number"),
            "gini_classes": shown(self.gini_classes and self.gini_classes.value, "number"),
        }
        order = {True: "monotone", False: "not-monotone", None: "order-unknown"}[self.monotone]
        said = ["backtest-top", f"backtest-{self.verdict}", f"backtest-{order}"]
        if self.verdict == "unknown":
            said = ["backtest-no-cost" if self.cost_known == 0 else "backtest-unknown"]
        elif not self.ranks:
            facts["epsilon"] = shown(self.effect.epsilon.value if self.effect else None, "number")
            said = ["backtest-apart", f"backtest-apart-{self.verdict}"]
        elif self.by_past_sales:
            said[1] = f"backtest-own-{self.verdict}"
        gap = "" if lang.startswith("zh") else " "
        told = [sentence(code, facts, lang) for code in said]
        return gap.join([*told, *(one.text(lang) for one in self.calibrations)])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        kinds = [
            {"key": part.key, "title": {"zh": part.title.zh, "en": part.title.en}}
            for part in self.scheme.classes
        ]
        scheme = {
            "name": self.scheme.name,
            "hash": self.scheme.hash,
            "method": self.scheme.method,
            "title": {"zh": self.scheme.title.zh, "en": self.scheme.title.en},
            "classes": kinds,
        }
        if self.failed:
            told = both(self.failed["code"], self.failed["data"])
            return {"scheme": scheme, "failed": plain(self.failed) | {"text": told}}
        estimates = ("gini", "gini_classes", "gini_past", "gini_best", "gain", "top")
        return {
            "scheme": scheme,
            "failed": None,
            "verdict": self.verdict,
            "text": {lang: self.text(lang) for lang in LANGUAGES},
            **{name: found.to_dict() for name in estimates if (found := getattr(self, name))},
            "top_classes": list(self.top_classes),
            "captures": [capture.to_dict() for capture in self.captures],
            "ranks": self.ranks,
            "by_past_sales": self.by_past_sales,
            "cost_known": self.cost_known,
            "basis": BASIS,
            "monotone": self.monotone,
            "monotone_draws": self.monotone_draws,
            "classes": [one.to_dict() for one in self.classes],
            "steps": [
                {k: v.to_dict() if hasattr(v, "to_dict") else v for k, v in step.items()}
                for step in self.steps
            ],
            "effect": self.effect.to_dict() if self.effect else None,
            "trials": [trial.to_dict() for trial in self.trials],
            "calibrations": [one.to_dict() for one in self.calibrations],
            "points": self.points,
        }


APART = Limits("epsilon", 0.06, 0.01, source="Cohen (1988)")
OWN = Limits("gini_classes", 0.4, 0.2)
"""Of classes cut from past sales; the limits are ours."""
BASIS = {
    "mean-of-dates": ["gini", "gini_classes", "gini_past", "gini_best", "gain", "top", "captures"],
    "pooled": ["classes", "steps", "monotone", "effect", "calibrations"],
}
"""Which figures are means of those of each date, and which are of the customers of all dates."""
LEVEL = 0.005
"""Ginis this near to each other are level."""
WORSE = 0.05
"""A Gini lower by this much than that of past sales is a poor one."""
