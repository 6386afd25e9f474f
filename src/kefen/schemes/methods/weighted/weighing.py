"""What each indicator weighs: by hand, by judgements, or by what the data tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.deferred import ibis
from kefen.schemes.aggregate_cache import memory_of
from kefen.schemes.methods.weighted import objective
from kefen.schemes.methods.weighted.model import Weighting
from kefen.schemes.methods.weighted.scoring import add_score
from kefen.schemes.standard import Note

if TYPE_CHECKING:
    from collections.abc import Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.methods.weighted.model import Measure, WeightedScheme


def weigh(
    scheme: WeightedScheme, measures: Sequence[Measure], rated: ir.Table, engine: Engine
) -> tuple[list[Measure], Weighting | None, list[Note]]:
    """The measures with their weights, where these come from, and what to know about them."""
    by, weights = scheme.weights.by, scheme.shares()
    weighting, notes = None if by == "hand" else Weighting(by=by), []
    if by == "ahp":
        weighting = Weighting(by=by, ratio=round(scheme.judged().ratio, 6))
    if weights is None:
        found = _told_by_data(by, measures, rated, engine)
        weights = found or [1 / len(measures)] * len(measures)
        notes = [] if found else [Note(code="weights-alike")]
    weighed = [
        measure.model_copy(update={"weight": weight})
        for measure, weight in zip(measures, weights, strict=True)
    ]
    return weighed, weighting, notes


def _told_by_data(
    by: str, measures: Sequence[Measure], rated: ir.Table, engine: Engine
) -> list[float] | None:
    plain = [measure.model_copy(update={"weight": 1.0}) for measure in measures]
    columns = [f"norm_{measure.column}" for measure in plain]
    points = add_score(plain, rated, ibis.literal(True)).select(*columns)
    memory = memory_of(engine)
    about = memory.about(points) if memory else None
    known: list[float] | None = memory.get(about, by) if memory else None
    if known is None:
        of = objective.entropy if by == "entropy" else objective.critic
        known = of(points, columns, engine)
        if memory and known:
            memory.keep(about, by, known)
    return known
