"""What the methods on one indicator share: cuts in a row, best first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rating, rows
from kefen.schemes.rating import unrated
from kefen.schemes.reason import Reason, Step
from kefen.schemes.standard import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.schemes.cuts import Answer
    from kefen.schemes.model import Scheme
    from kefen.schemes.parts import Better
    from kefen.schemes.standard import Number


def notes(answer: Answer, column: str) -> list[Note]:
    """What a reader should know about a column with this answer."""
    if not answer.customers:
        return [Note(code="no-customers", column=column)]
    if answer.customers > 1 and answer.low == answer.high:
        return [Note(code="all-equal", column=column)]
    return []


def assign(
    scheme: Scheme,
    column: str,
    cuts: Sequence[Number] | None,
    better: Better,
    table: ir.Table,
) -> ir.Table:
    """Add `class` and `score`; nobody is rated where `cuts` is None."""
    rating.columns(scheme, table, [column, *map(scheme.column, scheme.minimum)])
    value = rows.number(table[column])
    if cuts is None:
        return table.mutate(**rows.classify(ibis.literal(False), ibis.null("string"), value))
    rated = rating.enough(scheme, table, [column])
    label = rows.ladder(value, cuts, scheme.keys(), better)
    return table.mutate(**rows.classify(rated, label, value))


def explain(
    scheme: Scheme,
    column: str,
    cuts: Sequence[Number] | None,
    better: Better,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    """Value against cuts, and how much more it takes to the next class."""
    reason = unrated(scheme, row, [column], cuts is not None, assigned)
    value = rows.number_of(row.get(column))
    if reason or cuts is None or value is None:
        return reason or Reason([])
    keys = scheme.keys()
    place = rows.step_of(value, cuts, better)
    if assigned is not None:
        place = min(keys.index(assigned["class"]), len(cuts))
    upper = _upper(cuts, place)
    way = []
    if upper is not None:
        code = "next-more" if better == "higher" else "next-less"
        way = [_step(code, column, value, keys[upper], cuts[upper])]
    return Reason(
        [_told(column, value, cuts, place, keys, better)],
        class_=keys[place] if place < len(cuts) else keys[-1],
        score=float(value),
        cut=cuts[place] if place < len(cuts) else None,
        next_class=keys[upper] if upper is not None else None,
        to_next=way,
    )


def _told(
    column: str,
    value: Number,
    cuts: Sequence[Number],
    place: int,
    keys: Sequence[str],
    better: Better,
) -> Step:
    if not cuts:
        return Step("step-nothing-positive", {"column": column, "value": value})
    if place < len(cuts):
        code = "step-at-least" if better == "higher" else "step-at-most"
        return _step(code, column, value, keys[place], cuts[place])
    code = "step-below" if better == "higher" else "step-above"
    return _step(code, column, value, keys[cuts.index(cuts[-1])], cuts[-1])


def _step(code: str, column: str, value: Number, key: str, cut: Number) -> Step:
    facts = {"column": column, "value": value, "class": key, "cut": cut}
    return Step(code, facts | {"gap": rows.difference(cut, value)})


def _upper(cuts: Sequence[Number], place: int) -> int | None:
    """The next better class someone could reach: classes that share a cut are passed over."""
    for upper in range(place - 1, -1, -1):
        if upper == 0 or cuts[upper] != cuts[upper - 1]:
            return upper
    return None
