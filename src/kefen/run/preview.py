"""Previews: what a scheme would make of the customers, without a run and without a file.

The facts are read once. Then a moved weight or cut is refitted and reassigned on the indicators
kept on the engine, and only sums leave it.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import ibis

from kefen import schemes
from kefen.errors import Fault, KefenError
from kefen.indicators import Request, measured
from kefen.run import preview_figures
from kefen.run.bins import SCORE_EDGES, bin_of, edges
from kefen.run.missing_facts import missing_facts, unknown_customers
from kefen.run.presence import not_yet
from kefen.run.preview_data import (
    BEFORE,
    MEASURED,
    WORTH,
    PreviewData,
    as_written,
    code_of,
    side,
    with_before,
)
from kefen.run.preview_figures import ABSENT, Members, Preview
from kefen.run.source import day_of, rows
from kefen.schemes import lapse
from kefen.schemes.adjustments import hold, reads
from kefen.schemes.aggregate_cache import remember
from kefen.schemes.cuts import find
from kefen.schemes.histogram import Ask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators import Measured
    from kefen.ledger import Ledger
    from kefen.run.record import Run
    from kefen.schemes import Scheme, Standard
    from kefen.schemes.methods.base import Scored

ANY: Final = "*"
"""Any class; no class can be called so."""
_GROUNDS = 3
_NO_SCORE: Final = frozenset({"name", "title", "description", "classes"})
_PAST = (lapse.LAST, lapse.WORTH)
_MIDDLE = Fraction(1, 2)


@dataclass(frozen=True)
class Classed:
    """A scheme's classes as an expression, and what it keeps on the engine."""

    scheme: Scheme
    rows: ir.Table
    scored: Scored[Any, Any] | None = None
    score_key: Any = None
    """What the scores depend on."""


