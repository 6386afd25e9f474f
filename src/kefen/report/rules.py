"""The standard in words: what it took to be in each class."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kefen import indicators
from kefen.report.figures import figure
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.run import Run


def rules(run: Run, lang: str) -> list[dict[str, Any]]:
    """Each class with its rule: title, description, index and the sentence of its bound."""
    bounds = _bounds(run, lang)
    return [
        {
            "index": index,
            "title": part.title.of(lang),
            "description": part.description.of(lang) if part.description else "",
            "bound": bounds[index - 1] if bounds else "",
        }
        for index, part in enumerate(run.scheme.classes, start=1)
    ]


def _bounds(run: Run, lang: str) -> list[str]:
    """One sentence a class, for the methods that cut one number; else none."""
    cuts = getattr(run.standard, "cuts", None)
    if not cuts or len(cuts) != len(run.scheme.classes) - 1:
        return []
    reference = getattr(run.scheme, "indicator", None)
    what, unit = _what(reference, lang)
    lower = getattr(run.scheme, "better", "higher") == "lower"
    shown = [figure(cut, unit, lang) for cut in cuts]

    def say(code: str, **data: object) -> str:
        name = f"report-rule-{code}-lower" if lower else f"report-rule-{code}"
        return sentence(name, {"what": what, **data}, lang)

    inner = [say("between", low=low, high=high) for high, low in pairwise(shown)]
    return [say("first", low=shown[0]), *inner, say("last", high=shown[-1])]


def _what(reference: str | None, lang: str) -> tuple[str, str]:
    """What is cut, and how its numbers are written."""
    if reference is None:
        return sentence("report-score", {}, lang), "money"
    indicator = indicators.find(reference.partition("@")[0])
    unit = {"ratio": "percent", "count": "count", "days": "count"}.get(indicator.unit, "money")
    return indicator.label[lang], unit
