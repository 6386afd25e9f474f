"""Measures a scheme's record over the observed dates, with bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from kefen.evaluate.backtest_result import SHARES, Capture, ClassOutcome, Track, Trial
from kefen.evaluate.bootstrap import Estimate, Floats, Groups, Integers, estimate
from kefen.evaluate.calibration import PREDICTED, calibrate, foretelling
from kefen.evaluate.effect import effect
from kefen.evaluate.lift import Gains, gains, ranking
from kefen.schemes.lapse import LAPSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen.evaluate.calibration import Calibration
    from kefen.evaluate.effect import Effect
    from kefen.evaluate.outcomes import Classed, Observation
    from kefen.schemes import Scheme

_GRID = np.linspace(0.0, 1.0, 201)


@dataclass
class Shared:
    """What all schemes share: the bootstrap's groups, the value, and the reference rankings."""

    groups: Groups
    places: Sequence[Integers]
    seen: Sequence[Observation]
    value: str

    def worth(self, number: int) -> Floats:
        """The value of each customer of a date.

        Who bought at a cost that is not known counts as the average buyer of whom it is; where it
        is known of no buyer, nobody counts.
        """
        one = self.seen[number]
        found: Floats = getattr(one, self.value)
        known = np.isfinite(found)
        if known.all():
            return found
        buyers = known & (one.purchases > 0)
        mean = float(found[buyers].mean()) if buyers.any() else np.nan
        return np.where(known, found, mean) if buyers.any() else np.zeros(len(found))

    @property
    def cost_known(self) -> float | None:
        """Of the buyers of all dates, the part whose profit is known; None when sales count."""
        if self.value != "profit":
            return None
        buyers = [one.purchases > 0 for one in self.seen]
        known = sum(
            int(np.isfinite(o.profit)[b].sum()) for o, b in zip(self.seen, buyers, strict=True)
        )
        count = sum(int(b.sum()) for b in buyers)
        return known / count if count else None

    def gains(self, number: int, *keys: Floats) -> Gains:
        """The gain curve of a ranking on a date."""
        return gains(ranking(*keys), self.worth(number), self.groups, self.places[number])

    @cached_property
    def past(self) -> list[Gains]:
        """Ranking by past sales, on each date."""
        return [self.gains(n, one.past) for n, one in enumerate(self.seen)]

    @cached_property
    def best(self) -> list[Gains]:
        """Ranking by the value itself, on each date."""
        return [self.gains(n, self.worth(n)) for n, _ in enumerate(self.seen)]

    def curve(self, name: str) -> list[list[float]]:
        """A reference curve as a mean over the dates."""
        return mean_curve(self.past if name == "past" else self.best)


def mean_curve(curves: Sequence[Gains]) -> list[list[float]]:
    """The mean of several gain curves, in 200 steps; one curve is kept point by point."""
    known = [one for one in curves if np.isfinite(one.value[-1, 0])]
    if len(known) == 1:
        return known[0].points()
    lines = [
        np.interp(_GRID, np.r_[0.0, one.customers[:, 0]], np.r_[0.0, one.value[:, 0]])
        for one in known
    ]
    if not lines:
        return []
    return [[float(x), float(y)] for x, y in zip(_GRID, np.mean(lines, axis=0), strict=True)]


def track(scheme: Scheme, seen: Sequence[Observation], shared: Shared, top: int) -> Track:
    """The record of one scheme."""
    for one in seen:
        if scheme.name in one.failed:
            return Track(scheme, one.failed[scheme.name])
    classed = [one.classed[scheme.name] for one in seen]
    curves = [shared.gains(n, _better(one), one.score) for n, one in enumerate(classed)]
    coarse = [
        shared.gains(n, _better(one), np.zeros(len(one.place))) for n, one in enumerate(classed)
    ]
    tables = _tables(scheme, seen, classed, shared)
    means = _ratio(tables["worth"], tables["customers"])
    if shared.value == "profit":
        means = _mean_profit(tables)
    steps = _steps(scheme, means)
    ginis = np.mean([curve.gini for curve in curves], axis=0)
    pasts = np.mean([curve.gini for curve in shared.past], axis=0)
    top_classes = _top(scheme, tables, top)
    falls = _falls(means[: len(scheme.classes)])
    return Track(
        scheme,
        None,
        _outcomes(scheme, tables, means),
        tuple(_trial(scheme, n, shared, curves[n], classed[n]) for n, _ in enumerate(seen)),
        _estimate(ginis),
        _estimate(np.mean([curve.gini for curve in coarse], axis=0)),
        _estimate(pasts),
        _estimate(np.mean([curve.gini for curve in shared.best], axis=0)),
        _estimate(ginis - pasts),
        top_classes,
        _capture_top(scheme, top_classes, classed, shared),
        tuple(_capture(share, curves, shared) for share in SHARES),
        None if falls is None else bool(falls[0]),
        None if falls is None else float(np.mean(falls[1:])) if len(falls) > 1 else None,
        steps,
        _effect(scheme, classed, shared),
        _calibrations(scheme, seen),
        mean_curve(curves),
        shared.cost_known,
    )


