"""Why a customer has its class, in plain arithmetic, and what is missing to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen import indicators
from kefen.explain.explanation import Explanation
from kefen.schemes import METHODS
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes import Scheme, Standard

__all__ = ["Explanation", "Step", "explain"]


def explain(scheme: Scheme, standard: Standard, row: Mapping[str, Any]) -> Explanation:
    """The arithmetic behind one row's class, the same as `schemes.assign` gives it.

    `row` holds the columns of `scheme.requests()`; others are not looked at.
    """
    reason = METHODS[scheme.method].explain(scheme, standard, row)
    units = _units(scheme)
    titles = {part.key: part.title.model_dump() for part in scheme.classes}

    def named(step: Step) -> Step:
        facts = dict(step.data)
        if "column" in facts:
            facts |= units.get(facts["column"], {})
        if "class" in facts:
            facts["title"] = titles[facts["class"]]
        return Step(step.code, facts)

    return Explanation(
        scheme=scheme.name,
        method=scheme.method,
        class_=reason.class_,
        title=titles.get(reason.class_ or ""),
        score=reason.score,
        cut=reason.cut,
        next_class=reason.next_class,
        next_title=titles.get(reason.next_class or ""),
        steps=[named(step) for step in reason.steps],
        to_next=[named(step) for step in reason.to_next],
        notes=[Step(f"note-{n.code}", _note(n.column, units)) for n in standard.notes],
    )


def _units(scheme: Scheme) -> dict[str, dict[str, Any]]:
    """Label, unit and window of each column the scheme reads."""
    known = indicators.catalogue()
    found: dict[str, dict[str, Any]] = {}
    for request in scheme.requests():
        indicator = known.get(request.indicator)
        label = dict(indicator.label) if indicator else dict.fromkeys(("zh", "en"), request.column)
        if request.column != request.indicator:
            label = {lang: f"{text} ({request.window})" for lang, text in label.items()}
        found[request.column] = {
            "indicator": label,
            "unit": indicator.unit if indicator else "quantity",
        }
    return found


def _note(column: str | None, units: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {"column": column, **units.get(column, {})} if column else {}
