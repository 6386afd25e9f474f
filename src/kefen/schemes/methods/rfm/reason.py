"""The arithmetic behind an RFM class and the way to a better one."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from kefen.schemes import rows
from kefen.schemes.methods.rfm.scores import (
    BEST,
    LETTERS,
    Letter,
    Name,
    RfmScheme,
    RfmStandard,
    class_place,
)
from kefen.schemes.rating import unrated
from kefen.schemes.reason import Reason, Step, has

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes.standard import Number


def explain(
    scheme: RfmScheme,
    standard: RfmStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    """Value to score, score or value to high or low, and the class of the combination."""
    columns = [scheme.column(reference) for reference in scheme.references()]
    reason = unrated(scheme, row, columns, standard.letters is not None, assigned)
    if reason or standard.letters is None:
        return reason or Reason([])
    letters = standard.letters
    values = {n: rows.number_of(row.get(letters[n].column)) for n in LETTERS}
    known: dict[Name, Number] = {n: v for n, v in values.items() if v is not None}
    scores = _scores(letters, known, assigned)
    told: Mapping[Name, Any] = scores
    steps = [_scored(n, letters[n], known[n], scores[n]) for n in LETTERS]
    if scheme.by_high:
        told = _highs(scheme, letters, known, scores, assigned)
        steps += [
            _split(scheme, n, letters[n], known[n], scores[n], bool(told[n])) for n in LETTERS
        ]
    place = _place(scheme, told) if assigned is None else scheme.keys().index(assigned["class"])
    better, way = _next(scheme, letters, known, told, place)
    return Reason(
        steps,
        class_=scheme.keys()[place],
        score=float(sum(scores.values())),
        next_class=None if better is None else scheme.keys()[better],
        to_next=way,
    )


def _scores(
    letters: Mapping[Name, Letter],
    known: Mapping[Name, Number],
    assigned: Mapping[str, Any] | None,
) -> dict[Name, int]:
    if assigned is not None and has(assigned, *LETTERS):
        return {n: int(assigned[n]) for n in LETTERS}
    return {n: letters[n].score(known[n]) for n in LETTERS}


def _highs(
    scheme: RfmScheme,
    letters: Mapping[Name, Letter],
    known: Mapping[Name, Number],
    scores: Mapping[Name, int],
    assigned: Mapping[str, Any] | None,
) -> dict[Name, bool]:
    if assigned is not None and has(assigned, *(f"{n}_high" for n in LETTERS)):
        return {n: bool(assigned[f"{n}_high"]) for n in LETTERS}
    return {n: _high(scheme, letters[n], known[n], scores[n]) for n in LETTERS}


def _place(scheme: RfmScheme, told: Mapping[Name, Any]) -> int:
    place = class_place(scheme, told)
    return len(scheme.classes) - 1 if place is None else place


def _scored(name: Name, letter: Letter, value: Number, score: int) -> Step:
    facts = {"letter": name, "column": letter.column, "value": value, "score": score}
    if score > 1:
        code = "step-score" if letter.better == "higher" else "step-score-lower"
        return Step(code, facts | {"cut": letter.cuts[BEST - score]})
    code = "step-score-least" if letter.better == "higher" else "step-score-least-lower"
    return Step(code, facts | {"cut": letter.cuts[-1]})


def _high(scheme: RfmScheme, letter: Letter, value: Number, score: int) -> bool:
    assert letter.limit is not None
    if scheme.split.of == "score":
        return rows.reaches_of(score, letter.limit, "higher")
    return rows.reaches_of(value, letter.limit, letter.better)


def _split(
    scheme: RfmScheme, name: Name, letter: Letter, value: Number, score: int, high: bool
) -> Step:
    facts: dict[str, Any] = {"letter": name, "middle": letter.middle, "by": scheme.split.by}
    code = "step-high" if high else "step-low"
    if scheme.split.of == "score":
        return Step(f"{code}-score", facts | {"score": score})
    code += "-value" if letter.better == "higher" else "-value-lower"
    return Step(code, facts | {"column": letter.column, "value": value})


def _next(
    scheme: RfmScheme,
    letters: Mapping[Name, Letter],
    values: Mapping[Name, Number],
    told: Mapping[Name, Any],
    place: int,
) -> tuple[int | None, list[Step]]:
    """The nearest better class that letters can only be raised to, and what each needs."""
    levels = {
        n: [True] if told[n] is True else [False, True] if told[n] is False else letters[n].levels()
        for n in LETTERS
    }
    found: tuple[int, int, dict[Name, Any]] | None = None
    for combination in product(*(levels[n] for n in LETTERS)):
        wanted: dict[Name, Any] = dict(zip(LETTERS, combination, strict=True))
        if any(wanted[n] < told[n] for n in LETTERS):
            continue
        reached = class_place(scheme, wanted)
        if reached is None or reached >= place:
            continue
        raised = sum(int(wanted[n]) - int(told[n]) for n in LETTERS)
        if found is None or (-reached, raised) < (-found[0], found[1]):
            found = (reached, raised, wanted)
    if found is None:
        return None, []
    wanted = found[2]
    steps = [
        _raise(scheme, n, letters[n], values[n], wanted[n]) for n in LETTERS if wanted[n] > told[n]
    ]
    return found[0], steps


def _raise(scheme: RfmScheme, name: Name, letter: Letter, value: Number, wanted: int) -> Step:
    """What raises one letter to high, or to a score. All the letters named are needed."""
    target: Number | None
    if scheme.by_high and scheme.split.of == "value":
        target = letter.limit
    else:
        score = int(letter.limit or 1) if scheme.by_high else int(wanted)
        target = letter.cuts[BEST - score]
    assert target is not None
    code = "next-letter-more" if letter.better == "higher" else "next-letter-less"
    facts = {"letter": name, "column": letter.column, "value": value, "cut": target}
    return Step(code, facts | {"gap": rows.difference(target, value)})
