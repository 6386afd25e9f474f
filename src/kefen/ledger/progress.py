"""Telling the caller how far a load has come, in the caller's own thread."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

Stage = Literal["waiting", "reading", "checking", "writing"]
Result = TypeVar("Result")

BEAT = 0.25
"""Seconds between two reports while a long step runs."""


@dataclass(frozen=True)
class Progress:
    """How far a load is: `done` of `total` in this stage (bytes or rows; total 0 = unknown).

    While it waits for another writer, `holder` says who that is: `by`, `pid` and `since`.
    """

    stage: Stage
    done: int
    total: int
    holder: Mapping[str, Any] | None = None


class Meter:
    """Reports progress every `BEAT` seconds, also while one long query runs.

    With a listener, the work goes to a thread of its own and the caller's thread waits and
    reports, so the listener may touch what belongs to the caller (a database connection).
    """

    def __init__(self, listener: Callable[[Progress], None] | None) -> None:
        self._listener = listener
        self._pool = ThreadPoolExecutor(1, "kefen-load") if listener else None
        self._now = Progress("reading", 0, 0)
        self._told = 0.0

    def __enter__(self) -> Meter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool:
            self._pool.shutdown()

    def at(self, stage: Stage, done: int, total: int) -> None:
        """Note where the work is; reports at once when a stage begins or ends."""
        turned = stage != self._now.stage or (done >= total and stage != "waiting")
        self._now = Progress(stage, done, total)
        if turned or monotonic() - self._told >= BEAT:
            self._tell()

    def wait_for(self, holder: Mapping[str, Any]) -> None:
        """Note that another writer is waited for; reported like the rest."""
        began = self._now.stage != "waiting"
        self._now = Progress("waiting", 0, 0, holder)
        if began or monotonic() - self._told >= BEAT:
            self._tell()

    def during(self, work: Callable[[], Result], done: Callable[[], int] | None = None) -> Result:
        """Run `work`, reporting meanwhile; `done` looks how much of the total is there."""
        if self._pool is None:
            return work()
        future = self._pool.submit(work)
        while not wait([future], timeout=BEAT).done:
            if done is not None:
                now = self._now
                self._now = Progress(now.stage, min(done(), now.total), now.total)
            self._tell()
        return future.result()

    def _tell(self) -> None:
        if self._listener is not None:
            self._told = monotonic()
            self._listener(self._now)
