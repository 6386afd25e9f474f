"""Live classes: of a customer whose facts changed, at once, by the standards in force.

Who is concerned is told by events (facts written on the site, which may not be in the ledger yet)
and by the ledger (facts that programs and imports brought). The next run says the same.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from kefen_crm.customers.models import Customer
from kefen_crm.gateway import KefenError
from kefen_crm.gateway import live as engine
from kefen_crm.gateway.ledger import opened
from kefen_crm.grading import queries
from kefen_crm.grading.classes import apply_live
from kefen_crm.grading.models import CustomerClass, LivePosition, Run
from kefen_crm.grading.run_inputs import taken_over
from kefen_crm.platform import feeds
from kefen_crm.platform.parts import Consumer
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import date, datetime

    from kefen_crm.gateway.grading import Before
    from kefen_crm.gateway.ledger import Ledger
    from kefen_crm.platform.feeds import Facts
    from kefen_crm.platform.models import Event

logger = logging.getLogger(__name__)

FOLLOW: Final = "live.follow"
MOST: Final = 500
"""Of more customers at once the next run tells: it is on its way after an import."""
TRIES: Final = 3
"""A run that takes over meanwhile, or a decision, may want the same customers in another order."""


def handle(found: list[Event]) -> None:
    """Class the customers of these events, with what is written of them and not landed yet."""
    ids = {one.customer_id for one in found if one.customer_id}
    people = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "code"))
    if not people:
        return
    waiting = feeds.waiting(people)  # before the ledger is looked at
    with opened() as ledger:
        arrived = min(one.at for one in found)
        refresh(ledger, _runs(), people.values(), waiting, arrived)


CONSUMER = Consumer("live", handle, feeds.verbs)


def is_followed() -> bool:
    """Whether anybody has a class that facts may change between runs."""
    return CustomerClass.objects.exists()


def follow_later() -> None:
    """Queue looking what came into the ledger, where anybody has a class."""
    if is_followed():
        later_once(FOLLOW, lock=FOLLOW)


def follow() -> int:
    """Class everybody whose facts changed since they were classed; gives how many.

    Upon a run that has just taken over these are also the customers of whom something is written
    that has not landed yet.
    """
    groups: dict[tuple[int, bool], list[Run]] = {}
    ids = feeds.waited_for()
    waiting = feeds.waiting(ids)  # before the ledger is looked at
    late = set(Customer.objects.filter(pk__in=ids).values_list("code", flat=True))
    with opened() as ledger:
        now = ledger.version
        for run in _runs():
            since = _since(run)
            fresh = since is None
            if fresh or since != now:
                groups.setdefault((since or run.ledger_version or 0, fresh), []).append(run)
        count = 0
        for (since, fresh), runs in groups.items():
            people = engine.changed(ledger, since) if since != now else set()
            if people is not None:
                people |= late if fresh else set()
                if 0 < len(people) <= MOST:
                    refresh(ledger, runs, people, waiting, engine.arrived(ledger, since))
                    count += len(people)
            for run in runs:
                _reached(run, now)
    return count


def prepare() -> None:
    """Have a large ledger ready to tell of a few customers."""
    with suppress(OSError, KefenError), opened() as ledger:  # else it is slower
        engine.prepare(ledger)


def skip(before: int, after: int) -> None:
    """Pass over what the site itself has landed: its events tell of it."""
    runs = _runs()
    for run in runs:
        if _since(run) == before:
            _reached(run, after)
    if any(_since(run) is None for run in runs):
        follow_later()


def refresh(
    ledger: Ledger,
    runs: Iterable[Run],
    codes: Collection[str],
    waiting: Facts,
    arrived: datetime | None = None,
) -> None:
    """Class some customers by the standards of these runs, once `waiting` has landed.

    `arrived` is when the facts came in that are followed.
    """
    day = engine.day(ledger, waiting)
    standings = _standings(ledger, runs, day) if day else []
    if day is None or not standings:
        return
    try:
        found = engine.live_classes(
            ledger, [(held, before) for _, held, before in standings], day, codes, waiting
        )
    except KefenError as error:  # the next run says the same, where people look for it
        logger.warning("Classes are not live: %s", error)
        return
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic():
                for (run, _, _), classes in zip(standings, found, strict=True):
                    apply_live(run, codes, classes, arrived)
        except OperationalError as error:
            if not left or not isinstance(error.__cause__, DeadlockDetected):
                raise
        else:
            return


def reasons(ledger: Ledger, customer: Customer, runs: Iterable[Run]) -> dict[str, engine.Reason]:
    """Why a customer has the live classes upon these runs, by their ids in the engine."""
    waiting = feeds.waiting([customer.pk])
    day = engine.day(ledger, waiting)
    standings = _standings(ledger, runs, day) if day else []
    if day is None or not standings:
        return {}
    known = [(held, before) for _, held, before in standings]
    try:
        return engine.live_reasons(ledger, known, day, customer.code, waiting)
    except KefenError:
        return {}


def _standings(
    ledger: Ledger, runs: Iterable[Run], day: date
) -> list[tuple[Run, engine.Held, Before]]:
    """The runs whose standards can be applied alone, with what the next run takes over."""
    known = [(run, engine.held(ledger, run.engine_id)) for run in runs]
    return [
        (run, held, taken_over(Run(version=run.version), day, newest=True).before)
        for run, held in known
        if held
    ]


def _runs() -> list[Run]:
    """The runs in force, each with its scheme."""
    found = queries.runs_in_force(queries.published())
    return list(
        Run.objects.filter(pk__in=[run.pk for run in found.values()]).select_related(
            "version__scheme"
        )
    )


def _since(run: Run) -> int | None:
    """The version that live classes upon a run have followed; None before the first time."""
    position = LivePosition.objects.filter(scheme=run.scheme, run=run).first()
    return position.version if position else None


def _reached(run: Run, version: int) -> None:
    LivePosition.objects.update_or_create(
        scheme=run.scheme, defaults={"run": run, "version": version}
    )
