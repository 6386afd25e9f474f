"""The standard in words: what it took to be in each class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.explain.numbers import amount, percent
from kefen.explain.standards import rule_texts
from kefen.wording import sentence

if TYPE_CHECKING:
    from kefen.indicators import Indicator
    from kefen.run import Run


def rules(run: Run, lang: str) -> list[dict[str, Any]]:
    """Each class with its rule: title, description, index and the sentence of its bound."""
    bounds = rule_texts(run.scheme, run.standard, lang)
    return [
        {
            "index": index,
            "title": part.title.of(lang),
            "description": part.description.of(lang) if part.description else "",
            "bound": bounds[index - 1] if bounds else "",
        }
        for index, part in enumerate(run.scheme.classes, start=1)
    ]


def scales(run: Run, lang: str) -> list[dict[str, str]]:
    """How each indicator is scored, for the methods that score: `label` and `told`."""
    standard: Any = run.standard
    if run.scheme.presentation.weights:
        return [
            {
                "label": _indicator(run, measure.column).label[lang],
                "told": sentence(
                    "report-weight",
                    {
                        "weight": percent(measure.weight),
                        "by": sentence(f"report-by-{measure.by}", {}, lang),
                    },
                    lang,
                ),
            }
            for measure in standard.measures
        ]
    letters = standard.letters if run.scheme.presentation.letters else None
    return [_letter(run, name, letter, lang) for name, letter in (letters or {}).items()]


def _letter(run: Run, name: str, letter: Any, lang: str) -> dict[str, str]:
    """The bounds of the scores 5, 4, 3 and 2 of one letter."""
    indicator = _indicator(run, letter.column)
    sign = "≤" if letter.better == "lower" else "≥"
    bounds = [
        f"{score} {sign} {amount(cut, indicator.unit, lang)}"
        for score, cut in zip((5, 4, 3, 2), letter.cuts, strict=False)
    ]
    return {"label": f"{name.upper()} {indicator.label[lang]}", "told": " · ".join(bounds)}


def _indicator(run: Run, column: str) -> Indicator:
    """The indicator behind a column of the run."""
    request = next(r for r in run.scheme.requests() if r.column == column)
    return request.definition()
