"""Why a customer has its class, in plain arithmetic, and what is missing to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.explain.explanation import Explanation
from kefen.explain.labels import labels
from kefen.explain.words import told
from kefen.ledger.facts import KINDS
from kefen.schemes import METHODS
from kefen.schemes.holds import held
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.schemes import Note, Scheme, Standard
    from kefen.schemes.holds import Held
    from kefen.schemes.overrides import Override
    from kefen.schemes.reason import Reason

__all__ = ["Explanation", "Step", "explain", "remarks"]


def explain(
    scheme: Scheme,
    standard: Standard,
    row: Mapping[str, Any],
    override: Override | None = None,
    notes: Sequence[Note] = (),
) -> Explanation:
    """The arithmetic behind one row's class, the same as `schemes.assign` gives it.

    Args:
        scheme: the decision.
        standard: what it came to be.
        row: the columns of `scheme.requests()`, and of a saved run's row what holds its class;
            others are not looked at.
        override: what a person decided about this customer.
        notes: what to know about the facts, beside the standard's own notes.
    """
    reason = METHODS[scheme.method].explain(scheme, standard, row)
    held_ = held(scheme, standard, reason.class_, row, override)
    next_class, way = _next(scheme, reason, held_)
    units = labels(scheme)
    titles = {part.key: part.title.model_dump() for part in scheme.classes}

    def named(step: Step) -> Step:
        facts = dict(step.data)
        if "column" in facts:
            facts |= units.get(facts["column"], {})
        if "computed" in facts:
            facts["computed"] = titles.get(facts["computed"])
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
        to_next=[named(step) for step in way],
        notes=[_note(note, units) for note in (*notes, *standard.notes)],
    )


def _next(scheme: Scheme, reason: Reason, held_: Held) -> tuple[str | None, list[Step]]:
    """The next better class and the way there, given what holds the class."""
    if held_.held_by == "cap":
        return held_.uncapped, held_.way
    keys, next_class = scheme.keys(), reason.next_class
    if held_.held_by == "override" and next_class in keys[keys.index(held_.class_ or "") :]:
        return None, []
    return next_class, reason.to_next


def remarks(scheme: Scheme, notes: Sequence[Note], lang: str = "en") -> list[str]:
    """Notes of a standard or a run in words."""
    units = labels(scheme)
    return [told(_note(note, units), lang) for note in notes]


def _note(note: Note, units: Mapping[str, dict[str, Any]]) -> Step:
    facts = {"column": note.column, **units.get(note.column, {})} if note.column else {}
    if note.kind in KINDS:
        facts["kind"] = dict(KINDS[note.kind].label)
    return Step(f"note-{note.code}", facts)
