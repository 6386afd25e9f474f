"""What the report says about a run, ready for the template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import formats, pictures
from kefen.evaluate import compare
from kefen.explain.holds import beside
from kefen.pictures.filters import UNRATED
from kefen.pictures.kinds import counted
from kefen.report.judged import judged
from kefen.report.rules import rules, scales
from kefen.schemes.lapse import LAPSED

if TYPE_CHECKING:
    from kefen.evaluate import Comparison, Scorecard
    from kefen.run import Run

TOP = 25
"""Customers in the table of the best."""


def content(
    run: Run, lang: str, previous: Run | None, scorecard: Scorecard | None = None
) -> dict[str, Any]:
    """Everything the template shows."""
    kinds = counted(run)
    rated = [kind for kind in kinds if kind["index"]]
    top = [{"name": None} | row for row in run.table(limit=TOP).to_polars().to_dicts()]
    scheme = run.scheme
    comparison = compare(previous, run) if previous else None
    return {
        "run": run,
        "scheme": scheme,
        "title": scheme.title.of(lang),
        "description": scheme.description.of(lang) if scheme.description else "",
        "kinds": kinds,
        "by_key": {kind["key"]: kind for kind in kinds},
        "customers": sum(kind["customers"] for kind in rated),
        "unrated": sum(kind["customers"] for kind in kinds if kind["key"] == UNRATED),
        "lapsed": next((kind for kind in kinds if kind["key"] == LAPSED), None),
        "money": sum(kind["value"] for kind in rated),
        "best": rated[0],
        "value": pictures.value_title(run),
        "window": formats.window(scheme.window, lang),
        "pictures": [*_pictures(run, comparison), *_proof(scorecard)],
        "card": judged(scorecard, lang) if scorecard else None,
        "migration": comparison.text(lang) if comparison else "",
        "top": top,
        "rules": rules(run, lang),
        "scales": scales(run, lang),
        "beside": [*beside(scheme, run.standard, lang), *run.remarks(lang)],
        "indicators": _indicators(run, lang),
    }


def _pictures(run: Run, comparison: Comparison | None) -> list[dict[str, Any]]:
    """The pictures that suit the run, the telling one first; those with nothing to show go."""
    drawn = [getattr(pictures, name)(run) for name in pictures.of(run)]
    if run.ledger is not None:
        drawn.append(pictures.classes_over_time(run.ledger, run))
    if comparison is not None:
        drawn += [pictures.migration(comparison), pictures.transitions(comparison)]
    return [picture for picture in drawn if not picture["empty"]]


def _proof(scorecard: Scorecard | None) -> list[dict[str, Any]]:
    """What came after an earlier date, and what an experiment changed."""
    if scorecard is None:
        return []
    drawn = []
    if scorecard.backtest is not None:
        drawn.append(pictures.gains(scorecard.backtest))
        drawn += [pictures.outcomes(scorecard.backtest, None, w) for w in ("mean", "retention")]
    if scorecard.experiment is not None:
        drawn.append(pictures.uplift(scorecard.experiment, scorecard.run.scheme))
    return [picture for picture in drawn if not picture["empty"]]


def _indicators(run: Run, lang: str) -> list[dict[str, str]]:
    """The indicators the scheme reads, with their arithmetic."""
    told = []
    for request in run.scheme.requests():
        indicator = request.definition()
        told.append(
            {
                "label": indicator.label[lang],
                "window": formats.window(request.window, lang) if indicator.windowed else "",
                "formula": indicator.formula[lang],
            }
        )
    return told
