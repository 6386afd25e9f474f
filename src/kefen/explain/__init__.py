"""Why a customer has its class, in plain arithmetic, and what is missing to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.explain.explanation import Explanation
from kefen.explain.labels import labels
from kefen.schemes import METHODS
from kefen.schemes.holds import held
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes import Scheme, Standard
    from kefen.schemes.overrides import Override

__all__ = ["Explanation", "Step", "explain"]


def explain(
    scheme: Scheme,
    standard: Standard,
    row: Mapping[str, Any],
    override: Override | None = None,
) -> Explanation:
    """The arithmetic behind one row's class, the same as `schemes.assign` gives it.

    Args:
        scheme: the decision.
        standard: what it came to be.
        row: the columns of `scheme.requests()`, and of a saved run's row what holds its class;
            others are not looked at.
        override: what a person decided about this customer.
    """
    reason = METHODS[scheme.method].explain(scheme, standard, row)
    held_ = held(reason.class_, override)
    reached = _reached(scheme, held_.class_, reason.next_class)
    next_class = None if reached and override else reason.next_class
    units = labels(scheme)
    titles = {part.key: part.title.model_dump() for part in scheme.classes}

    def named(step: Step) -> Step:
        facts = dict(step.data)
        if "column" in facts:
            facts |= units.get(facts["column"], {})
        if "class" in facts:
            facts.setdefault("title", titles.get(facts["class"]))
        if "because" in facts:
            facts["because"] = [named(reason) for reason in facts["because"]]
        return Step(step.code, facts)

    return Explanation(
        scheme=scheme.name,
        method=scheme.method,
        class_=held_.class_,
        title=titles.get(held_.class_ or ""),
        score=reason.score,
        cut=reason.cut,
        next_class=next_class,
        next_title=titles.get(next_class or ""),
        computed=reason.class_,
        held_by=held_.held_by,
        steps=[named(step) for step in (*reason.steps, *held_.steps)],
        to_next=[named(step) for step in reason.to_next] if next_class else [],
        notes=[Step(f"note-{n.code}", _note(n.column, units)) for n in standard.notes],
    )


def _reached(scheme: Scheme, class_: str | None, next_class: str | None) -> bool:
    """Whether a class is already as good as the next one the figures could reach."""
    keys = scheme.keys()
    return None not in (class_, next_class) and keys.index(class_) <= keys.index(next_class)


def _note(column: str | None, units: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    return {"column": column, **units.get(column, {})} if column else {}
