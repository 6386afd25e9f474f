"""Why a customer has its class, in plain arithmetic, and what is missing to the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from kefen import formats
from kefen.explain.class_contract import Contract, contract
from kefen.explain.explanation import Explanation
from kefen.explain.labels import labels
from kefen.explain.words import step_text
from kefen.ledger.sales import TABLES
from kefen.period import Window
from kefen.schemes import METHODS, lapse
from kefen.schemes.adjustments import held
from kefen.schemes.reason import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from kefen.schemes import Note, Scheme, Standard
    from kefen.schemes.adjustments import Held
    from kefen.schemes.overrides import Override
    from kefen.schemes.reason import Reason

__all__ = ["Contract", "Explanation", "Step", "contract", "explain", "remarks"]


def explain(
    scheme: Scheme,
    standard: Standard,
    row: Mapping[str, Any],
    override: Override | None = None,
    notes: Sequence[Note] = (),
    as_of: date | None = None,
    *,
    of_run: bool = False,
) -> Explanation:
    """The arithmetic behind one row's class, the same as `schemes.assign` gives it.

    Of a row `of_run` the class, the score and what they are made of are those that the run kept;
    of any other row, such as a preview's, they are worked out from its values.

    Args:
        scheme: the decision.
        standard: what it came to be.
        row: the columns of `scheme.requests()`, and of a saved run's row what holds its class;
            others are not looked at.
        override: what a person decided about this customer.
        notes: what to know about the facts, beside the standard's own notes.
        as_of: the date facts were counted up to; with it the explanation names the window, and of
            a lapsed customer's row of a run when the last purchase was.
        of_run: the row is of a run of this scheme and standard.
    """
    assigned = {**row, "class": row.get("computed", row["class"])} if of_run else None
    reason = METHODS[scheme.method].explain(scheme, standard, row, assigned)
    held_ = held(scheme, standard, reason.class_, row, override)
    if of_run:
        held_ = replace(held_, class_=row["class"], held_by=row.get("held_by"))
    next_class, way = _next(scheme, reason, held_)
    lapsed = held_.class_ is None and row.get(lapse.STATE) == "lapsed"
    steps = [_lapsed(scheme, row, as_of)] if lapsed else reason.steps
    titles = {part.key: part.title.model_dump() for part in scheme.classes}
    units = labels(scheme)
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
        state="rated" if held_.class_ is not None else "lapsed" if lapsed else "unrated",
        last_purchase=row.get(lapse.LAST),
        past_worth=row.get(lapse.WORTH),
        window=_window(scheme, as_of) if as_of else None,
        steps=[_named(step, titles, units) for step in (*steps, *held_.steps)],
        to_next=[_named(step, titles, units) for step in way],
        notes=[_note(note, units) for note in (*notes, *standard.notes)],
    )


def _named(
    step: Step, titles: Mapping[str, dict[str, str]], units: Mapping[str, dict[str, Any]]
) -> Step:
    """A step with the labels of its column and the titles of its classes."""
    facts = dict(step.data)
    if "column" in facts:
        facts |= units.get(facts["column"], {})
    if "computed" in facts:
        facts["computed"] = titles.get(facts["computed"])
    if "class" in facts:
        facts.setdefault("title", titles.get(facts["class"]))
    if "because" in facts:
        facts["because"] = [_named(reason, titles, units) for reason in facts["because"]]
    return Step(step.code, facts)


def _window(scheme: Scheme, as_of: date) -> Step:
    """Which facts counted."""
    span = Window.parse(scheme.window)
    start = span.start(as_of)
    words = {lang: formats.window(span, lang) for lang in ("zh", "en")}
    facts: dict[str, Any] = {"window": words, "last": as_of - timedelta(days=1)}
    if start is None:
        return Step("explain-window-ever", facts)
    return Step("explain-window-days", facts | {"since": start})


def _lapsed(scheme: Scheme, row: Mapping[str, Any], as_of: date | None) -> Step:
    """When a lapsed customer bought last, how long ago that was, and what all of it came to."""
    last = row[lapse.LAST]
    facts: dict[str, Any] = {"last": last, "worth": row.get(lapse.WORTH)}
    start = as_of and lapse.began(scheme, last, as_of)
    if as_of is None or start is None:
        return Step("step-lapsed", facts)
    return Step("step-lapsed-since", facts | {"since": start, "days": (as_of - last).days})


def _next(scheme: Scheme, reason: Reason, held_: Held) -> tuple[str | None, list[Step]]:
    """The next better class and the way there, given what holds the class."""
    if held_.held_by == "cap":
        return held_.uncapped, held_.way
    keys, next_class = scheme.keys(), reason.next_class
    if held_.held_by == "override" and next_class in keys[keys.index(held_.class_ or "") :]:
        return None, []
    return next_class, reason.to_next


def remarks(scheme: Scheme, notes: Sequence[Note], lang: str = "en") -> list[str]:
    """Notes of a standard or a run in words, each once."""
    units = labels(scheme)
    return list(dict.fromkeys(step_text(_note(note, units), lang) for note in notes))


def _note(note: Note, units: Mapping[str, dict[str, Any]]) -> Step:
    facts: dict[str, Any] = {}
    if note.column:
        facts = {"column": note.column, **units.get(note.column, {})}
    if note.began is not None:
        facts |= {"began": note.began, "since": note.since}
    if note.near is not None:
        facts["near"] = note.near
    if note.count is not None:
        facts["count"] = note.count
    if note.kind in TABLES:
        facts["kind"] = dict(TABLES[note.kind].label)
    return Step(f"note-{note.code}", facts)
