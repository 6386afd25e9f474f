"""The arithmetic behind a weighted score and what would lift it to the next class."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from math import ceil, floor, inf, nextafter
from typing import TYPE_CHECKING, Any

from kefen.schemes import rows
from kefen.schemes.methods.weighted.scoring import Sum, filled_points, stored, summed, total
from kefen.schemes.rating import unrated
from kefen.schemes.reason import Reason, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes.methods.weighted.model import Measure, WeightedScheme, WeightedStandard
    from kefen.schemes.standard import Number

_CENT = Decimal("0.01")


def explain(
    scheme: WeightedScheme,
    standard: WeightedStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    """Value to points, times weight, summed to the score, against the cuts."""
    measures = standard.measures
    needed = [m.column for m in measures if m.missing == "unrated"]
    reason = unrated(scheme, row, needed, standard.cuts is not None, assigned)
    if reason or standard.cuts is None:
        return reason or Reason([])
    sums = total(measures, row) if assigned is None else stored(measures, row, assigned)
    if sums.score is None:
        missing = [m.column for m in measures if rows.number_of(row.get(m.column)) is None]
        nothing = {"value": None, "least": None}
        return Reason([Step("step-missing", {"column": column} | nothing) for column in missing])
    steps = [*weighting(standard), *_parts(measures, sums, row)]
    keys = scheme.keys()
    place = rows.step_of(sums.score, standard.cuts, "higher")
    if assigned is not None:
        place = min(keys.index(assigned["class"]), len(standard.cuts))
    parts = [part for part in sums.contributions if part is not None]
    steps.append(Step("step-total", {"score": sums.score, "parts": parts}))
    facts: dict[str, Any] = {"score": sums.score}
    if place < len(standard.cuts):
        told = facts | {"class": keys[place], "cut": standard.cuts[place]}
        steps.append(Step("step-score-at-least", told))
    else:
        lowest = standard.cuts.index(standard.cuts[-1])
        told = facts | {"class": keys[lowest], "cut": standard.cuts[-1]}
        steps.append(Step("step-score-below", told))
    upper = _upper(standard.cuts, place)
    return Reason(
        steps,
        class_=keys[place] if place < len(standard.cuts) else keys[-1],
        score=sums.score,
        cut=standard.cuts[place] if place < len(standard.cuts) else None,
        next_class=None if upper is None else keys[upper],
        to_next=[] if upper is None else _ways(standard, sums, row, keys[upper], upper),
    )


def _upper(cuts: list[float], place: int) -> int | None:
    """The next better class someone could reach: classes that share a cut are passed over."""
    for upper in range(place - 1, -1, -1):
        if upper == 0 or cuts[upper] != cuts[upper - 1]:
            return upper
    return None


def weighting(standard: WeightedStandard) -> list[Step]:
    """Where weights that nobody wrote down come from."""
    told = standard.weighting
    if told is None:
        return []
    ratio = None if told.ratio is None else round(told.ratio, 3)
    return [Step(f"step-weights-{told.by}", {} if ratio is None else {"ratio": ratio})]


def _parts(measures: list[Measure], sums: Sum, row: Mapping[str, Any]) -> list[Step]:
    steps = []
    for measure, points, part in zip(measures, sums.points, sums.contributions, strict=True):
        value = rows.number_of(row.get(measure.column))
        facts = {"column": measure.column, "weight": measure.weight}
        if value is None:
            code = "step-skipped" if measure.missing == "skip" else "step-counted-zero"
            steps.append(Step(code, facts))
            continue
        facts["weight"] = measure.weight / sums.present
        facts |= {"value": value, "points": points, "contribution": part, "by": measure.by}
        by = "alike" if len(measure.knots) == 1 else measure.by
        steps.append(Step(f"step-contribution-{by}", facts | _scale(measure)))
    return steps


def _scale(measure: Measure) -> dict[str, Any]:
    """What the points are measured by."""
    if measure.by == "zscore":
        return {"mean": measure.mean, "deviation": measure.deviation}
    if measure.knots:
        return {"low": measure.knots[0][0], "high": measure.knots[-1][0]}
    return {}


def _ways(
    standard: WeightedStandard, sums: Sum, row: Mapping[str, Any], key: str, upper: int
) -> list[Step]:
    """The gap in points, then each indicator that could close it alone."""
    assert standard.cuts is not None
    assert sums.score is not None
    cut = standard.cuts[upper]
    gap = {"class": key, "cut": cut, "score": sums.score, "gap": cut - sums.score}
    steps = [Step("next-score", gap)]
    for measure in standard.measures:
        value = rows.number_of(row.get(measure.column))
        target = None if value is None else _target(standard, measure, row, value, cut)
        if value is not None and target is not None:
            code = "next-alone-more" if measure.better == "higher" else "next-alone-less"
            facts = {"column": measure.column, "value": value, "target": target, "class": key}
            steps.append(Step(code, facts | {"gap": rows.difference(target, value)}))
    if len(steps) == 1:
        steps.append(Step("next-together", {"class": key}))
    return steps


def _target(
    standard: WeightedStandard,
    measure: Measure,
    row: Mapping[str, Any],
    value: Number,
    cut: float,
) -> Number | None:
    """The value of one indicator that, all else as it is, reaches the cut; None if none does."""

    measures = standard.measures
    points = [filled_points(one, row.get(one.column)) for one in measures]
    same = [place for place, one in enumerate(measures) if one.column == measure.column]

    def reaches(candidate: Number) -> bool:
        for place in same:
            points[place] = filled_points(measures[place], candidate)
        score = summed(measures, points).score
        return score is not None and score >= cut

    if measure.bands:
        fitting = [bound for bound, _ in reversed(measure.bands) if reaches(bound)]
        return fitting[0] if fitting else None
    if not measure.knots:
        return None
    ends = measure.knots[-1][0], measure.knots[0][0]
    best = ends[0] if measure.better == "higher" else ends[1]
    if not reaches(best):
        return None
    far, near = best, float(value)
    for _ in range(200):
        half = (far + near) / 2
        if half in (far, near):
            break
        if reaches(half):
            far = half
        else:
            near = half
    return _written(far, value, measure, reaches)


def _written(found: float, value: Number, measure: Measure, reaches: Any) -> Number:
    """The found value as the column writes it: whole days and orders, money in cents."""
    higher = measure.better == "higher"
    if isinstance(value, int):
        whole = ceil(found) if higher else floor(found)
        return whole if reaches(whole) else whole + (1 if higher else -1)
    if isinstance(value, Decimal):
        rounding = ROUND_CEILING if higher else ROUND_FLOOR
        money = Decimal(found).quantize(_CENT, rounding=rounding)
        return money if reaches(money) else money + (_CENT if higher else -_CENT)
    return found if reaches(found) else nextafter(found, inf if higher else -inf)
