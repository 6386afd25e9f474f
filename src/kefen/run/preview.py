"""Previews: what a scheme would make of the customers, without a run and without a file.

The facts are read once. Then a moved weight or cut is refitted and reassigned on the indicators
kept on the engine, and only sums leave it.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from fractions import Fraction
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

import ibis

from kefen import schemes
from kefen.errors import Fault, KefenError
from kefen.indicators import Request, measured
from kefen.run.bins import SCORE_EDGES, bin_of, edges
from kefen.run.missing_facts import missing_facts
from kefen.run.preview_data import BEFORE, WORTH, PreviewData, code_of, side, with_before
from kefen.run.source import day_of, rows
from kefen.schemes import lapse
from kefen.schemes.adjustments import hold, reads
from kefen.schemes.aggregate_cache import remember
from kefen.schemes.cuts import find
from kefen.schemes.histogram import Ask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    import ibis.expr.types as ir

    from kefen.indicators import Measured
    from kefen.ledger import Ledger
    from kefen.run.record import Run
    from kefen.schemes import Note, Scheme, Standard

ABSENT: Final = "-"
"""Where a customer is who is not in one of the two; no class can be called so."""
ANY: Final = "*"
"""Any class; no class can be called so."""
_GROUNDS = 3
_PAST = (lapse.LAST, lapse.WORTH)
_MIDDLE = Fraction(1, 2)


@dataclass(frozen=True)
class Spread:
    """How many customers have which score, by class, and where the classes part.

    Attributes:
        column: the indicator's column; empty for a score.
        better: whether `higher` or `lower` values are better.
        edges: ends of the bins, one more than there are bins.
        counts: of each bin the customers of each class, best class first.
        mass: of each bin what cuts by cumulative value add up: what is above zero.
        cuts: where classes part, best first.
    """

    column: str
    better: str
    edges: list[float]
    counts: list[list[int]]
    mass: list[float]
    cuts: list[float]


@dataclass(frozen=True)
class Preview:
    """What a scheme would make of the customers; caps count, hysteresis and overrides do not.

    Attributes:
        scheme: the scheme, read; None when the document has faults.
        faults: everything wrong with the document; without any there are classes.
        as_of: facts of this day and later do not count.
        standard: what the scheme came to be.
        lacks: facts the scheme needs and the ledger has none of.
        counts: as of a run: customers and value of each class, then the lapsed and the unrated.
        against: the run that moves are told against.
        matrix: as of a comparison: `from`, `to`, `customers`, `value_from`, `value_to`.
        spread: the distribution of the score, of methods that have one.
        cells: of RFM, `r`, `f`, `customers`, `value`.
        seconds: how long it took.
        timings: seconds by step: `measure`, `fit`, `assign`.
    """

    scheme: Scheme | None = None
    faults: list[Fault] = field(default_factory=list)
    as_of: date | None = None
    standard: Standard | None = None
    lacks: list[Note] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    against: Run | None = None
    matrix: list[dict[str, Any]] = field(default_factory=list)
    spread: Spread | None = None
    cells: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def notes(self) -> list[Note]:
        """What should be known about the data the classes rest on."""
        return [*self.lacks, *(self.standard.notes if self.standard else [])]

    @property
    def customers(self) -> int:
        """How many customers take part, the lapsed and the unrated included."""
        return sum(count["customers"] for count in self.counts)


@dataclass(frozen=True)
class Members:
    """Some of the customers behind a figure, most valuable first, and how many there are."""

    rows: list[dict[str, Any]]
    total: int


@dataclass(frozen=True)
class Classed:
    """A scheme's classes as an expression, and what it keeps on the engine."""

    scheme: Scheme
    rows: ir.Table
    held: ir.Table | None


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
        self._grounds: OrderedDict[Any, PreviewData] = OrderedDict()
        self._assigned: OrderedDict[Any, Classed] = OrderedDict()

    def warm(self, requests: Iterable[Request]) -> None:
        """Measure indicators ahead, so that a scheme that begins to use them need not wait."""
        self._measured(requests)

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
            lacks=missing_facts(self.ledger, scheme, self.as_of),
            counts=_counts(scheme, cells),
            against=against,
            matrix=_matrix(scheme, against, cells, ground.gone) if against else [],
            spread=_spread(scheme, standard, ends, cells) if ends else None,
            cells=_grid(cells, *scheme.presentation.grid),
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
        found: list[dict[str, Any]] = self._engine.fetch(grouped).to_pylist()
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
        method, held = schemes.METHODS[scheme.method], None
        if method.at_once is None:
            standard = schemes.fit(scheme, table, self._engine)
            assigned = schemes.assign(scheme, standard, table)
        else:
            keep = dict.fromkeys(["customer_id", scheme.column(scheme.value), *reads(scheme)])
            keep |= dict.fromkeys(_lapse_columns(scheme))
            keep |= dict.fromkeys({BEFORE, WORTH} & set(table.columns))
            standard, assigned, held = method.at_once(scheme, table, self._engine, list(keep))
        assigned = lapse.marked(scheme, hold(scheme, standard, assigned), self.as_of)
        key = (scheme.hash, against and against.id)
        if key in self._assigned:
            self._let_go(key)
        self._assigned[key] = Classed(scheme, assigned, held)
        if len(self._assigned) > _GROUNDS:
            self._let_go(next(iter(self._assigned)))
        return standard, assigned

    def _let_go(self, key: Any) -> None:
        held = self._assigned.pop(key).held
        if held is not None:
            self._engine.drop(held)

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
            [said.get(name) for name in ("window", "population", "define")]
            + [scheme.attributes(), against and against.id],
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
        if against is None:
            ground = PreviewData(self._engine.materialise(table))
        else:
            ground = PreviewData(*with_before(table, against, self._engine))
        self._memory.lasts(ground.table)
        for kept in spent:
            self._engine.drop(kept)
        return ground

    def _measured(self, requests: Iterable[Request]) -> Measured:
        """The measures of these, and of what was asked before over the same windows."""
        wanted = {
            (one.indicator, str(one.window), one.of): Request(
                one.indicator, one.window, one.indicator, one.of
            )
            for one in requests
        }
        if not wanted.keys() <= self._asked.keys():
            windows = {window for _, window, _ in wanted}
            before = {key: one for key, one in self._asked.items() if key[1] in windows}
            self._asked = before | wanted
        numbered = [
            Request(one.indicator, one.window, f"asked_{place}", one.of)
            for place, one in enumerate(self._asked.values())
        ]
        return measured(self.ledger, numbered, self.as_of)


