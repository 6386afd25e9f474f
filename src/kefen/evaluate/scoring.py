"""Scorecard: a classification judged by four criteria.

Measurable, substantial, reachable and responding differently, after Kotler, Marketing Management
(measurable, substantial, accessible, differentiable, actionable).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from kefen import plots
from kefen.errors import RunError
from kefen.evaluate.backtesting import Backtest, backtest
from kefen.evaluate.criteria import measurable, reachable, responding, substantial
from kefen.evaluate.experiments import Experiment
from kefen.evaluate.experiments import experiment as tried
from kefen.evaluate.findings import LANGUAGES, texts, worst
from kefen.period import Window
from kefen.shown import Display, Shown
from kefen.wording import sentence

if TYPE_CHECKING:
    from datetime import date

    from kefen.evaluate.findings import Finding, Verdict
    from kefen.run import Run

Criterion = Literal["measurable", "substantial", "reachable", "responding"]
CRITERIA: Final[tuple[Criterion, ...]] = ("measurable", "substantial", "reachable", "responding")


@dataclass(frozen=True, repr=False)
class Scorecard(Shown):
    """A classification by four criteria.

    Attributes:
        run: the run that was judged.
        findings: each with its criterion as `group`.
        backtest: the earlier date that responses were seen on; None where there was none.
        experiment: uplift by class; None without one.
    """

    run: Run
    findings: tuple[Finding, ...]
    backtest: Backtest | None
    experiment: Experiment | None

    def of(self, criterion: Criterion) -> list[Finding]:
        """The findings of a criterion."""
        return [one for one in self.findings if one.group == criterion]

    def verdict_of(self, criterion: Criterion) -> Verdict:
        """The worst verdict of a criterion; what is not known counts only when nothing is."""
        known = [one.verdict for one in self.of(criterion) if one.verdict != "unknown"]
        return worst(known)

    @property
    def basis(self) -> Literal["experiment", "behaviour"]:
        """What responding differently was judged by: an experiment that tells, or behaviour alone.

        Behaviour is what classes went on to do by themselves; whether they respond differently to
        being treated only an experiment tells.
        """
        told = self.experiment is not None and self.experiment.p is not None
        return "experiment" if told else "behaviour"

    @property
    def verdict(self) -> Verdict:
        """The worst of the four that could be judged."""
        verdicts = [self.verdict_of(criterion) for criterion in CRITERIA]
        return worst(one for one in verdicts if one != "unknown")

    def title(self, lang: str = "en") -> str:
        """The verdict in a sentence."""
        facts = {"scheme": self.run.scheme.title.of(lang), "as_of": self.run.as_of}
        return sentence(f"scorecard-{self.verdict}", facts, lang)

    def text(self, lang: str = "en") -> str:
        """Each criterion with its verdict, what was found and what to change."""
        said = [self.title(lang)]
        for criterion in CRITERIA:
            verdict = sentence(f"verdict-{self.verdict_of(criterion)}", {}, lang)
            said.append(f"{sentence(f'criterion-{criterion}', {}, lang)}: {verdict}")
            if criterion == "responding":
                said.append(f"  {sentence(f'scorecard-basis-{self.basis}', {}, lang)}")
            said += [f"  {line}" for line in texts(self.of(criterion), lang)]
        return "\n".join(said)

    def plot(self) -> Any:
        """An Altair chart: the verdict of every finding, by criterion.

        Raises:
            KefenError: `plot-needs-extra` without `pip install 'kefen[plot]'`.
        """
        return plots.verdicts(self.to_polars().to_dicts(), self.title())

    def _display(self) -> Display:
        rows = [
            {
                "criterion": sentence(f"criterion-{one.group}", {}),
                "finding": one.title(),
                "verdict": one.verdict,
                "told": one.text(),
            }
            for one in self.findings
        ]
        return Display(f"Scorecard of {self.run.id}", [pl.DataFrame(rows)], [self.title()])

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON, words in both languages."""
        scheme = self.run.scheme
        criteria = [
            {
                "name": criterion,
                "title": {lang: sentence(f"criterion-{criterion}", {}, lang) for lang in LANGUAGES},
                "question": {
                    lang: sentence(f"criterion-{criterion}-asks", {}, lang) for lang in LANGUAGES
                },
                "verdict": self.verdict_of(criterion),
                "findings": [one.to_dict() for one in self.of(criterion)],
            }
            for criterion in CRITERIA
        ]
        return {
            "run": self.run.id,
            "scheme": scheme.name,
            "title": {"zh": scheme.title.zh, "en": scheme.title.en},
            "as_of": self.run.as_of.isoformat(),
            "verdict": self.verdict,
            "told": {lang: self.title(lang) for lang in LANGUAGES},
            "criteria": criteria,
            "basis": {
                "kind": self.basis,
                "text": {
                    lang: sentence(f"scorecard-basis-{self.basis}", {}, lang) for lang in LANGUAGES
                },
            },
            "backtest": self.backtest.to_dict() if self.backtest else None,
            "experiment": self.experiment.to_dict() if self.experiment else None,
            "text": {lang: self.text(lang) for lang in LANGUAGES},
        }


def scorecard(
    run: Run,
    *,
    horizon: str = "3m",
    experiment: Any = None,
    value: Literal["sales", "profit"] = "sales",
) -> Scorecard:
    """Judge a classification: measurable, substantial, reachable, responding differently.

    Args:
        run: a finished run.
        horizon: how far ahead responses are looked at. They are seen on the run's own date if
            that much time has passed since, else on the latest date for which it has.
        experiment: where customers were treated or held out, a table of `customer_id`, `group`
            and `outcome` or `date`, as `kefen.evaluate.experiment` takes it; or what that gave,
            such as by the classes of the day treating began.
        value: what a response is: `sales` or `profit` of the horizon.

    Raises:
        RunError: `run-failed`; those of `experiment`.
        PeriodError: `bad-window`.
    """
    rows = run.classes
    past = _backtest(run, horizon, value)
    result = experiment
    if experiment is not None and not isinstance(experiment, Experiment):
        result = tried(run, experiment, horizon=horizon)
    track = past.tracks[0] if past else None
    findings = (
        *measurable(run, rows),
        *substantial(run),
        *reachable(run, rows),
        *responding(run.scheme, track, result, past.dates[-1] if past else None, horizon),
    )
    return Scorecard(run, findings, past, result)


def _backtest(run: Run, horizon: str, value: Literal["sales", "profit"]) -> Backtest | None:
    """The run's scheme on the latest date whose horizon is over; None when there is none."""
    if run.ledger is None:
        return None
    ledger = run.ledger
    day = _newest(run, horizon)
    if day is None:
        return None
    try:
        return backtest(ledger, [run.scheme], [day], horizon=horizon, value=value)
    except RunError as error:
        if error.code not in ("backtest-short", "backtest-open", "nothing-sold"):
            raise
        return None


def _newest(run: Run, horizon: str) -> date | None:
    assert run.ledger is not None
    span = run.ledger.span()
    if span is None:
        return None
    start = Window.ahead(horizon).start(span[1] + timedelta(days=1))
    return None if start is None else min(run.as_of, start)
