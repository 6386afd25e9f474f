"""`weighted`: each indicator becomes points from 0 to 100, weighted and summed to a score."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from kefen.deferred import ibis
from kefen.schemes import rating, rows
from kefen.schemes.aggregate_cache import memory_of
from kefen.schemes.cuts import find
from kefen.schemes.histogram import Ask
from kefen.schemes.methods import one_indicator
from kefen.schemes.methods.base import Bounds, Method, Scored
from kefen.schemes.methods.weighted.faults import faults
from kefen.schemes.methods.weighted.model import (
    Item,
    Measure,
    WeightedScheme,
    WeightedStandard,
    Weighting,
)
from kefen.schemes.methods.weighted.reason import explain
from kefen.schemes.methods.weighted.scoring import (
    add_score,
    bare_score,
    line,
    on_grid,
    points_to_store,
)
from kefen.schemes.methods.weighted.weighing import weigh
from kefen.schemes.standard import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.aggregate_cache import Memory
    from kefen.schemes.cuts import Answer

_KNOTS = tuple(Fraction(n, 100) for n in (5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99))
_ALIKE = 50.0
"""Points of everyone where all values are equal: the indicator tells nobody apart."""


def _needed(scheme: WeightedScheme) -> list[str]:
    return [scheme.column(i.indicator) for i in scheme.indicators if i.missing == "unrated"]


def _checked(scheme: WeightedScheme, table: ir.Table) -> None:
    read = [*map(scheme.column, scheme.references()), *map(scheme.column, scheme.minimum)]
    value = [scheme.column(scheme.value)] if scheme.cut == "value" else []
    rating.columns(scheme, table, read + value)


def _fit(scheme: WeightedScheme, table: ir.Table, engine: Engine) -> WeightedStandard:
    _checked(scheme, table)
    rated = table.filter(rating.enough(scheme, table, _needed(scheme)))
    plain, notes = _measures(scheme, rated, engine)
    measures, weighting, more = weigh(scheme, plain, rated, engine)
    score = bare_score(measures, rated, ibis.literal(True), _value(scheme))
    held = score if scheme.cut == "score" else engine.materialise(score)
    cut = _cut(scheme, held, engine)
    if scheme.cut != "score":
        engine.drop(held)
    return _standard(scheme, measures, [*notes, *more], weighting, cut)


def _standard(
    scheme: WeightedScheme,
    measures: list[Measure],
    notes: list[Note],
    weighting: Weighting | None,
    cut: Cut,
) -> WeightedStandard:
    if cut.customers:
        notes = [
            note.model_copy(update={"code": "all-missing"}) if note.code == "no-customers" else note
            for note in [*notes, *cut.notes]
        ]
    else:
        notes = [n for n in notes if n.code == "no-customers"] or [Note(code="no-customers")]
    return WeightedStandard(
        scheme=scheme.hash,
        customers=cut.customers,
        notes=notes,
        weighting=weighting,
        measures=measures,
        cuts=cut.cuts,
    )


def _scored(
    scheme: WeightedScheme, table: ir.Table, engine: Engine, keep: Sequence[str]
) -> Scored[WeightedScheme, WeightedStandard]:
    """The score is worked out once, kept, and cut as often as classes change."""
    _checked(scheme, table)
    enough = rating.enough(scheme, table, _needed(scheme))
    rated = table.filter(enough)
    plain, notes = _measures(scheme, rated, engine)
    measures, weighting, more = weigh(scheme, plain, rated, engine)
    value = [name for name in _value(scheme) if name not in keep]
    held = engine.materialise(bare_score(measures, table, enough, [*keep, *value]))

    def cut(other: WeightedScheme) -> tuple[WeightedStandard, ir.Table]:
        found = _cut(other, held.filter(held.score.notnull()), engine)
        standard = _standard(other, measures, [*notes, *more], weighting, found)
        return standard, held.mutate(**{"class": _label(other, standard, held)})

    return Scored(held, cut)


def _value(scheme: WeightedScheme) -> list[str]:
    """The column that cuts by share of value add up."""
    return [scheme.column(scheme.value)] if scheme.cut == "value" else []


def _stage(
    scheme: WeightedScheme, table: ir.Table, engine: Engine
) -> dict[str, Callable[[], ir.Value]]:
    """The points of every indicator, which no weight and no cut changes."""
    _checked(scheme, table)
    rated = table.filter(rating.enough(scheme, table, _needed(scheme)))
    measures, _ = _measures(scheme, rated, engine)
    return points_to_store(measures, table)


def _measures(
    scheme: WeightedScheme, rated: ir.Table, engine: Engine
) -> tuple[list[Measure], list[Note]]:
    """How each indicator becomes points, not weighed yet, and what should be known about it."""
    memory = memory_of(engine)
    about = memory.about(rated) if memory else None
    known = [
        memory.get(about, _said(scheme, item)) if memory else None for item in scheme.indicators
    ]
    new = [item for item, measure in zip(scheme.indicators, known, strict=True) if measure is None]
    fitted = iter(_fitted(scheme, new, rated, engine))
    measures: list[Measure] = []
    notes: list[Note] = []
    for item, there in zip(scheme.indicators, known, strict=True):
        measure, more = (there, []) if there is not None else next(fitted)
        measures.append(measure.model_copy(update={"weight": 1.0, "missing": item.missing}))
        notes += more
    return measures, notes


def _remember(
    scheme: WeightedScheme, standard: WeightedStandard, table: ir.Table, memory: Memory
) -> None:
    """Keep how each indicator of a run came to points.

    Not where all values were alike or nobody had one: the notes of it are found with it.
    """
    if not {*_needed(scheme), *map(scheme.column, scheme.minimum)} <= set(table.columns):
        return
    about = memory.about(table.filter(rating.enough(scheme, table, _needed(scheme))))
    for item, measure in zip(scheme.indicators, standard.measures, strict=True):
        if len(measure.knots) > 1 and measure.column in table.columns:
            memory.keep(about, _said(scheme, item), measure)


def _said(scheme: WeightedScheme, item: Item) -> tuple[str, ...]:
    """All that the points of an indicator depend on, beside who is rated."""
    return ("measure", scheme.column(item.indicator), item.better, item.normalise.model_dump_json())


def _fitted(
    scheme: WeightedScheme, items: Sequence[Item], rated: ir.Table, engine: Engine
) -> list[tuple[Measure, list[Note]]]:
    """Measures found among the rated customers, each with its notes; bands look at nobody."""
    asks = {at: _ask(scheme, item) for at, item in enumerate(items) if not item.normalise.bands}
    answers = dict(zip(asks, find(rated, list(asks.values()), engine), strict=True))
    moments = _moments(scheme, items, rated, engine)
    found: list[tuple[Measure, list[Note]]] = []
    for at, item in enumerate(items):
        answer, column = answers.get(at), scheme.column(item.indicator)
        mean, deviation = moments.get(column, (None, None))
        bands = [(b.bound, float(b.points)) for b in item.normalise.bands or []]
        knots = _knots(item, answer, mean, deviation) if answer and answer.customers else []
        measure = Measure(
            column=column,
            weight=1.0,
            better=item.better,
            missing=item.missing,
            by=item.normalise.by,
            knots=knots,
            bands=bands,
            mean=mean,
            deviation=deviation,
        )
        found.append((measure, one_indicator.notes(answer, column) if answer else []))
    return found


def _ask(scheme: WeightedScheme, item: Item) -> Ask:
    column, normalise = scheme.column(item.indicator), item.normalise
    clip = normalise.clip if normalise.by == "minmax" else None
    return Ask(
        column,
        quantiles=tuple(Fraction(repr(point)) for point in clip or ()),
        knots=_KNOTS if normalise.by == "percentile" else (),
        better=item.better,
    )


def _moments(
    scheme: WeightedScheme, items: Sequence[Item], rated: ir.Table, engine: Engine
) -> dict[str, tuple[float | None, float | None]]:
    """Mean and standard deviation of the columns that need them.

    Rounded to twelve digits: the order in which an engine adds is not fixed.
    """
    columns = [scheme.column(i.indicator) for i in items if i.normalise.by == "zscore"]
    if not columns:
        return {}
    wanted: dict[str, Any] = {}
    for at, column in enumerate(columns):
        value = rows.number(rated[column]).cast("float64")
        wanted |= {f"mean{at}": value.mean(), f"deviation{at}": value.std(how="pop")}
    [found] = rows.fetch(rated.aggregate(**wanted), engine)
    return {
        column: (_digits(found[f"mean{at}"]), _digits(found[f"deviation{at}"]))
        for at, column in enumerate(columns)
    }


def _digits(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.12g}")


def _knots(
    item: Item, answer: Answer, mean: float | None, deviation: float | None
) -> list[tuple[float, float]]:
    if answer.low is None or answer.high is None:
        return []
    if answer.low == answer.high:
        return [(float(answer.low), _ALIKE)]
    by = item.normalise.by
    if by == "percentile":
        pairs = [(value, beaten * 100) for value, beaten in answer.knots]
        return line(pairs if item.better == "higher" else pairs[::-1])
    low, high = float(answer.low), float(answer.high)
    if by == "minmax" and answer.quantiles:
        low, high = (float(value) for value in answer.quantiles)
    if by == "zscore" and mean is not None and deviation is not None:
        low, high = mean - 5 * deviation, mean + 5 * deviation
    if low >= high:
        return [(low, _ALIKE)]
    ends = (0.0, 100.0) if item.better == "higher" else (100.0, 0.0)
    return line([(low, ends[0]), (high, ends[1])])


class Cut(NamedTuple):
    """How many customers got a score, and the least score of each class but the last."""

    customers: int
    cuts: list[float] | None
    notes: tuple[Note, ...] = ()


def _cut(scheme: WeightedScheme, scored: ir.Table, engine: Engine) -> Cut:
    """Where the classes part; by share of customers where there is no value to share."""
    inner = scheme.classes[:-1]
    if scheme.cut == "score":
        [counted] = rows.fetch(scored.aggregate(customers=scored["score"].count()), engine)
        bounds = [on_grid(float(p.at_least)) for p in inner if p.at_least is not None]
        return Cut(counted["customers"], bounds if counted["customers"] else None)
    tops = tuple(Fraction(repr(part.upto)) for part in inner)
    value = _value(scheme)
    asks = [Ask("score", tops, weight=name, even=True) for name in value]
    found = find(scored, [*asks, Ask("score", tops, even=True)], engine)
    answer = next((one for one in found if one.total), found[-1])
    cuts = [float(cut.value) for cut in answer.cuts]
    notes = () if answer is found[0] else (Note(code="nothing-positive", column=value[0]),)
    return Cut(answer.customers, cuts if answer.customers else None, notes)


def _assign(scheme: WeightedScheme, standard: WeightedStandard, table: ir.Table) -> ir.Table:
    _checked(scheme, table)
    fitted = standard.cuts is not None
    rated = rating.enough(scheme, table, _needed(scheme)) if fitted else ibis.literal(False)
    scored = add_score(standard.measures, table, rated)
    return scored.mutate(**{"class": _label(scheme, standard, scored)})


def _label(scheme: WeightedScheme, standard: WeightedStandard, scored: ir.Table) -> Any:
    label = rows.ladder(scored["score"], standard.cuts or [], scheme.keys(), "higher")
    known = scored["score"].notnull()
    if standard.cuts is None:
        known = ibis.literal(False)
    return ibis.ifelse(known, label, ibis.null("string"))


def _bounds(standard: WeightedStandard) -> Bounds:
    return Bounds("score", standard.cuts or [])


METHOD = Method(
    WeightedScheme,
    WeightedStandard,
    faults,
    _fit,
    _assign,
    explain,
    _stage,
    _scored,
    bounds=_bounds,
    remember=_remember,
)