def _lapse_columns(scheme: Scheme) -> list[str]:
    """What it takes to tell the lapsed."""
    beside = lapse.requests(scheme)
    asked = [request.column for request, _least in scheme.demands()] if beside else []
    return [*asked, *(request.column for request in beside)]


def _counts(scheme: Scheme, cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As `run.counts`."""
    found: dict[str | None, list[Any]] = {}
    for cell in cells:
        into = found.setdefault(cell["class"], [0, 0])
        into[0] += cell["customers"]
        into[1] += cell["value"] or 0
    keys = scheme.keys()
    customers = sum(into[0] for key, into in found.items() if key in keys)
    total = float(sum(into[1] for key, into in found.items() if key in keys))
    counted = []
    for key in [*keys, *(key for key in (lapse.LAPSED, None) if key in found)]:
        number, value = found.get(key, [0, 0])
        rated = key in keys
        count = {
            "class": key if rated else None,
            "state": "rated" if rated else "unrated" if key is None else "lapsed",
            "customers": number,
            "value": value,
            "share_of_customers": number / customers if rated and customers else 0.0,
            "share_of_value": float(value) / total if rated and total > 0 else 0.0,
        }
        counted.append(count | (_past(cells) if key == lapse.LAPSED else {}))
    return counted


def _past(cells: list[dict[str, Any]]) -> dict[str, Any]:
    """When the latest of the lapsed bought, and what all of them ever brought."""
    lapsed = [cell for cell in cells if cell["class"] == lapse.LAPSED]
    return {
        lapse.LAST: max(cell[lapse.LAST] for cell in lapsed),
        lapse.WORTH: sum(cell[lapse.WORTH] for cell in lapsed),
    }


def _matrix(
    scheme: Scheme, against: Run, cells: list[dict[str, Any]], gone: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """As `comparison.matrix`."""
    found: dict[tuple[str | None, str | None], dict[str, Any]] = {}
    moves = [(side(against, cell["before"], ABSENT), cell["class"], cell) for cell in cells]
    moves += [(side(against, cell["code"], ABSENT), ABSENT, cell) for cell in gone]
    for start, end, cell in moves:
        into = found.setdefault(
            (start, end),
            {"from": start, "to": end, "customers": 0, "value_from": 0, "value_to": 0},
        )
        into["customers"] += cell["customers"]
        into["value_from"] += cell["worth"] or 0
        into["value_to"] += cell.get("value") or 0
    first, second = _places(against.scheme), _places(scheme)
    return [found[pair] for pair in sorted(found, key=lambda p: (first[p[0]], second[p[1]]))]


def _places(scheme: Scheme) -> Mapping[str | None, int]:
    keys: list[str | None] = [*scheme.keys(), lapse.LAPSED, None, ABSENT]
    return {key: place for place, key in enumerate(keys)}


def _spread(
    scheme: Scheme, standard: Standard, ends: list[float], cells: list[dict[str, Any]]
) -> Spread:
    keys = {key: place for place, key in enumerate(scheme.keys())}
    counts = [[0] * len(keys) for _ in ends[1:]]
    mass = [0.0] * (len(ends) - 1)
    for cell in cells:
        if cell["bin"] is not None:
            counts[cell["bin"]][keys[cell["class"]]] += cell["customers"]
            mass[cell["bin"]] += cell["mass"] or 0.0
    reference = getattr(scheme, "indicator", None)
    return Spread(
        column=scheme.column(reference) if isinstance(reference, str) else "",
        better=getattr(standard, "better", "higher"),
        edges=ends,
        counts=counts,
        mass=mass,
        cuts=[float(cut) for cut in getattr(standard, "cuts", None) or []],
    )


def _grid(cells: list[dict[str, Any]], *sides: str) -> list[dict[str, Any]]:
    """Customers and money by two columns of scores; none where the method has no such."""
    found: dict[tuple[int, ...], dict[str, Any]] = {}
    for cell in cells if sides else ():
        place = {side: cell[side] for side in sides}
        if None in place.values():
            continue
        into = found.setdefault(tuple(place.values()), {**place, "customers": 0, "value": 0})
        into["customers"] += cell["customers"]
        into["value"] += cell["value"] or 0
    return list(found.values())
