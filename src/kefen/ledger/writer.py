"""Carries out a step: under the lock, aside, and only then a manifest that makes it stand.

What a killed writer left is never seen: no manifest names it. The next writer removes it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.deferred import ibis
from kefen.errors import LedgerError
from kefen.ledger import customers
from kefen.ledger.aliases import AliasFiles
from kefen.ledger.erased import ErasureRegister
from kefen.ledger.facts import BATCH_ID, SALES
from kefen.ledger.figures import figures
from kefen.ledger.first_lines import plan_of_first_lines
from kefen.ledger.frame_types import frame_types, write_frame
from kefen.ledger.import_workspace import ImportWorkspace
from kefen.ledger.lock import not_writable, writing
from kefen.ledger.notices import MONEY, rejected_money
from kefen.ledger.order_rollup import LINES, OrderRollupStore
from kefen.ledger.plan import plan
from kefen.ledger.reading import open_reader
from kefen.ledger.reading.model import CUSTOMER_NAME, LINE
from kefen.ledger.records import Batch, Check, Counts
from kefen.ledger.rejections import MENDS, mended_import, rejections_file, repeats_file
from kefen.ledger.remembered import RememberedMappings
from kefen.ledger.remembered_dates import RememberedDateOrders
from kefen.ledger.removal import removed_file
from kefen.ledger.returning import forget_rejected
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.staging import file_hash, spool, stage
from kefen.ledger.tables import ROW_GROUP, ROWS_PER_FILE, as_table
from kefen.ledger.undo import Reversal, customers_file, unchanged_file
from kefen.ledger.vacuum import Vacuumed, vacuum
from kefen.ledger.versions import Manifest, Versions
from kefen.storage import make_data_folder, storage_errors

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from kefen.ledger.aliases import Aliases
    from kefen.ledger.options import Landing
    from kefen.ledger.plan import Plan
    from kefen.ledger.progress import Meter
    from kefen.ledger.reading import Notice, Reader
    from kefen.ledger.removal import Removal
    from kefen.ledger.settings import Settings, SettingsFile
    from kefen.ledger.staging import Staged
    from kefen.ledger.tables import Change

KEPT_REJECTIONS = 100_000
SAMPLE = 20
NAMED = 3
DAY = 86_400.0


@dataclass(frozen=True)
class Request:
    """What to import and how. `reading` goes to the reader as it is.

    `origin` is who says it: the same content of another origin is an import of its own.
    """

    source: Any
    kind: str | None
    mapping: dict[str, str] | None
    sheet: str | None
    landing: Landing
    reading: dict[str, Any]
    origin: str = ""


@dataclass(frozen=True)
class Taken:
    """What was asked for and read: by whom, its hash, and the mark of what makes it the same."""

    request: Request
    reader: Reader
    staged: Staged
    hash: str
    mark: str
    by: str | None
    note: str

    def batch(self, made: Plan, batch_id: str, version: int) -> Batch:
        """The batch that it lands as."""
        return Batch(
            **asdict(made.counts),
            id=batch_id,
            version=version,
            kind=self.staged.kind.name,
            source=self.reader.preview.name,
            file_hash=self.hash,
            at=datetime.now(UTC),
            by=self.by,
            note=self.note or self._of_rejected(),
            notices=(*_notices(self.staged), *made.notices),
            fingerprint=self.mark,
            mapped=self.staged.mapped,
            unmapped=tuple(self.reader.preview.unmapped),
        )

    def _of_rejected(self) -> str:
        """The note of rows that another import rejected; empty for others."""
        first = mended_import(self.reader.preview)
        return f"{MENDS}{first}" if first else ""


def _telling(landing: Landing) -> Landing:
    """What a check does where an import would ask: it tells."""
    asked = {
        name: "tell" for name in ("known_keys", "shared_codes") if getattr(landing, name) == "ask"
    }
    return replace(landing, **asked)  # type: ignore[arg-type]


class Writer:
    """The writing side of the ledger in `folder`."""

    def __init__(self, folder: Path, versions: Versions, settings: SettingsFile) -> None:
        self.folder = folder
        self.versions = versions
        self.settings = settings
        self.claims = folder / "claims"
        self.mappings = RememberedMappings(folder)
        self.date_orders = RememberedDateOrders(folder)
        self.register = ErasureRegister(folder.parent)

    def load(
        self,
        request: Request,
        by: str | None,
        note: str,
        meter: Meter,
        patience: float | None = None,
    ) -> Batch:
        """Import a source; one that stands and changes nothing gives its batch, no new version."""
        with self._turn(by, meter, patience):
            return self._load(request, by, note, meter)

    def _load(self, request: Request, by: str | None, note: str, meter: Meter) -> Batch:
        head = self.versions.read(self.versions.latest())
        batch_id = new_id("b", head)
        with self._scratch(batch_id) as scratch, self._bench(scratch) as bench:
            reader, origin = self._reader(request, scratch, meter)
            mark = mark_of(request, reader, origin)
            before = self._standing(mark) if origin else None
            if before and self._untouched(before, head):
                return _again(before)
            staged = stage(reader, scratch, meter, request.landing.statuses, origin)
            if not origin:
                mark = mark_of(request, reader, staged.content_hash)
                before = self._standing(mark)
                if before and self._untouched(before, head):
                    return _again(before)
            staged.refuse_unclear()
            meter.at("checking", 0, staged.read)
            snapshot = Snapshot(self.folder, head)
            made = plan_of_first_lines(bench, staged, snapshot, batch_id, request.landing)
            if made is None:
                landing = request.landing
                made = meter.during(lambda: plan(bench, staged, snapshot, batch_id, landing))
            meter.at("checking", staged.read, staged.read)
            if before and not made.changes:
                return replace(_again(before), notices=(*_notices(staged), *made.notices))
            taken = Taken(request, reader, staged, staged.content_hash, mark, by, note)
            return self._land(bench, snapshot, taken, made, batch_id, meter)

    def _land(
        self,
        bench: ImportWorkspace,
        snapshot: Snapshot,
        taken: Taken,
        made: Plan,
        batch_id: str,
        meter: Meter,
    ) -> Batch:
        """Carry out what was worked out upon `snapshot`, as its next version."""
        batch = taken.batch(made, batch_id, snapshot.manifest.version + 1)
        step = Manifest(
            batch.version, action="load", batch=batch, step=batch_id, at=batch.at, by=batch.by
        )
        self.settings.fix()
        if taken.request.landing.erased == "land":
            self.register.release(as_table(made.claims).customer_id.to_pyarrow().to_pylist())
        self._write(bench, snapshot, made.changes, step, meter, made, taken.staged)
        self._remember(taken.request, taken.reader, batch.by)
        return batch

    def _remember(self, request: Request, reader: Reader, by: str | None) -> None:
        """Keep the mapping that a person made, and the order of dates that the source shows; the
        import stands without that, too.
        """
        with suppress(OSError):
            if request.mapping:
                self.mappings.take(reader, by)
            self.date_orders.take(reader)

    def check(self, request: Request, meter: Meter) -> Check:
        """What importing would do, without doing it or waiting for anyone."""
        head = self.versions.read(self.versions.latest())
        with (
            storage_errors(self.folder),
            self._aside() as scratch,
            self._bench(scratch) as bench,
        ):
            reader, origin = self._reader(request, scratch, meter)
            staged = stage(reader, scratch, meter, request.landing.statuses, origin)
            before = self._standing(mark_of(request, reader, staged.content_hash))
            meter.at("checking", 0, staged.read)
            snapshot = Snapshot(self.folder, head)
            landing = _telling(request.landing)
            made = meter.during(lambda: plan(bench, staged, snapshot, "", landing))
            kind = staged.kind.name
            would = made.changes[kind].rows if kind in made.changes else None
            own = (BATCH_ID, CUSTOMER_NAME, LINE)
            rows = staged.rows(bench.engine) if would is None else as_table(would)
            rows = rows.select([name for name in rows.columns if name not in own])
            sample = rows.limit(SAMPLE).to_polars()
            rejections = [
                entry for entry, _ in zip(staged.rejections, range(KEPT_REJECTIONS), strict=False)
            ]
            meter.at("checking", staged.read, staged.read)
            return Check(
                **asdict(made.counts),
                kind=kind,
                source=reader.preview.name,
                already=before.id if before and not made.changes else None,
                preview=reader.preview,
                columns=figures(reader.preview, staged, bench, made.settled),
                notices=(*_notices(staged), *made.notices),
                known_keys=made.known_keys,
                rejections=sorted(rejections, key=lambda entry: entry.line),
                repeats=sorted(staged.repeats, key=lambda entry: entry.line),
                sample=sample,
            )

    def remove(
        self, removal: Removal, by: str | None, note: str, meter: Meter, patience: float | None
    ) -> Batch:
        """Take facts out, or cancel them, as a batch of its own."""
        with self._turn(by, meter, patience):
            head = self.versions.read(self.versions.latest())
            batch_id = new_id("b", head)
            with self._scratch(batch_id) as scratch, self._bench(scratch) as bench:
                snapshot = Snapshot(self.folder, head)
                made, gone = removal.plan(bench, snapshot, batch_id)
                now = datetime.now(UTC)
                batch = Batch(
                    **asdict(made.counts),
                    id=batch_id,
                    version=head.version + 1,
                    kind=removal.kind,
                    source=", ".join(removal.keys[:NAMED]),
                    at=now,
                    by=by,
                    note=note,
                    notices=made.notices,
                )
                step = Manifest(
                    batch.version, action="load", batch=batch, step=batch_id, at=now, by=by
                )
                meter.at("writing", 0, 0)
                self._keep(bench, made, step)
                if gone is not None:
                    bench.engine.write_parquet(gone, removed_file(self.claims, batch_id))
                self._write(bench, snapshot, made.changes, step, meter)
            return batch

    def undo(
        self, batch_id: str, by: str | None, meter: Meter, patience: float | None = None
    ) -> Batch:
        """Take a batch back."""
        with self._turn(by, meter, patience):
            head = self.versions.read(self.versions.latest())
            batches = {batch.id: batch for batch in self.versions.batches(head.version)}
            if batch_id not in batches:
                raise LedgerError("unknown-batch", batch=batch_id)
            batch = batches.pop(batch_id)
            if batch.status == "undone":
                raise LedgerError("already-undone", batch=batch_id)
            step_id = new_id("u", head)
            with self._scratch(step_id) as scratch, self._bench(scratch) as bench:
                snapshot = Snapshot(self.folder, head)
                standing = [other for other in batches.values() if other.status == "committed"]
                reversal = Reversal(bench, self.versions, snapshot, batch, standing, self.claims)
                meter.at("checking", 0, batch.rows)
                changes = meter.during(reversal.changes)
                now = datetime.now(UTC)
                step = Manifest(
                    head.version + 1, action="undo", undone=batch_id, step=step_id, at=now, by=by
                )
                self._write(bench, snapshot, changes, step, meter)
            return replace(batch, status="undone", undone_at=now, undone_by=by)

    def alias(
        self, aliases: Aliases, by: str | None, meter: Meter, patience: float | None = None
    ) -> bool:
        """Have these be all aliases; whether they were others before."""
        with self._turn(by, meter, patience):
            head = self.versions.read(self.versions.latest())
            if Snapshot(self.folder, head).aliases == aliases:
                return False
            step = new_id("m", head)
            AliasFiles(self.folder).write(step, aliases)
            now = datetime.now(UTC)
            self.versions.commit(
                Manifest(
                    head.version + 1,
                    head.tables,
                    action="alias",
                    step=step,
                    at=now,
                    by=by,
                    aliases=step if aliases else "",
                )
            )
            return True

    def vacuum(self, days: int, needed: Collection[int], meter: Meter) -> Vacuumed:
        """Remove what no version needs, while nobody else writes."""
        with self._turn(None, meter):
            return vacuum(self.folder, self.versions, days, needed)

    @contextmanager
    def held(self, by: str | None, meter: Meter, patience: float | None = None) -> Iterator[None]:
        """Nobody else writes in this block."""
        with self._turn(by, meter, patience):
            yield

    def _write(
        self,
        bench: ImportWorkspace,
        snapshot: Snapshot,
        changes: dict[str, Change],
        step: Manifest,
        meter: Meter,
        made: Plan | None = None,
        staged: Staged | None = None,
    ) -> None:
        total = made.counts.rows if made else 0
        meter.at("writing", 0, total)
        if made and staged:
            meter.during(lambda: self._keep(bench, made, step, staged))
        tables = dict(snapshot.manifest.tables)
        rollup = OrderRollupStore(self.folder, bench.engine)
        for kind, change in changes.items():
            work = partial(
                snapshot.table(kind).change,
                bench.engine,
                change,
                snapshot.delta_version(kind),
                step.step,
                bench.folder,
                rollup.fold_sorted if kind == LINES else None,
            )
            tables[kind] = meter.during(work, partial(_rows_written, bench.folder))
            if kind == LINES:
                meter.during(partial(rollup.fold, tables[kind]))
        aliases = snapshot.manifest.aliases
        self.versions.commit(replace(step, tables=tables, aliases=aliases))
        meter.at("writing", total, total)

    def _keep(
        self, bench: ImportWorkspace, made: Plan, step: Manifest, staged: Staged | None = None
    ) -> None:
        """Keep what an undo will need, and the rejected rows."""
        self._keep_claims(bench, made, step)
        if made.same is not None:
            notes = made.same.mutate(
                batch_id=ibis.literal(step.step), _seq=ibis.literal(step.version, "int64")
            )
            bench.engine.write_parquet(notes, unchanged_file(self.claims, step.step))
        if made.gone is not None:
            bench.engine.write_parquet(made.gone, removed_file(self.claims, step.step))
        if staged is None:
            return
        for listed, target in (
            (staged.rejections, rejections_file(self.folder, step.step)),
            (staged.repeats, repeats_file(self.folder, step.step)),
        ):
            forget_rejected(listed, self.register)
            if listed.path.exists():
                target.parent.mkdir(exist_ok=True)
                listed.path.replace(target)

    def _keep_claims(self, bench: ImportWorkspace, made: Plan, step: Manifest) -> None:
        by, seq, weak, mapped = step.step, step.version, made.weak, made.erased
        target = customers_file(self.claims, by)
        if not isinstance(made.claims, pl.DataFrame):
            claims = customers.stamped(made.claims, by, seq, weak=weak, mapped=mapped)
            bench.engine.write_parquet(claims, target)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.part")
        few = customers.stamped_frame(made.claims, by, seq, weak=weak, mapped=mapped)
        write_frame(few, frame_types(customers.CLAIM_TYPES), draft, ROW_GROUP)
        draft.replace(target)

    @contextmanager
    def _turn(self, by: str | None, meter: Meter, patience: float | None = None) -> Iterator[None]:
        """Write alone, upon a clean ledger; a step that fails leaves nothing behind."""
        lock = self.folder / "lock"
        with storage_errors(self.folder), writing(lock, by, patience, meter.wait_for):
            self._recover()
            try:
                yield
            except BaseException:
                with suppress(Exception):  # else the next writer clears it away
                    self._sweep()
                raise

    def _reader(self, request: Request, scratch: Path, meter: Meter) -> tuple[Reader, str | None]:
        """The reader of a source and, where there is a file, the hash of its bytes."""
        meter.at("reading", 0, 0)
        known = self.settings.read()
        return meter.during(lambda: _open(request, scratch, known, self.mappings, self.date_orders))

    def _standing(self, mark: str) -> Batch | None:
        """The last import of the same content, kind and options that was not taken back."""
        batches = reversed(self.versions.batches(self.versions.latest()))
        return next((b for b in batches if b.status == "committed" and b.fingerprint == mark), None)

    def _untouched(self, batch: Batch, head: Manifest) -> bool:
        """Whether nothing has changed since `batch` that its rows are compared with."""
        then = self.versions.read(batch.version).tables
        beside = ("returns", *SALES) if batch.kind in ("returns", *SALES) else ()
        kinds = {batch.kind, "customers", *beside}  # a refund may stand among orders and returns
        return all(then.get(kind) == head.tables.get(kind) for kind in kinds)

    @contextmanager
    def _bench(self, scratch: Path) -> Iterator[ImportWorkspace]:
        bench = ImportWorkspace(scratch)
        try:
            yield bench
        finally:
            bench.close()

    @contextmanager
    def _aside(self) -> Iterator[Path]:
        """Where a check works: beside the ledger, or elsewhere while there is none."""
        if self.folder.exists():
            with self._scratch(f"check-{secrets.token_hex(6)}") as scratch:
                yield scratch
        else:
            with tempfile.TemporaryDirectory(prefix="kefen-check-") as elsewhere:
                yield Path(elsewhere)

    @contextmanager
    def _scratch(self, name: str) -> Iterator[Path]:
        scratch = self.folder / "staging" / name
        try:
            make_data_folder(self.folder.parent)
            scratch.mkdir(parents=True)
        except OSError as error:
            raise not_writable(self.folder, error) from None
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def _recover(self) -> None:
        """Remove what a writer that died half-way left behind."""
        staging = self.folder / "staging"
        left = [
            entry
            for entry in (staging.iterdir() if staging.is_dir() else ())
            if not entry.name.startswith("check-") or time.time() - entry.stat().st_mtime > DAY
        ]
        if left:
            self._sweep()
        for entry in left:
            shutil.rmtree(entry, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove the files of steps that never came to stand."""
        latest = self.versions.latest()
        steps = self.versions.steps(latest)
        snapshot = Snapshot(self.folder, self.versions.read(latest))
        facts = self.folder / "facts"
        for folder in facts.iterdir() if facts.is_dir() else ():
            snapshot.table(folder.name).clean(steps)
        for kept in (self.claims, self.folder / "rejections", AliasFiles(self.folder).folder):
            for file in kept.iterdir() if kept.is_dir() else ():
                if file.name.lstrip(".").split(".")[0] not in steps:
                    file.unlink()
        for draft in (self.folder / "versions").glob(".*.part"):
            draft.unlink()


