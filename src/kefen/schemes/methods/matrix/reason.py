"""Why a row is in its cell: the arithmetic of both schemes, and the nearer way to a better one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.schemes.conditions import holds, why
from kefen.schemes.methods.inner import INNER
from kefen.schemes.methods.matrix.model import SIDES, Side
from kefen.schemes.rating import unrated
from kefen.schemes.reason import Reason, Step, has

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen.schemes.methods.matrix.model import MatrixScheme, MatrixStandard
    from kefen.schemes.model import Scheme


def explain(
    scheme: MatrixScheme,
    standard: MatrixStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    """One scheme's steps, the other's, and the cell they meet in."""
    reason = unrated(scheme, row, [], assigned=assigned)
    if reason:
        return reason
    reasons = {side: _inner(scheme, standard, side, row, assigned) for side in SIDES}
    steps: list[Step] = []
    for side, found in reasons.items():
        facts: dict[str, Any] = {"scheme": scheme.side(side).title.model_dump()}
        if found.class_ is not None:
            facts |= {"class": found.class_, "title": _title(scheme.side(side), found.class_)}
        steps.append(Step("step-side" if found.class_ else "step-side-unrated", facts))
        steps += found.steps
    first, second = reasons["rows"].class_, reasons["columns"].class_
    if first is None or second is None:
        return Reason(steps)
    key = scheme.class_of(first, second) if assigned is None else assigned["class"]
    pair = {"down": _title(scheme.rows, first), "across": _title(scheme.columns, second)}
    steps.append(Step("step-cell", pair | {"class": key}))
    better, way = _way(scheme, reasons, key) if scheme.ranked else (None, [])
    return Reason(steps, class_=key, next_class=better, to_next=way)


def _inner(
    scheme: MatrixScheme,
    standard: MatrixStandard,
    side: Side,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    """The reason one of the two schemes gives, with columns called as this one calls them."""
    inner, named = scheme.side(side), scheme.columns_of(side)
    view = {name: row.get(own) for name, own in named.items()}
    if inner.population is not None and not holds(inner, inner.population, view):
        outside = Step("step-outside", {"because": why(inner, inner.population, view)})
        return Reason(_renamed(inner, named, [outside]))
    part = side.removesuffix("s")
    own = None
    if assigned is not None and has(assigned, f"{part}_class", f"{part}_score"):
        own = {"class": assigned[f"{part}_class"], "score": assigned[f"{part}_score"]}
    found = INNER[inner.method].explain(inner, standard.side(side), view, own)
    return Reason(
        _renamed(inner, named, found.steps),
        class_=found.class_,
        next_class=found.next_class,
        to_next=_renamed(inner, named, found.to_next),
    )


def _renamed(inner: Scheme, named: Mapping[str, str], steps: Sequence[Step]) -> list[Step]:
    found = []
    for step in steps:
        facts = dict(step.data)
        if "column" in facts:
            facts["column"] = named.get(facts["column"], facts["column"])
        if "class" in facts:
            facts.setdefault("title", _title(inner, facts["class"]))
        if "because" in facts:
            facts["because"] = _renamed(inner, named, facts["because"])
        found.append(Step(step.code, facts))
    return found


def _title(scheme: Scheme, key: str) -> dict[str, str]:
    return scheme.class_(key).title.model_dump()


def _way(
    scheme: MatrixScheme, reasons: Mapping[Side, Reason], key: str
) -> tuple[str | None, list[Step]]:
    """The nearest better class that one step up in one of the schemes, or in both, leads to."""
    keys = scheme.keys()
    classes: dict[Side, str] = {side: str(found.class_) for side, found in reasons.items()}
    best: tuple[int, tuple[Side, ...]] | None = None
    for sides in ((SIDES[0],), (SIDES[1],), SIDES):
        nexts = {side: reasons[side].next_class for side in sides}
        if any(one is None for one in nexts.values()):
            continue
        pair = classes | {side: str(one) for side, one in nexts.items()}
        place = keys.index(scheme.class_of(pair["rows"], pair["columns"]))
        if place < keys.index(key) and (best is None or place > best[0]):
            best = (place, sides)
    if best is None:
        return None, []
    steps: list[Step] = []
    for side in best[1]:
        inner, reached = scheme.side(side), str(reasons[side].next_class)
        facts = {"scheme": inner.title.model_dump(), "class": reached}
        steps.append(Step("next-side", facts | {"title": _title(inner, reached)}))
        steps += reasons[side].to_next
    return keys[best[0]], steps
