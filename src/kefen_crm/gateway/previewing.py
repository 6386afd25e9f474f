"""Benches for previews, held by this web process: one a version of the facts and date.

A bench keeps indicators in memory, so few are held, each for one request at a time, and one that
nobody used for a while is given back.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from django.conf import settings

import kefen
from kefen import indicators, pictures
from kefen.engines import open_embedded
from kefen.errors import KefenError, RunError
from kefen.explain import remarks
from kefen.indicators import Request
from kefen.ledger.facts import kind
from kefen.period import Window
from kefen.run import open_run
from kefen.run.preview import ANY, PreviewSession
from kefen.run.preview_figures import ABSENT, Members, Preview
from kefen_crm.gateway import language, say_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from kefen.errors import Fault
    from kefen.run import Run

__all__ = ["ABSENT", "ANY", "Members", "Preview", "attributes", "fault_texts", "members"]

logger = logging.getLogger(__name__)

HELD = 2
IDLE = 600.0
"""Seconds after which a bench that nobody uses is given back."""
MEMORY = "2GB"
"""What one bench may take, unless `KEFEN_MEMORY` says otherwise; more goes to disk."""
FEW = 100_000
"""Up to so many customers, what a scheme may come to use is measured before the first preview."""
MANY = 1_000_000
"""Beyond that many customers only the indicators in use are measured."""
PAUSE = 2.0
"""Seconds after the first preview of more than a few, until the rest is measured beside it."""


@dataclass
class Held:
    """A bench with the runs it compares with. Whoever uses it holds the lock."""

    bench: PreviewSession
    lock: threading.Lock = field(default_factory=threading.Lock)
    runs: dict[str, Run] = field(default_factory=dict)
    used: float = field(default_factory=monotonic)
    warm: bool = False
    closed: bool = False

    def run(self, run_id: str) -> Run | None:
        """A saved run; None when there is none any more."""
        if run_id and run_id not in self.runs:
            try:
                self.runs[run_id] = open_run(self.bench.ledger, run_id)
            except RunError:
                return None
        return self.runs.get(run_id)

    def prepare(self, document: dict[str, Any]) -> None:
        """Measure what a scheme over this window may come to use: at once where that is quick.

        Of more customers on an engine of its own, after the first preview: no move waits for it,
        and the ledger keeps what it measured.
        """
        if self.warm:
            return
        self.warm = True
        customers = self.bench.ledger.count("customers")
        if customers > MANY:
            return
        try:
            window = Window.parse(str(document.get("window", "12m")))
        except KefenError:
            return
        if customers <= FEW:
            self.bench.warm(_cheap(window))
        else:
            _later(_measure_beside, self.bench, tuple(_cheap(window)))


_ALL: OrderedDict[tuple[str, int, date | None], Held] = OrderedDict()
_GATE = threading.Lock()


def preview(document: dict[str, Any], against: str = "", as_of: date | None = None) -> Preview:
    """What a document would make of the customers now, and who would move since a run.

    Raises:
        RunError: `nothing-sold`.
    """
    with _using(as_of) as held:
        held.prepare(document)
        return held.bench.preview(document, held.run(against))


def members(
    document: dict[str, Any],
    against: str,
    as_of: date | None,
    *,
    to: str | None = ANY,
    since: str | None = ANY,
    start: int = 0,
    length: int = 25,
) -> Members:
    """The customers of a class or of a move, most valuable first.

    Raises:
        SchemeError: the document has faults.
    """
    with _using(as_of) as held:
        run = held.run(against)
        return held.bench.members(document, run, to=to, since=since, start=start, length=length)


def drawn(found: Preview) -> dict[str, Any]:
    """The pictures of a preview."""
    return pictures.previewed(found)


def fault_texts(found: list[Fault]) -> list[dict[str, str]]:
    """Where in the document something is wrong, and what, in this request's language."""
    return [
        {
            "path": one.path,
            "code": one.code,
            "text": say_reason({"code": one.code, "data": one.data}),
        }
        for one in found
    ]


