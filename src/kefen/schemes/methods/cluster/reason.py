"""Why a row is in its cluster: where it stands, what is nearest, what sets the cluster apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.schemes import rows
from kefen.schemes.methods.cluster.scaling import GRID, away_of, coordinate_of, squares_of
from kefen.schemes.rating import unrated
from kefen.schemes.reason import Reason, Step, has

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.schemes.methods.cluster.model import (
        Centre,
        ClusterScheme,
        ClusterStandard,
        Scale,
    )

_TELLING = 0.5
"""Half a deviation from the others is the least that sets a cluster apart (Cohen's medium)."""
_MOST = 3


def explain(
    scheme: ClusterScheme,
    standard: ClusterStandard,
    row: Mapping[str, Any],
    assigned: Mapping[str, Any] | None,
) -> Reason:
    """Coordinates, the nearest centroid and the next, and the cluster's traits."""
    needed = [scale.column for scale in standard.scales]
    reason = unrated(scheme, row, needed, standard.centres is not None, assigned)
    if reason or standard.centres is None:
        return reason or Reason([])
    steps = [_placed(scale, row) for scale in standard.scales]
    squares = squares_of(standard.scales, standard.centres, row)
    order = sorted(range(len(squares)), key=lambda at: squares[at])
    keys = scheme.keys()
    if assigned is not None:
        own = keys.index(assigned["class"])
        order = [own, *(at for at in order if at != own)]
    distances = [away_of(squares[at]) for at in order[:2]]
    if assigned is not None and has(assigned, "distance", "next_distance"):
        distances = [assigned["distance"], assigned["next_distance"]][: len(order)]
    facts: dict[str, Any] = {"class": keys[order[0]], "distance": distances[0]}
    if len(order) > 1:
        other = scheme.class_(keys[order[1]]).title.model_dump()
        facts |= {"other": other, "other_distance": distances[1]}
    steps.append(Step("step-nearest" if len(order) > 1 else "step-one-cluster", facts))
    steps.append(apart(scheme, standard, order[0]))
    return Reason(steps, class_=keys[order[0]])


def _placed(scale: Scale, row: Mapping[str, Any]) -> Step:
    value = rows.number_of(row.get(scale.column))
    facts: dict[str, Any] = {"column": scale.column, "value": value}
    if scale.spread is None:
        return Step("step-place-alike", facts)
    place = coordinate_of(scale, value) / GRID
    if scale.by == "minmax":
        return Step("step-place-minmax", facts | {"share": place})
    code = "step-place-log" if scale.by == "log" else "step-place"
    return Step(
        f"{code}-above" if place >= 0 else f"{code}-below", facts | {"deviations": abs(place)}
    )


def apart(scheme: ClusterScheme, standard: ClusterStandard, place: int) -> Step:
    """What sets a cluster apart from the others: the indicators that differ most."""
    assert standard.centres is not None
    centre: Centre = standard.centres[place]
    traits = sorted(
        zip(standard.scales, centre.apart, centre.means, strict=True), key=lambda one: -abs(one[1])
    )
    told = [
        Step("trait-high" if by > 0 else "trait-low", {"column": scale.column, "mean": mean})
        for scale, by, mean in traits
        if abs(by) >= _TELLING
    ]
    facts = {"class": scheme.keys()[place], "because": told[:_MOST]}
    return Step("step-apart" if told else "step-not-apart", facts)