def _better(one: Classed) -> Floats:
    """Places as a ranking takes them: greater is better."""
    found: Floats = -one.place.astype(np.float64)
    return found


def _estimate(values: Floats) -> Estimate:
    return estimate(values[0], values[1:])


def _ratio(top: Floats, bottom: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(bottom > 0, top / bottom, np.nan)
    return found


def _tables(
    scheme: Scheme, seen: Sequence[Observation], classed: Sequence[Classed], shared: Shared
) -> dict[str, Floats]:
    """Sums by class (then the lapsed, then the unrated) and draw, over all dates."""
    height = len(scheme.classes) + 2
    sums: dict[str, Any] = {}
    for number, (one, mine) in enumerate(zip(seen, classed, strict=True)):
        values: dict[str, Any] = {
            "customers": None,
            "worth": shared.worth(number),
            "positive": np.maximum(shared.worth(number), 0.0),
            "past": one.past,
            "sales": one.sales,
            "profit": np.nan_to_num(one.profit),
            "bought": (one.purchases > 0).astype(float),
        }
        known = np.isfinite(one.profit) & (one.purchases > 0)
        values |= {
            "known": known.astype(float),
            "profit_bought": np.where(known, values["profit"], 0.0),
        }
        if one.overdue is not None:
            values["overdue"] = np.nan_to_num(one.overdue)
            values["is_overdue"] = (np.nan_to_num(one.overdue) > 0).astype(float)
        rows = mine.place + ((mine.place == len(scheme.classes)) & ~mine.lapsed)
        for name, value in values.items():
            found = shared.groups.table(rows, shared.places[number], value, height)
            sums[name] = sums.get(name, 0.0) + found
    return sums


def _outcomes(scheme: Scheme, tables: dict[str, Floats], means: Floats) -> tuple[ClassOutcome, ...]:
    titles = [{"zh": part.title.zh, "en": part.title.en} for part in scheme.classes]
    titles += [{"zh": "沉睡", "en": "Lapsed"}, {"zh": "未评级", "en": "Unrated"}]
    first = {name: table[:, 0] for name, table in tables.items()}
    everyone, whole = first["customers"].sum(), first["positive"].sum()
    mean_profit = _mean_profit(tables)
    cost_known = _ratio(first["known"], first["bought"])
    retention = _ratio(tables["bought"], tables["customers"])
    late = _ratio(tables["is_overdue"], tables["customers"]) if "overdue" in tables else None
    listed = []
    for place, key in enumerate([*scheme.keys(), LAPSED, None]):
        customers = int(first["customers"][place])
        rated = place < len(scheme.classes)
        if not (rated or customers):
            continue
        share = customers / everyone if everyone else 0.0
        value = float(first["positive"][place] / whole) if whole > 0 else None
        listed.append(
            ClassOutcome(
                key,
                titles[place],
                place + 1 if rated else 0,
                customers,
                share,
                float(first["past"][place]),
                float(first["sales"][place]),
                float(first["profit"][place]) if _all_known(first, place) else None,
                value,
                value / share if value is not None and share else None,
                _estimate(means[place]),
                _estimate(mean_profit[place]),
                _estimate(retention[place]),
                float(first["overdue"][place]) if late is not None else None,
                Estimate(None) if late is None else _estimate(late[place]),
                _finite(cost_known[place]),
            )
        )
    return tuple(listed)


def _all_known(first: dict[str, Floats], place: int) -> bool:
    """Whether the cost of everybody in a class who bought is known."""
    return bool(first["known"][place] == first["bought"][place])


def _mean_profit(tables: dict[str, Floats]) -> Floats:
    """Profit a customer: buyers whose cost is known stand for those of the class whose is not."""
    none = tables["bought"] <= 0
    times = np.where(none, 0.0, _ratio(tables["bought"], tables["known"]))
    others = tables["profit"] - tables["profit_bought"]
    return _ratio(others + tables["profit_bought"] * times, tables["customers"])


def _falls(means: Floats) -> Any:
    """For each draw, whether the value a customer never rises from a class to the next worse.

    Classes without customers are passed over; None with fewer than two others.
    """
    known = means[np.isfinite(means[:, 0])]
    if len(known) < 2:
        return None
    with np.errstate(invalid="ignore"):
        rises = np.diff(known, axis=0) > 0
    return ~rises.any(axis=0)


def _steps(scheme: Scheme, means: Floats) -> tuple[dict[str, Any], ...]:
    """How much more a customer of a class brings than one of the next that is not empty.

    The two are `distinct` when the interval of the difference does not hold zero.
    """
    keys = scheme.keys()
    filled = [place for place in range(len(keys)) if np.isfinite(means[place, 0])]
    found = []
    for better, worse in pairwise(filled):
        gap = _estimate(means[better] - means[worse])
        found.append(
            {
                "from": keys[better],
                "to": keys[worse],
                "difference": gap,
                "distinct": gap.low is not None and gap.high is not None and gap.low * gap.high > 0,
            }
        )
    return tuple(found)


def _top(scheme: Scheme, tables: dict[str, Floats], top: int) -> tuple[str, ...]:
    """The best classes that hold anyone."""
    counts = tables["customers"][:, 0]
    filled = [key for place, key in enumerate(scheme.keys()) if counts[place] > 0]
    return tuple(filled[: max(top, 1)])


def _capture_top(
    scheme: Scheme, top: Sequence[str], classed: Sequence[Classed], shared: Shared
) -> Capture:
    """What the top classes brought, and as many customers by past sales."""
    places = [scheme.keys().index(key) for key in top]
    shares, values, pasts = [], [], []
    for number, one in enumerate(classed):
        inside = np.isin(one.place, places).astype(np.int64)
        worth = np.maximum(shared.worth(number), 0.0)
        group = shared.places[number]
        customers = shared.groups.table(inside, group, None, 2)
        value = shared.groups.table(inside, group, worth, 2)
        share = _ratio(customers[1], customers.sum(axis=0))
        shares.append(share)
        values.append(_ratio(value[1], value.sum(axis=0)))
        pasts.append(shared.past[number].at(share))
    return Capture(
        float(np.mean([share[0] for share in shares])),
        _estimate(np.mean(values, axis=0)),
        _estimate(np.mean(pasts, axis=0)),
    )


def _capture(share: float, curves: Sequence[Gains], shared: Shared) -> Capture:
    return Capture(
        share,
        _estimate(np.mean([curve.at(share) for curve in curves], axis=0)),
        _estimate(np.mean([curve.at(share) for curve in shared.past], axis=0)),
    )


def _trial(scheme: Scheme, number: int, shared: Shared, curve: Gains, mine: Classed) -> Trial:
    one = shared.seen[number]
    height = len(scheme.classes) + 1
    counts = np.bincount(mine.place, minlength=height)
    sums = np.bincount(mine.place, weights=shared.worth(number), minlength=height)
    means = [
        float(total / count) if count else None
        for total, count in zip(sums[:-1], counts[:-1], strict=True)
    ]
    return Trial(
        one.as_of,
        one.end,
        len(one.ids),
        int(counts[:-1].sum()),
        _finite(curve.gini[0]),
        _finite(shared.past[number].gini[0]),
        _finite(shared.best[number].gini[0]),
        tuple(means),
        curve.points(),
    )


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _effect(scheme: Scheme, classed: Sequence[Classed], shared: Shared) -> Effect:
    """How far the classes of the rated differ in value, all dates together."""
    rated = [one.place < len(scheme.classes) for one in classed]
    pieces = list(zip(classed, shared.places, rated, strict=True))
    return effect(
        np.concatenate([one.place[inside] for one, _, inside in pieces]),
        np.concatenate([shared.worth(n)[inside] for n, inside in enumerate(rated)]),
        shared.groups,
        np.concatenate([places[inside] for _, places, inside in pieces]),
        once=len(classed) == 1,
    )


def _calibrations(scheme: Scheme, seen: Sequence[Observation]) -> tuple[Calibration, ...]:
    """Predictions the scheme rests on against what came, all dates together."""
    purchases = np.concatenate([one.purchases for one in seen])
    came = {"left": (purchases <= 0).astype(float), "purchases": purchases}
    found = []
    for name in foretelling([scheme]):
        said = np.concatenate([one.predictions[name] for one in seen])
        outcome = PREDICTED[name]
        found.append(calibrate(said, came[outcome], name, outcome))
    return tuple(one for one in found if one is not None)
