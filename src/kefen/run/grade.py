"""The one conductor: indicators → fit → assign → write."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from time import perf_counter
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen import collector
from kefen import schemes as schemes_
from kefen.errors import KefenError, SchemeError
from kefen.frame import Frame
from kefen.indicators import measured
from kefen.run.missing_facts import (
    before_sales,
    missing_facts,
    missing_for_all,
    unknown_customers,
)
from kefen.run.nearby import nearby
from kefen.run.previous_run import ABSENT, ignored, standing
from kefen.run.previous_run import before as before_
from kefen.run.record import CLASSES, ROW_GROUP, Run
from kefen.run.source import day_of, ledger_of, requests_of, rows
from kefen.run.store import RunStore
from kefen.schemes import lapse
from kefen.schemes.adjustments import COLUMNS, hold
from kefen.schemes.documents import load_all
from kefen.schemes.overrides import in_force
from kefen.storage import StorageError, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.indicators import Measured
    from kefen.ledger import Ledger
    from kefen.run.record import Status
    from kefen.schemes import Scheme, Standard
    from kefen.schemes.overrides import Override

    Tell = Callable[["Progress"], object]


@dataclass(frozen=True)
class Progress:
    """How far a run is: `done` of `total`.

    In stage `indicators` those are passes over the facts; after it, the steps of one scheme:
    `compile`, `fit`, `assign`, `write`.
    """

    stage: str
    done: int
    total: int
    scheme: str = ""


_STAGES = ("compile", "fit", "assign", "write")


@dataclass
class Clock:
    """Seconds by stage."""

    spent: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what happens inside."""
        began = perf_counter()
        try:
            yield
        finally:
            self.spent[name] = round(self.spent.get(name, 0.0) + perf_counter() - began, 4)


def grade(
    source: Any,
    scheme: Any,
    as_of: date | str | None = None,
    standard: Standard | None = None,
    previous: Run | None = None,
    overrides: Sequence[Override] | None = None,
    progress: Tell | None = None,
) -> Run:
    """Classify every customer by a scheme.

    Args:
        source: a ledger; or orders as a pandas, Polars or Arrow frame, or a file of them.
        scheme: a ready-made name, a YAML or JSON file, a mapping or a `Scheme`.
        as_of: facts of this day and later do not count; default the day after the last sale.
        standard: apply this standard as it is, instead of fitting one on these customers.
        previous: the run of this scheme before this one; hysteresis starts from its classes.
        overrides: classes that people set. Those expired on `as_of` do not count; those of
            customers who take no part are told in `Run.ignored_overrides`.
        progress: called with a `Progress` as the run goes.

    Raises:
        RunError: `nothing-sold`, `bad-as-of`; `previous-other-scheme`, `previous-later` when
            `previous` cannot be the run before this one.
        StorageError: `disk-full`, `folder-not-writable`; no half run is left.
        SchemeError, IndicatorError: the scheme cannot be carried out, or an override sets a class
            it does not have (`override-unknown-class`); the run is saved as failed.
    """
    carried = Carried(standard, previous, tuple(overrides or ()))
    [(run, error)] = _grade(source, [scheme], as_of, lambda _name: carried, progress)
    if error is not None:
        raise error
    return run


def grade_many(
    source: Any,
    schemes: Sequence[Any],
    as_of: date | str | None = None,
    previous: Mapping[str, Run] | None = None,
    overrides: Mapping[str, Sequence[Override]] | None = None,
    progress: Tell | None = None,
) -> list[Run]:
    """Classify every customer by several schemes; the facts are read once for all of them.

    `previous` and `overrides` go by the name of the scheme. A scheme that cannot be carried out
    does not stop the others: its run is `failed`, with the reason. For the arguments see `grade`.
    """
    before, decided = previous or {}, overrides or {}

    def carried(name: str) -> Carried:
        return Carried(None, before.get(name), tuple(decided.get(name, ())))

    return [run for run, _ in _grade(source, schemes, as_of, carried, progress)]


