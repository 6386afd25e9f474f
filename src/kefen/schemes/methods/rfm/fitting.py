"""`rfm`: recency, frequency and money, each scored 1-5, then named by combination.

Scores are by fifths of customers or by fixed bands; more recent is better. Classes either say
which of R, F and M are high, at or above their mean or median (the eight classes), or which
ranges of scores they hold (named segments).

Source: Hughes, Strategic Database Marketing (1994).
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Any

from kefen.deferred import ibis
from kefen.schemes import rating, rows
from kefen.schemes.cuts import find
from kefen.schemes.histogram import Ask
from kefen.schemes.methods import one_indicator
from kefen.schemes.methods.base import Method
from kefen.schemes.methods.rfm.faults import faults
from kefen.schemes.methods.rfm.reason import explain
from kefen.schemes.methods.rfm.scores import (
    BEST,
    BETTER,
    LETTERS,
    Box,
    Letter,
    Name,
    RfmScheme,
    RfmStandard,
    limit,
    middle_of_scores,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import ibis.expr.types as ir

    from kefen.engines import Engine
    from kefen.schemes.cuts import Answer
    from kefen.schemes.standard import Number

_FIFTHS = tuple(Fraction(n, BEST) for n in range(1, BEST))
_HALF = (Fraction(1, 2),)


def _columns(scheme: RfmScheme) -> dict[Name, str]:
    named = zip(LETTERS, scheme.references(), strict=True)
    return {name: scheme.column(reference) for name, reference in named}


def _fit(scheme: RfmScheme, table: ir.Table, engine: Engine) -> RfmStandard:
    columns = _columns(scheme)
    names = list(columns.values())
    rating.columns(scheme, table, [*names, *map(scheme.column, scheme.minimum)])
    rated = table.filter(rating.enough(scheme, table, names))
    tops = () if scheme.bands else _FIFTHS
    halves = _HALF if scheme.by_high and scheme.split == _median_of_values(scheme) else ()
    asks = [Ask(columns[n], tops, halves, better=BETTER[n]) for n in LETTERS]
    answers = dict(zip(LETTERS, find(rated, asks, engine), strict=True))
    customers = answers["r"].customers
    letters = None
    if customers:
        cuts = {n: _cuts(scheme, n, answers[n]) for n in LETTERS}
        middles = _middles(scheme, rated, engine, columns, answers, cuts)
        letters = {
            n: Letter(
                column=columns[n],
                better=BETTER[n],
                cuts=cuts[n],
                middle=None if middles is None else float(middles[n]),
                limit=None
                if middles is None
                else _limit(scheme, middles[n], table.schema()[columns[n]], n),
            )
            for n in LETTERS
        }
    notes = [note for n in LETTERS for note in one_indicator.notes(answers[n], columns[n])]
    return RfmStandard(
        scheme=scheme.hash, customers=customers, notes=notes, split=scheme.split, letters=letters
    )


def _median_of_values(scheme: RfmScheme) -> Any:
    return scheme.split.model_copy(update={"by": "median", "of": "value"})


def _cuts(scheme: RfmScheme, name: Name, answer: Answer) -> list[Number]:
    return list(scheme.bands.of(name)) if scheme.bands else [cut.value for cut in answer.cuts]


def _limit(scheme: RfmScheme, middle: Fraction, kind: Any, name: Name) -> Number:
    """What is high: a score at or above the middle score, or a value at or better than it."""
    if scheme.split.of == "score":
        return -(-middle.numerator // middle.denominator)
    return limit(middle, kind, BETTER[name])


def _middles(
    scheme: RfmScheme,
    rated: ir.Table,
    engine: Engine,
    columns: Mapping[Name, str],
    answers: Mapping[Name, Answer],
    cuts: Mapping[Name, Sequence[Number]],
) -> dict[Name, Fraction] | None:
    """The mean or median of each letter, exactly; None where classes do not need it."""
    if not scheme.by_high:
        return None
    by, of = scheme.split.by, scheme.split.of
    if of == "value":
        if by == "median":
            return {n: answers[n].quantiles[0] for n in LETTERS}
        sums = {n: rows.number(rated[columns[n]]).sum().cast("string") for n in LETTERS}
        [found] = rows.fetch(rated.aggregate(**sums), engine)
        return {n: Fraction(found[n]) / answers[n].customers for n in LETTERS}
    if scheme.bands is None:
        reached = {n: [cut.customers for cut in answers[n].cuts] for n in LETTERS}
    else:
        counts = {
            f"{n}{at}": rows.reaches(rows.number(rated[columns[n]]), cut, BETTER[n]).sum()
            for n in LETTERS
            for at, cut in enumerate(cuts[n])
        }
        [found] = rows.fetch(rated.aggregate(**counts), engine)
        reached = {n: [found[f"{n}{at}"] for at in range(BEST - 1)] for n in LETTERS}
    return {n: middle_of_scores(reached[n], answers[n].customers, by) for n in LETTERS}


def _assign(scheme: RfmScheme, standard: RfmStandard, table: ir.Table) -> ir.Table:
    columns = _columns(scheme)
    names = list(columns.values())
    rating.columns(scheme, table, [*names, *map(scheme.column, scheme.minimum)])
    highs = [f"{n}_high" for n in LETTERS] if scheme.by_high else []
    if standard.letters is None:
        nothing: dict[str, Any] = {n: ibis.null("int8") for n in LETTERS}
        nothing |= {name: ibis.null("boolean") for name in highs}
        empty = rows.classify(ibis.literal(False), ibis.null("string"), ibis.null("int8"))
        return table.mutate(**nothing, **empty)
    rated = rating.enough(scheme, table, names)
    scored = table.mutate(
        **{n: _score(letter, table, rated) for n, letter in standard.letters.items()}
    )
    if scheme.by_high:
        scored = scored.mutate(
            **{f"{n}_high": _high(scheme, n, standard.letters[n], scored) for n in LETTERS}
        )
    known = scored["r"].notnull()
    total = scored["r"] + scored["f"] + scored["m"]
    return scored.mutate(**rows.classify(known, _label(scheme, scored), total))


def _score(letter: Letter, table: ir.Table, rated: Any) -> Any:
    labels = [ibis.literal(score, type="int8") for score in range(BEST, 0, -1)]
    value = rows.number(table[letter.column])
    return ibis.ifelse(
        rated, rows.ladder(value, letter.cuts, labels, letter.better), ibis.null("int8")
    )


def _high(scheme: RfmScheme, name: Name, letter: Letter, scored: ir.Table) -> Any:
    assert letter.limit is not None
    if scheme.split.of == "score":
        return scored[name] >= letter.limit
    value = rows.number(scored[letter.column])
    high = rows.reaches(value, letter.limit, letter.better)
    return ibis.ifelse(scored[name].notnull(), high, ibis.null("boolean"))


def _label(scheme: RfmScheme, scored: ir.Table) -> Any:
    tests = []
    for part in scheme.classes:
        if scheme.by_high:
            wanted = set(part.high or [])
            each = [scored[f"{n}_high"] if n in wanted else ~scored[f"{n}_high"] for n in LETTERS]
            tests.append((reduce(and_, each), part.key))
        else:
            boxes = [_inside(box, scored) for box in part.scores or []]
            tests.append((reduce(or_, boxes), part.key))
    return ibis.cases(*tests[:-1], else_=tests[-1][1])


def _inside(box: Box, scored: ir.Table) -> Any:
    tests = []
    for name in LETTERS:
        low, high = box.range(name)
        if (low, high) != (1, BEST):
            tests.append(scored[name] == low if low == high else scored[name].between(low, high))
    return reduce(and_, tests) if tests else ibis.literal(True)


METHOD = Method(RfmScheme, RfmStandard, faults, _fit, _assign, explain)