class PreviewSession:
    """Previews on one version of the ledger as of one date. For one thread at a time.

    Example:
        >>> import kefen, polars as pl
        >>> ledger = kefen.from_frames(orders=pl.DataFrame(
        ...     {"customer_id": ["a", "b"], "ordered_on": ["2025-05-01"] * 2, "amount": ["9", "1"]}
        ... ))
        >>> bench = PreviewSession(ledger, "2026-01-01")
        >>> [count["customers"] for count in bench.preview("abc").counts]
        [1, 0, 1]
    """

    def __init__(self, ledger: Ledger, as_of: date | str | None = None) -> None:
        """As of the day after the last sale unless told otherwise.

        Raises:
            RunError: `nothing-sold`, `bad-as-of`.
        """
        self.ledger = ledger.at(ledger.version)
        self.as_of = day_of(self.ledger, as_of)
        self._engine = self.ledger.engine
        self._memory = remember(self._engine)
        self._asked: dict[tuple[str, str, Any], Request] = {}
        self._beside: tuple[Request, ...] = ()
        self._grounds: OrderedDict[Any, PreviewData] = OrderedDict()
        self._assigned: OrderedDict[Any, Classed] = OrderedDict()

    def warm(self, requests: Iterable[Request]) -> None:
        """Measure indicators ahead, so that a scheme that begins to use them need not wait."""
        self._measured(requests)

    def measure_beside(self, requests: Iterable[Request]) -> None:
        """Measure these too, once a scheme comes to use what was not measured yet."""
        self._beside = tuple(requests)

    def preview(self, document: Any, against: Run | None = None) -> Preview:
        """What a scheme document makes of the customers, and who would move since a run."""
        began = perf_counter()
        try:
            return self._preview(document, against, began)
        except KefenError as error:
            faults = list(getattr(error, "faults", ())) or [Fault("", error.code, error.data)]
            return Preview(faults=faults, as_of=self.as_of, seconds=perf_counter() - began)

    def members(
        self,
        document: Any,
        against: Run | None = None,
        *,
        to: str | None = ANY,
        since: str | None = ANY,
        start: int = 0,
        length: int = 50,
    ) -> Members:
        """The customers of a class, of a move, or all of them; by value, most first.

        Args:
            document: the scheme.
            against: the run before, needed for `since`.
            to: the class, `LAPSED`, None for the unrated; left out, any.
            since: the class before, `LAPSED`, None for unrated, `ABSENT` for not there; left out,
                any.
            start, length: which of the rows.

        Rows have `customer_id`, `class`, `score`, `value`, and with a run before `before` and
        `value_before`.

        Raises:
            SchemeError: the document has faults.
        """
        scheme, assigned = self._classed(document, against)
        if to != ANY:
            key = lapse.key(assigned)
            assigned = assigned.filter(key.isnull() if to is None else key == to)
        if since != ANY and against is not None:
            assigned = assigned.filter(assigned[BEFORE] == code_of(against, since, ABSENT))
        value = scheme.column(scheme.value)
        shown = {"class": lapse.key(assigned), "score": assigned["score"], "value": assigned[value]}
        if against is not None:
            shown |= {"before": assigned[BEFORE], "value_before": assigned[WORTH]}
        listed = assigned.select("customer_id", **shown)
        order = [ibis.desc("value", nulls_first=False), "customer_id"]
        page = self._engine.fetch(listed.order_by(order).limit(length, offset=start)).to_pylist()
        [counted] = self._engine.fetch(assigned.aggregate(total=assigned.count())).to_pylist()
        for row in page:
            if against is not None:
                row["before"] = side(against, row["before"], ABSENT)
        return Members(page, counted["total"])

    def close(self) -> None:
        """Give back what is kept on the engine."""
        self._let_all_go()
        for ground in self._grounds.values():
            ground.drop(self._engine, self._memory)
        self._grounds.clear()

    # ---- one preview ----

    def _preview(self, document: Any, against: Run | None, began: float) -> Preview:
        scheme = schemes.load(document)
        table, ground = self._table(scheme, against)
        spent = {"measure": perf_counter() - began}
        standard, assigned = self._fitted(scheme, table, against)
        spent["fit"] = perf_counter() - began - spent["measure"]
        ends = self._edges(scheme, ground)
        cells = self._sums(scheme, assigned, ends)
        spent["assign"] = perf_counter() - began - spent["measure"] - spent["fit"]
        return Preview(
            scheme=scheme,
            as_of=self.as_of,
            standard=standard,
            lacks=[
                *missing_facts(self.ledger, scheme, self.as_of),
                *unknown_customers(scheme, ground.strangers),
            ],
            counts=preview_figures.counts(scheme, cells),
            against=against,
            matrix=preview_figures.matrix(scheme, against, cells, ground.gone) if against else [],
            spread=preview_figures.spread(scheme, standard, ends, cells) if ends else None,
            cells=preview_figures.grid(cells, *scheme.presentation.grid),
            seconds=perf_counter() - began,
            timings=spent,
        )

    def _sums(self, scheme: Scheme, assigned: ir.Table, ends: list[float]) -> list[dict[str, Any]]:
        """Customers and money by class, class before, bin and cell: the only rows that leave."""
        by = {"class": lapse.key(assigned)}
        if BEFORE in assigned.columns:
            by["before"] = assigned[BEFORE]
        if ends:
            place = bin_of(assigned["score"], ends)
            by["bin"] = ibis.ifelse(assigned["class"].isnull(), ibis.null("int16"), place)
        by |= {name: assigned[name] for name in scheme.presentation.grid}
        value = assigned[scheme.column(scheme.value)]
        mass = assigned["score"] if hasattr(scheme, "indicator") else value
        narrow = assigned.select(
            **by,
            value=value,
            mass=ibis.ifelse(mass > 0, mass, 0).cast("float64"),
            **({"worth": assigned[WORTH]} if BEFORE in assigned.columns else {}),
            **{name: assigned[name] for name in _PAST if name in assigned.columns},
        )
        added = [name for name in narrow.columns if name not in (*by, lapse.LAST)]
        sums = {name: narrow[name].sum() for name in added}
        if lapse.LAST in narrow.columns:
            sums[lapse.LAST] = narrow[lapse.LAST].max()
        grouped = narrow.group_by(*by).aggregate(customers=narrow.count(), **sums)
        found: list[dict[str, Any]] = self._engine.rows(grouped)
        return found

    def _edges(self, scheme: Scheme, ground: PreviewData) -> list[float]:
        """Ends of the bins of the score; none where the method has no score to draw."""
        if scheme.presentation.points:
            return SCORE_EDGES
        reference = getattr(scheme, "indicator", None)
        if not isinstance(reference, str):
            return []
        column = scheme.column(reference)
        if not ground.table[column].type().is_numeric():
            return []
        asks = [Ask(column), Ask(column, quantiles=(_MIDDLE,), positive=True)]
        everyone, above = find(ground.table, asks, self._engine)
        if everyone.low is None or everyone.high is None:
            return []
        least = None if above.low is None else float(above.low)
        middle = float(above.quantiles[0]) if above.quantiles else None
        return edges(float(everyone.low), float(everyone.high), least, middle)

    def _classed(self, document: Any, against: Run | None) -> tuple[Scheme, ir.Table]:
        scheme = schemes.load(document)
        key = (scheme.hash, against and against.id)
        if key not in self._assigned:
            self._fitted(scheme, self._table(scheme, against)[0], against)
        return self._assigned[key].scheme, self._assigned[key].rows

    def _fitted(
        self, scheme: Scheme, table: ir.Table, against: Run | None
    ) -> tuple[Standard, ir.Table]:
        """Standard and classes. The last ones are kept: a list of members need not fit again."""
        method, scored, score_key = schemes.METHODS[scheme.method], None, None
        if method.scored is None:
            standard = schemes.fit(scheme, table, self._engine)
            assigned = schemes.assign(scheme, standard, table)
        else:
            keep = dict.fromkeys(["customer_id", scheme.column(scheme.value), *reads(scheme)])
            keep |= dict.fromkeys(_lapse_columns(scheme))
            keep |= dict.fromkeys({BEFORE, WORTH} & set(table.columns))
            score_key = (table.op(), tuple(keep), _said_of_scores(scheme))
            known = [one.scored for one in self._assigned.values() if one.score_key == score_key]
            scored = known[-1] if known else method.scored(scheme, table, self._engine, list(keep))
            assert scored is not None
            standard, assigned = scored.cut(scheme)
        assigned = lapse.marked(scheme, hold(scheme, standard, assigned), self.as_of)
        key = (scheme.hash, against and against.id)
        before = self._assigned.pop(key, None)
        self._assigned[key] = Classed(scheme, assigned, scored, score_key)
        if before is not None:
            self._drop_scores(before)
        if len(self._assigned) > _GROUNDS:
            self._let_go(next(iter(self._assigned)))
        return standard, assigned

    def _let_go(self, key: Any) -> None:
        self._drop_scores(self._assigned.pop(key))

    def _drop_scores(self, one: Classed) -> None:
        """Give scores back that no other classes stand on."""
        others = (other.scored for other in self._assigned.values())
        if one.scored is not None and all(other is not one.scored for other in others):
            self._engine.drop(one.scored.held)

    def _let_all_go(self) -> None:
        for key in list(self._assigned):
            self._let_go(key)

    # ---- what it stands on ----

    def _table(self, scheme: Scheme, against: Run | None) -> tuple[ir.Table, PreviewData]:
        """The rows a scheme is fitted on, with what its method can work out ahead."""
        ground = self._ground(scheme, against)
        stage = schemes.METHODS[scheme.method].stage
        if stage is None:
            return ground.table, ground
        columns = stage(scheme, ground.table, self._engine)
        needed = [request.column for request in scheme.requests()]
        needed += [scheme.attribute_column(name) for name in scheme.attributes()]
        needed += _lapse_columns(scheme)
        before = ground.staged
        table = ground.stage(columns, needed, self._engine, self._memory)
        if table is not before:
            self._let_all_go()
        return table, ground

    def _ground(self, scheme: Scheme, against: Run | None) -> PreviewData:
        said = scheme.dump()
        key = json.dumps(
            [said.get(name) for name in MEASURED] + [scheme.attributes(), against and against.id],
            default=str,
        )
        columns = {request.column for request in scheme.requests()} | {*_lapse_columns(scheme)}
        ground = self._grounds.get(key)
        if ground is not None and columns <= set(ground.table.columns):
            self._grounds.move_to_end(key)
            return ground
        ground = self._built(scheme, against)
        old = self._grounds.pop(key, None)
        if old is not None:
            self._forget(old)
        self._grounds[key] = ground
        while len(self._grounds) > _GROUNDS:
            self._forget(self._grounds.popitem(last=False)[1])
        return ground

    def _forget(self, ground: PreviewData) -> None:
        self._let_all_go()
        ground.drop(self._engine, self._memory)

    def _built(self, scheme: Scheme, against: Run | None) -> PreviewData:
        """The scheme's population with all indicators measured so far over its window."""
        later = not_yet(against) if against else None
        if against and later is not None and not self._asked:
            written = as_written(scheme, against, later, self.ledger, self.as_of)
            if written is not None:
                self._memory.lasts(written.table)
                self._remember(against, written.table)
                return written
        beside = lapse.requests(scheme)
        facts = self._measured([*scheme.requests(), *beside])
        taken = {scheme.attribute_column(name) for name in scheme.attributes()}
        taken |= {request.column for request in scheme.requests()}
        more = [
            request
            for request in self._asked.values()
            if request.of is None
            and str(request.window) == scheme.window
            and request.column not in taken
        ]
        table, spent = rows(self.ledger, scheme, facts, [*more, *beside])
        if against is None or later is None:
            ground = PreviewData(self._engine.materialise(table))
        else:
            ground = PreviewData(*with_before(table, against, later, self._engine))
        ground.strangers = facts.strangers
        self._memory.lasts(ground.table)
        for kept in spent:
            self._engine.drop(kept)
        return ground

    def _remember(self, run: Run, written: ir.Table) -> None:
        """Keep what the run found when it was fitted on the rows that it wrote."""
        remember = schemes.METHODS[run.scheme.method].remember
        if remember is not None and run.standard is not None and run.fitted:
            remember(run.scheme, run.standard, written, self._memory)

    def _measured(self, requests: Iterable[Request]) -> Measured:
        """The measures of these, and of what was asked before over the same windows."""
        wanted = _by_key(requests)
        if not wanted.keys() <= self._asked.keys():
            wanted |= _by_key(self._beside)
            windows = {window for _, window, _ in wanted}
            before = {key: one for key, one in self._asked.items() if key[1] in windows}
            self._asked = before | wanted
        numbered = [
            Request(one.indicator, one.window, f"asked_{place}", one.of)
            for place, one in enumerate(self._asked.values())
        ]
        return measured(self.ledger, numbered, self.as_of)


def _said_of_scores(scheme: Scheme) -> str:
    """All that a document says but its classes and its texts: scores depend on no more."""
    said = {name: value for name, value in scheme.dump().items() if name not in _NO_SCORE}
    return json.dumps(said, default=str, sort_keys=True)


def _by_key(requests: Iterable[Request]) -> dict[tuple[str, str, Any], Request]:
    """Requests by what they ask for, each in the column of its indicator."""
    return {
        (one.indicator, str(one.window), one.of): Request(
            one.indicator, one.window, one.indicator, one.of
        )
        for one in requests
    }


def _lapse_columns(scheme: Scheme) -> list[str]:
    """What it takes to tell the lapsed."""
    beside = lapse.requests(scheme)
    asked = [request.column for request, _least in scheme.demands()] if beside else []
    return [*asked, *(request.column for request in beside)]