def _rows_written(scratch: Path) -> int:
    return len(list(scratch.glob("*-part-*/*.parquet"))) * ROWS_PER_FILE


def _open(
    request: Request,
    scratch: Path,
    settings: Settings,
    mappings: RememberedMappings,
    date_orders: RememberedDateOrders,
) -> tuple[Reader, str | None]:
    source = request.source
    if callable(getattr(source, "read", None)):
        source = spool(source, scratch)
    stored = isinstance(source, str | Path) and Path(source).is_file()
    origin = file_hash(Path(source)) if stored else None
    reading = {"currency": settings.currency, "timezone": settings.timezone} | request.reading
    reader = open_reader(
        source,
        request.kind,
        mapping=request.mapping,
        sheet=request.sheet,
        remembered=partial(mappings.recall, settings.timezone),
        dated=date_orders.recall,
        frame_name=request.origin,
        **reading,
    )
    return reader, origin


def _notices(staged: Staged) -> tuple[Notice, ...]:
    """What reading told, and the money of what was rejected since."""
    if not staged.kind.has(MONEY):
        return staged.notices
    return (*staged.notices, *rejected_money(staged.rejections, staged.weight))


def new_id(letter: str, head: Manifest) -> str:
    """The id of a step upon `head`."""
    return f"{letter}{head.version + 1}x{secrets.token_hex(3)}"


def mark_of(request: Request, reader: Reader, content: str | None) -> str:
    """What makes two imports the same one: content, kind, sheet, mapping, options and origin."""
    several = len(reader.preview.taken) > 1
    how = {
        "content": content,
        "kind": reader.kind.name,
        "sheet": reader.preview.taken if several else reader.preview.sheet,
        "mapping": reader.preview.mapping,
        **request.landing.document(),
        "reading": {name: str(value) for name, value in request.reading.items()},
    }
    if request.origin:
        how["origin"] = request.origin
    return hashlib.sha256(json.dumps(how, sort_keys=True).encode()).hexdigest()


def _again(batch: Batch) -> Batch:
    """The answer to a file that stands already: the same batch, nothing added."""
    nothing = Counts(rows=batch.rows, unchanged=batch.rows, rejected=batch.rejected)
    return replace(batch, **asdict(nothing), already=True)