@collector.paused()
def _grade(
    source: Any,
    wanted: Sequence[Any],
    as_of: date | str | None,
    carried: Callable[[str], Carried],
    progress: Tell | None,
) -> list[tuple[Run, KefenError | None]]:
    tell = progress or (lambda _progress: None)
    listed = load_all(wanted)
    ledger = ledger_of(source)
    ledger = ledger.at(ledger.version)
    day = day_of(ledger, as_of)
    jobs: list[Job] = []
    try:
        jobs.extend(Job(ledger, one, day, tell, carried(one.name)) for one in listed)
        sound = [job for job in jobs if job.attempt(job.check)]
        if sound:
            facts = _read(ledger, day, sound, tell)
            with nearby(ledger, facts) as (tables, measures):
                for job in sound:
                    job.attempt(job.carry_out, tables, measures)
    finally:
        for job in jobs:
            job.abandon()  # unless it has its record
    return [(job.run, job.error) for job in jobs]


def _read(ledger: Ledger, day: date, jobs: Sequence[Job], tell: Tell) -> Measured:
    """The measures all jobs need; when the facts cannot be read, every run says so."""
    clock = Clock()
    try:
        with clock.stage("indicators"):
            facts = measured(
                ledger,
                [request for job in jobs for request in requests_of(job.run.scheme)],
                day,
                lambda done, total: tell(Progress("indicators", done, total)),
            )
    except Exception as error:
        refused = refusal(error, ledger.path)
        for job in jobs:
            job.fail(refused or error)
        if refused:
            raise refused from error
        raise
    for job in jobs:
        job.clock.spent |= clock.spent
    return facts


@dataclass(frozen=True)
class Carried:
    """What a run takes over from before: a standard, the run before it, people's decisions."""

    standard: Standard | None = None
    previous: Run | None = None
    overrides: tuple[Override, ...] = ()


class Job:
    """One run being carried out. Whatever happens, its record says what."""

    def __init__(
        self, ledger: Ledger, scheme: Scheme, day: date, tell: Tell, carried: Carried
    ) -> None:
        shelf = RunStore(ledger)
        run_id, folder, hold = shelf.reserve(scheme, ledger.version, day)
        self._hold: int | None = hold
        self.run = Run(
            run_id, scheme, day, ledger.version, folder, ledger, made_by=version("kefen")
        )
        self.run.started_at = datetime.now(UTC)
        self.clock = Clock()
        self.error: KefenError | None = None
        self._carried = carried
        self._before: Run | None = None
        self._shelf = shelf
        self._began = perf_counter()
        self._tell = tell

    def attempt(self, step: Callable[..., object], *args: Any) -> bool:
        """Take a step; a refusal fails this run, anything unforeseen fails it and goes on up."""
        try:
            step(*args)
        except StorageError as error:
            self.fail(error)
            raise
        except KefenError as error:
            self.fail(error)
            self.error = error
            return False
        except Exception as error:
            refused = refusal(error, self._shelf.folder)
            self.fail(refused or error)
            if refused:
                raise refused from error
            raise
        return True

    def check(self) -> None:
        """Refuse what can be refused before any fact is read."""
        for request in self.run.scheme.requests():
            request.definition()
            request.window.previous(self.run.as_of)  # which reaches back further than its start
        run, carried = self.run, self._carried
        assert run.ledger is not None
        run.notes = missing_facts(run.ledger, run.scheme, run.as_of)
        self._before = before_(run.scheme, run.as_of, carried.previous, self._shelf.read)
        run.previous = self._before.id if self._before else None
        run.overrides = in_force(run.scheme, carried.overrides, run.as_of)

    def carry_out(self, ledger: Ledger, facts: Measured) -> None:
        """Fit unless a standard is given, assign, write, record."""
        run, engine = self.run, facts.engine
        with self._stage("compile"):
            table, spent = rows(ledger, run.scheme, facts, lapse.requests(run.scheme))
        with self._stage("fit"):
            run.fitted = self._carried.standard is None
            run.standard = self._carried.standard or schemes_.fit(run.scheme, table, engine)
        with self._stage("assign"):
            assigned = schemes_.assign(run.scheme, run.standard, table)
            before = self._before and standing(self._before, engine)
            assigned = hold(run.scheme, run.standard, assigned, before, run.overrides)
            assigned = lapse.marked(run.scheme, assigned, run.as_of)
        with self._stage("write"):
            engine.write_parquet(in_order(assigned), run.folder / CLASSES, ROW_GROUP)
            run.counts = counts(run)
            run.notes = [*run.notes, *missing_for_all(run), *before_sales(run)]
            run.notes += unknown_customers(run.scheme, facts.strangers)
            run.ignored_overrides = ignored(run, self._carried.overrides)
            absent = {o["customer_id"] for o in run.ignored_overrides if o["why"] == ABSENT}
            run.overrides = [one for one in run.overrides if one.customer_id not in absent]
        for kept in spent:
            engine.drop(kept)
        self._record("finished")

    def fail(self, error: Exception) -> None:
        """Record that and why this run did not come about; on a full disk nothing of it is left."""
        known = isinstance(error, KefenError)
        code = error.code if isinstance(error, KefenError) else "run-broken"
        data = error.data if isinstance(error, KefenError) else {"error": repr(error)}
        if known and isinstance(error, SchemeError) and error.faults:
            data = data | {"faults": [[fault.path, fault.code] for fault in error.faults]}
        self.run.reason = {"code": code, "data": data}
        _discard(self.run.folder / CLASSES)
        try:
            self._record("failed")
        except StorageError:
            self.abandon()

    def abandon(self) -> None:
        """Leave nothing of a run that was not carried out to its end."""
        if self._hold is not None:
            shutil.rmtree(self.run.folder, ignore_errors=True)
            self._release()

    def _release(self) -> None:
        if self._hold is not None:
            os.close(self._hold)
            self._hold = None

    def _record(self, status: Status) -> None:
        self.run.status = status
        self.run.timings = dict(self.clock.spent)
        self.run.duration = round(perf_counter() - self._began, 4)
        self._shelf.write(self.run)
        self._release()

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        place = _STAGES.index(name)
        self._tell(Progress(name, place, len(_STAGES), self.run.scheme.name))
        with self.clock.stage(name):
            yield
        self._tell(Progress(name, place + 1, len(_STAGES), self.run.scheme.name))


