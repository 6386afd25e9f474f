"""Carries out many small imports: those that go together are compared with the ledger at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kefen.errors import KefenError
from kefen.ledger.options import LANDING, Landing
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.staging import stage
from kefen.ledger.together import MOST_ROWS, Comparison, Together, settled
from kefen.ledger.writer import Request, Taken, Writer, mark_of, new_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import polars as pl

    from kefen.ledger.import_workspace import ImportWorkspace
    from kefen.ledger.progress import Meter
    from kefen.ledger.records import Batch


@dataclass(frozen=True)
class Import:
    """Something to import: the arguments of `Ledger.load`, further ones in `options`.

    A file has to be one that can be read again from its beginning.
    """

    source: Any
    kind: str
    by: str | None = None
    note: str = ""
    origin: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def request(self) -> Request:
        """What is asked of the writer."""
        landing = Landing(**{n: value for n, value in self.options.items() if n in LANDING})
        reading = {n: value for n, value in self.options.items() if n not in LANDING}
        return Request(self.source, self.kind, None, None, landing, reading, self.origin)


@dataclass(frozen=True)
class Ready:
    """An import that was read and whose rows are settled."""

    asked: Import
    taken: Taken
    rows: pl.DataFrame

    @property
    def alike(self) -> tuple[Any, ...]:
        """What imports share that go together."""
        return (self.taken.staged.kind.name, self.asked.request.landing.known_keys)

    @property
    def units(self) -> set[str]:
        """The keys that it speaks of."""
        return set(self.rows[self.taken.staged.kind.key[0]].to_list())


class SeveralWriter(Writer):
    """A writer that carries out many imports in one turn."""

    def load_each(
        self, wanted: Sequence[Import], meter: Meter, patience: float | None = None
    ) -> Iterator[Batch | KefenError]:
        """Import them in their order, each as a batch of its own; gives it, or why not.

        Nobody else writes before the last one is given or the iterator is closed.
        """
        if not wanted:
            return
        with self._turn(wanted[0].by, meter, patience):
            head = self.versions.read(self.versions.latest())
            with self._scratch(new_id("g", head)) as scratch, self._bench(scratch) as bench:
                run: list[Ready] = []
                for number, asked in enumerate(wanted):
                    ready = self._ready(asked, scratch / str(number), meter)
                    if ready is None or not _joins(ready, run):
                        yield from self._landed(run, bench, meter)
                        run = []
                    if ready is None:
                        yield self._alone(asked, meter)
                    else:
                        run.append(ready)
                yield from self._landed(run, bench, meter)

    def _ready(self, asked: Import, folder: Path, meter: Meter) -> Ready | None:
        """The import read; None where it has to come alone, be it to be refused."""
        request = asked.request
        folder.mkdir()
        try:
            reader, origin = self._reader(request, folder, meter)
            staged = stage(reader, folder, meter, request.landing.statuses, origin)
        except KefenError:
            return None
        rows = settled(staged, request.landing, self.register)
        if rows is None:
            return None
        content = staged.content_hash
        mark = mark_of(request, reader, content)
        return Ready(
            asked, Taken(request, reader, staged, content, mark, asked.by, asked.note), rows
        )

    def _landed(
        self, run: list[Ready], bench: ImportWorkspace, meter: Meter
    ) -> Iterator[Batch | KefenError]:
        """Land a run of imports that go together; where one of them has to come alone, those before
        and after it still do.
        """
        standing = {
            batch.fingerprint
            for batch in self.versions.batches(self.versions.latest())
            if batch.status == "committed"
        }
        again = any(ready.taken.mark in standing for ready in run)
        found = self._compared(run, bench) if len(run) > 1 and not again else None
        if found is None and len(run) > 1:
            half = len(run) // 2
            yield from self._landed(run[:half], bench, meter)
            yield from self._landed(run[half:], bench, meter)
            return
        if found is None:
            yield from (self._alone(ready.asked, meter) for ready in run)
            return
        together, comparisons = found
        known = together.known()
        broken = False
        for ready, comparison in zip(run, comparisons, strict=True):
            if broken:  # what was compared no longer holds
                yield self._alone(ready.asked, meter)
                continue
            head = self.versions.read(self.versions.latest())
            snapshot, batch_id = Snapshot(self.folder, head), new_id("b", head)
            try:
                made = comparison.plan(snapshot, batch_id, known)
                yield self._land(bench, snapshot, ready.taken, made, batch_id, meter)
            except KefenError as error:
                broken = True
                self._clear()
                yield error

    def _compared(
        self, run: list[Ready], bench: ImportWorkspace
    ) -> tuple[Together, list[Comparison]] | None:
        snapshot = Snapshot(self.folder, self.versions.read(self.versions.latest()))
        first = run[0]
        together = Together(
            bench,
            snapshot,
            first.taken.staged.kind,
            [ready.taken.staged for ready in run],
            [ready.rows for ready in run],
        )
        found = together.compared(first.asked.request.landing.known_keys)
        return None if found is None else (together, found)

    def _alone(self, asked: Import, meter: Meter) -> Batch | KefenError:
        if callable(again := getattr(asked.source, "seek", None)):
            again(0)
        try:
            return self._load(asked.request, asked.by, asked.note, meter)
        except KefenError as error:
            self._clear()
            return error

    def _clear(self) -> None:
        """Leave nothing behind of a step that failed; else the next writer does."""
        with suppress(Exception):
            self._sweep()


def _joins(ready: Ready, run: Sequence[Ready]) -> bool:
    """Whether an import goes together with those before."""
    if not run:
        return True
    if ready.alike != run[0].alike:
        return False
    rows = sum(other.rows.height for other in run) + ready.rows.height
    return rows <= MOST_ROWS and all(ready.units.isdisjoint(other.units) for other in run)