def note_texts(found: Preview) -> list[str]:
    """What should be known about the data, in this request's language."""
    return remarks(found.scheme, found.notes, language()) if found.scheme else []


def attributes() -> list[tuple[str, str]]:
    """The declared attributes of a customer that conditions may ask about: name and label."""
    lang = language()
    skipped = {"customer_id", "attributes", "note", "address", "phone", "email", "name"}
    columns = kind("customers").columns
    return [(one.name, one.label[lang]) for one in columns if one.name not in skipped]


@dataclass(frozen=True)
class Choice:
    """An indicator to choose."""

    name: str
    label: str
    unit: str
    numeric: bool
    better: str
    formula: str


def choices() -> list[Choice]:
    """Every indicator, by its name in this request's language."""
    lang = language()
    return [
        Choice(
            name,
            one.label[lang],
            one.unit,
            one.kind == "number",
            "lower" if one.higher_is_better is False else "higher",
            one.formula[lang],
        )
        for name, one in indicators.catalogue().items()
    ]


def _cheap(window: Window) -> Iterator[Request]:
    """The indicators that come out of the passes over the facts; models have to be asked for."""
    for name, one in indicators.catalogue().items():
        if one.provider is None and one.kind == "number":
            yield Request(name, window)


def _later(work: Callable[..., object], *arguments: Any) -> None:
    """Do something beside the requests, after a pause."""
    timer = threading.Timer(PAUSE, work, arguments)
    timer.daemon = True
    timer.start()


def _measure_beside(bench: PreviewSession, requests: tuple[Request, ...]) -> None:
    """Have the ledger keep the measures of these, for when a scheme comes to use one."""
    ledger = kefen.open(bench.ledger.path, open_embedded(MEMORY)).at(bench.ledger.version)
    try:
        indicators.measured(ledger, requests, bench.as_of)
    except KefenError as error:
        logger.warning("measuring for previews: %s", error)
    else:
        bench.measure_beside(requests)
    finally:
        ledger.close()


@contextmanager
def _using(as_of: date | None) -> Iterator[Held]:
    """The bench of the newest facts, for this thread alone."""
    while True:
        held = _held(as_of)
        with held.lock:
            if not held.closed:
                yield held
                return


def _held(as_of: date | None) -> Held:
    version = kefen.open(settings.KEFEN_DATA).version
    key = (str(settings.KEFEN_DATA), version, as_of)
    with _GATE:
        held = _ALL.pop(key, None)
        if held is None:
            ledger = kefen.open(settings.KEFEN_DATA, open_embedded(MEMORY))
            try:
                held = Held(PreviewSession(ledger, as_of))
            except KefenError:
                ledger.close()
                raise
        held.used = monotonic()
        _ALL[key] = held
        surplus = [_ALL.pop(old) for old in list(_ALL)[:-HELD]]
        _watch()
    for old in surplus:
        _give_back(old)
    return held


def _give_back(held: Held) -> None:
    with held.lock:
        held.closed = True
        held.bench.ledger.close()


def release(idle: float = 0.0) -> None:
    """Give back every bench that was not used for so many seconds."""
    with _GATE:
        stale = [key for key, held in _ALL.items() if monotonic() - held.used >= idle]
        given = [_ALL.pop(key) for key in stale]
        if _ALL:
            _watch()
    for held in given:
        _give_back(held)


def _watch() -> None:
    """Look again when the benches may have been idle long enough."""
    waiting = _TIMERS[-1] if _TIMERS else None
    if waiting is None or not waiting.is_alive() or waiting is threading.current_thread():
        timer = threading.Timer(IDLE / 2, release, [IDLE])
        timer.daemon = True
        _TIMERS[:] = [timer]
        timer.start()


_TIMERS: list[threading.Timer] = []