def _discard(path: Path) -> None:
    """Remove classes that were not written to their end: a file, or a cluster's folder of files."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def in_order(table: ir.Table) -> ir.Table:
    """Id, class, score and what holds it first; in order of id: one customer is found at once."""
    beside = (*COLUMNS, lapse.STATE, lapse.LAST, lapse.WORTH)
    first = ["customer_id", "class", "score", *(c for c in beside if c in table.columns)]
    return table[[*first, *(c for c in table.columns if c not in first)]].order_by("customer_id")


def counts(run: Run) -> list[dict[str, Any]]:
    """Customers and value of each class, best first, then the lapsed and the unrated, if any.

    `state` is `rated`, `lapsed` or `unrated`. Shares are of the rated: those without a class are
    no part of the whole. Of the lapsed also `last_purchase`, the day of the latest, and
    `past_worth`, their sales of all time.
    """
    known = Frame(run.folder / CLASSES)
    value = pl.col(run.value_column)
    past: dict[str, pl.Expr] = {}
    if lapse.LAST in known.columns:
        past = {lapse.LAST: pl.col(lapse.LAST).max(), lapse.WORTH: pl.col(lapse.WORTH).sum()}
    groups = known.lazy().group_by(lapse.STATE, "class")
    sums = groups.agg(n=pl.len(), value=value.sum(), **past).collect().to_dicts()
    found = {(row[lapse.STATE], row["class"]): row for row in sums}
    rated = [row for (state, _), row in found.items() if state == "rated"]
    customers = sum(row["n"] for row in rated)
    total = float(sum(row["value"] for row in rated))
    classes = run.scheme.keys()
    keys: list[tuple[str, str | None]] = [("rated", key) for key in classes]
    keys += [(state, None) for state in ("lapsed", "unrated") if (state, None) in found]
    nothing = {"n": 0, "value": 0}
    listed = []
    for state, key in keys:
        row = found.get((state, key), nothing)
        share = row["n"] / customers if customers and key else 0.0
        part = float(row["value"]) / total if total > 0 and key else 0.0
        count = {"class": key, "state": state, "customers": row["n"], "value": row["value"]}
        count |= {"share_of_customers": share, "share_of_value": part}
        if state == "lapsed":
            count |= {name: row[name] for name in past}
        listed.append(count)
    return listed
