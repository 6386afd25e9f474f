"""The classes of a few customers now, by the standards of runs, in the site's shapes."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from kefen.errors import KefenError, RunError
from kefen.explain import explain
from kefen.ledger.facts import KINDS
from kefen.run import open_run
from kefen.run.live import LiveClasses, Pending, Standing, is_live, prepare
from kefen_crm.gateway.classes import Reason, reason
from kefen_crm.gateway.feeding import alike, frame
from kefen_crm.gateway.grading import shaped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import polars as pl

    from kefen.explain import Explanation
    from kefen.ledger import Ledger
    from kefen.run import Run
    from kefen_crm.gateway.feeding import Rows
    from kefen_crm.gateway.grading import Before

__all__ = [
    "Held",
    "Reason",
    "arrived",
    "changed",
    "day",
    "held",
    "live_classes",
    "live_reasons",
    "prepare",
]

COMPARED: Final = 300_000
"""So many facts at most are compared to find whom a change of the ledger is about."""


@dataclass(frozen=True)
class Held:
    """A run in force whose standard can be applied to one customer at a time."""

    run: Run

    def explained(self, row: Mapping[str, Any], before: Before, as_of: date) -> Explanation:
        """Why a customer of this row has its class."""
        run, who = self.run, row["customer_id"]
        assert run.standard is not None
        override = next((one for one in before.overrides if one.customer_id == who), None)
        return explain(run.scheme, run.standard, row, override, run.notes, as_of)


def held(ledger: Ledger, run_id: str) -> Held | None:
    """The run of this id; None where it is no more, or its classes rest on everybody's facts."""
    with suppress(RunError):
        run = open_run(ledger, run_id)
        if run.standard is not None and is_live(run.scheme):
            return Held(run)
    return None


def day(ledger: Ledger, waiting: Mapping[str, Rows]) -> date | None:
    """The as-of date of the next run once `waiting` has landed; None while nothing is sold."""
    with _kept() as live:
        span = live.span(ledger)
    found = [span[1] + timedelta(days=1)] if span else []
    today = datetime.now(ZoneInfo(ledger.settings.timezone)).date()
    sold = [
        date.fromisoformat(str(row["ordered_on"]))
        for kind in ("orders", "order_lines")
        for rows in waiting.get(kind, {}).values()
        for row in rows
        if row.get("ordered_on")
    ]
    found += [one + timedelta(days=1) for one in sold if one <= today]
    return max(found, default=None)


def live_classes(
    ledger: Ledger,
    standings: Sequence[tuple[Held, Before]],
    as_of: date,
    codes: Collection[str],
    waiting: Mapping[str, Rows],
) -> list[pl.DataFrame]:
    """For each run the classes of these customers now, as `classes_of` gives them.

    `waiting` are facts that are still to land.
    """
    found = _classified(ledger, standings, as_of, codes, waiting)
    return [
        shaped(rows.lazy(), rows.columns, one.run.scheme, as_of)
        for (one, _before), rows in zip(standings, found, strict=True)
    ]


def live_reasons(
    ledger: Ledger,
    standings: Sequence[tuple[Held, Before]],
    as_of: date,
    code: str,
    waiting: Mapping[str, Rows],
) -> dict[str, Reason]:
    """Why a customer has its live classes, by the ids of the runs."""
    frames = _classified(ledger, standings, as_of, [code], waiting)
    return {
        one.run.id: reason(one.explained(row, before, as_of))
        for (one, before), rows in zip(standings, frames, strict=True)
        for row in rows.to_dicts()
    }


def _classified(
    ledger: Ledger,
    standings: Sequence[tuple[Held, Before]],
    as_of: date,
    codes: Collection[str],
    waiting: Mapping[str, Rows],
) -> list[pl.DataFrame]:
    known = set(codes)
    asked = [
        Standing(
            one.run,
            _run(ledger, before.run),
            tuple(each for each in before.overrides if each.customer_id in known),
        )
        for one, before in standings
    ]
    pending = [
        Pending(
            kind,
            [frame(kind, rows) for rows in alike(kind, facts)],
            [number for number, rows in facts.items() if not rows],
        )
        for kind, facts in waiting.items()
    ]
    with _kept() as live:
        return live.classify(ledger, asked, as_of, codes, pending)


_IDLE: Final[list[LiveClasses]] = []


@contextmanager
def _kept() -> Iterator[LiveClasses]:
    """An engine that knows the ledger's files already, where there is one; it is kept after."""
    try:
        live = _IDLE.pop()
    except IndexError:
        live = LiveClasses()
    try:
        yield live
    except BaseException:
        live.close()
        raise
    _IDLE.append(live)


def _run(ledger: Ledger, run_id: str | None) -> Run | None:
    with suppress(RunError):
        return open_run(ledger, run_id) if run_id else None
    return None


def arrived(ledger: Ledger, since: int) -> datetime | None:
    """When the first facts after version `since` came in."""
    times = (one.at for one in ledger.history() if one.version > since and one.at is not None)
    return min(times, default=None)


def changed(ledger: Ledger, since: int) -> set[str] | None:
    """The customers whose facts are not those of version `since`; None where too much is."""
    found: set[str] = set()
    try:
        differences = [ledger.changes(kind, since) for kind in KINDS]
    except KefenError:  # a version that was cleared away
        return None
    if sum(one.rows for one in differences) > COMPARED:
        return None
    for one in differences:
        if one.rows:
            keys = ledger.engine.fetch(one.keys(ledger.engine).select("customer_id").distinct())
            found.update(keys["customer_id"].to_pylist())
    return found
