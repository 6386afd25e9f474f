"""The ledger as its users see it: open it, load files, read tables, go back in time."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import polars as pl

from kefen.engines import Engine, open_engine
from kefen.errors import LedgerError
from kefen.ledger import sales
from kefen.ledger.aliases import CUSTOMERS, Aliases
from kefen.ledger.changes import difference
from kefen.ledger.counting import Counting
from kefen.ledger.facts import KINDS, SALES
from kefen.ledger.facts import kind as kind_of
from kefen.ledger.options import Landing, checked
from kefen.ledger.order_rollup import OrderRollupStore
from kefen.ledger.place import LEDGER, refuse_foreign, refuse_missing, refuse_wrong
from kefen.ledger.progress import Meter, Progress
from kefen.ledger.records import Batch, Check
from kefen.ledger.sales import span_in, span_of
from kefen.ledger.settings import Conflict, Settings, SettingsFile, clean, opened
from kefen.ledger.snapshot import Snapshot
from kefen.ledger.versions import Versions
from kefen.shown import Display, Shown
from kefen.variables import refuse_engine_faults

if TYPE_CHECKING:
    from collections.abc import (
        Callable,
        Collection,
        Generator,
        Iterable,
        Iterator,
        Mapping,
        Sequence,
    )
    from datetime import date

    import ibis.expr.types as ir

    from kefen.errors import KefenError
    from kefen.ledger.changes import Difference
    from kefen.ledger.options import Blanks, Erased, KnownKeys, RepeatedLines, SharedCodes
    from kefen.ledger.order_rollup import OrderRollup
    from kefen.ledger.reading.model import Preview, Rejection
    from kefen.ledger.remembered import RememberedMapping
    from kefen.ledger.sales import Span
    from kefen.ledger.several import Import, SeveralWriter
    from kefen.ledger.vacuum import Vacuumed
    from kefen.ledger.versions import Manifest

DATA = "KEFEN_DATA"
UNFINISHED = "restore-unfinished.json"
"""Stands in a data directory while a backup is being brought back into it."""


class Ledger(Shown):
    """Dated facts about customers, in one data directory.

    A ledger follows its newest version; `at` pins one. Use a ledger from one thread at a time;
    another thread opens its own.

    Args:
        path: the data directory; it is made on the first import.
        engine: an open engine, or what `open_engine` takes.

    Raises:
        LedgerError: `not-a-folder` when `path` is a file, `ledger-folder-itself` when it lies in
            a ledger, `data-further-down` when the data lie in a folder below,
            `restore-unfinished` when a backup was not brought back to its end here,
            `folder-not-readable` when the system does not let us look into it.
        KefenError: `bad-variable` when the environment names no engine that there is.
    """

    def __init__(self, path: str | Path, engine: Engine | str | None = None) -> None:
        if engine is None:
            refuse_engine_faults()
        self.path = Path(path).expanduser().absolute()
        try:
            if self.path.exists() and not self.path.is_dir():
                raise LedgerError("not-a-folder", path=str(self.path))
            if (self.path / UNFINISHED).exists():
                raise LedgerError("restore-unfinished", path=str(self.path))
            refuse_wrong(self.path)
        except PermissionError as error:
            reason = error.strerror or str(error)
            raise LedgerError("folder-not-readable", path=str(self.path), reason=reason) from None
        self.folder = self.path / LEDGER
        self._engine = engine
        self._versions = Versions(self.folder / "versions")
        self._pinned: int | None = None
        self._tables: dict[tuple[Any, ...], ir.Table] = {}
        self._spans: dict[tuple[Any, ...], Span | None] = {}
        self._settings = SettingsFile(self.path)

    @cached_property
    def _writer(self) -> SeveralWriter:
        from kefen.ledger.several import SeveralWriter  # with all readers; most commands read none

        return SeveralWriter(self.folder, self._versions, SettingsFile(self.path))

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _display(self) -> Display:
        kinds = [(kind, self.count(kind, whole=True)) for kind in KINDS]
        rows = [{"facts": kind, "rows": count} for kind, count in kinds if count]
        frame = pl.DataFrame(rows, schema={"facts": pl.String, "rows": pl.Int64})
        span = self.span()
        told = [f"Sales from {span[0]} to {span[1]}."] if span else []
        return Display(f"Ledger {self.path}, version {self.version}", [frame], told)

    def __repr__(self) -> str:
        return f"Ledger({str(self.path)!r}, version={self.version})"

    @property
    def engine(self) -> Engine:
        """The engine that computes on this ledger; opened at first use."""
        if not isinstance(self._engine, Engine):
            self._engine = open_engine(self._engine)
            if self.folder.is_dir():
                self._engine.statements = self.folder / "statements"
        return self._engine

    @property
    def version(self) -> int:
        """The version that is read: the newest, unless pinned. 0 is an empty ledger."""
        return self._versions.latest() if self._pinned is None else self._pinned

    @property
    def settings(self) -> Settings:
        """What is kept with the data: company, base currency, time zone, fiscal year, language."""
        return self._settings.read()

    @property
    def settings_conflicts(self) -> list[Conflict]:
        """Environment variables that say another thing than the settings kept with the data."""
        return self._settings.conflicts()

    def change_settings(self, *, relabel: bool = False, **changes: Any) -> Settings:
        """Keep settings with the data; gives those in force. The names are those of `Settings`.

        Args:
            relabel: take the amounts that landed for amounts in the new base currency, as they
                are: nothing is converted.

        Raises:
            LedgerError: `unknown-setting`, `bad-setting-…`; `currency-fixed` when amounts have
                landed in another base currency and `relabel` is not set.
        """
        if "currency" in changes and not relabel:
            before, wanted = self.settings.currency, clean("currency", changes["currency"])
            if wanted != before and self._has_money():
                raise LedgerError("currency-fixed", currency=before, wanted=wanted)
        return self._settings.write(changes)

    def at(self, version: int) -> Ledger:
        """The ledger as it was at `version`: read only, on the same engine.

        Raises:
            LedgerError: `unknown-version` when there is no such version; `no-data-folder` and
                `no-kefen-data` when this is not a data directory.
        """
        if not self.folder.exists():
            refuse_missing(self.path)
        latest = self._versions.latest()
        if not 0 <= version <= latest:
            raise LedgerError("unknown-version", version=version, latest=latest)
        past = Ledger(self.path, self.engine)
        past._pinned = version
        past._versions = self._versions
        past._tables, past._spans = self._tables, self._spans
        return past

    @property
    def manifest(self) -> Manifest:
        """What this version is made of."""
        return self._versions.read(self.version)

    def history(self) -> list[Batch]:
        """Every import up to this version, oldest first, with those taken back marked."""
        self._in_place()
        return self._versions.batches(self.version)

    def batch(self, batch_id: str) -> Batch:
        """One import; LedgerError `unknown-batch` when there is none of this id."""
        for batch in self.history():
            if batch.id == batch_id:
                return batch
        raise LedgerError("unknown-batch", batch=batch_id)

    def table(self, kind: str, *, whole: bool = False) -> ir.Table:
        """The facts of a kind: its declared columns and `batch_id`; without rows if it has none.

        Orders and lines whose status says that they are no sale are left out, and with an order
        its lines and returns. `whole` gives them too, with a column `counted`, false for these.
        `sales` is the order lines and the orders without lines as one table.
        """
        if kind == sales.SALES:
            lines, orders = (
                self.table(part, whole=whole) if self.count(part, whole=whole) else None
                for part in sales.PARTS
            )
            return sales.sales(lines, orders)
        kind_of(kind)
        snapshot = self._snapshot()
        counting = Counting(self.engine, snapshot)
        place = (
            kind,
            snapshot.delta_version(kind),
            whole,
            counting.versions(kind),
            snapshot.manifest.aliases,
        )
        if place not in self._tables:
            rows = snapshot.aliases.applied(snapshot.rows(self.engine, kind), kind)
            self._tables[place] = (counting.whole if whole else counting.table)(kind, rows)
        return self._tables[place]

    def count(self, kind: str, *, whole: bool = False) -> int:
        """How many facts of a kind there are that count, by themselves; `whole`: all of them."""
        if kind == sales.SALES:
            parts = [self.count(part, whole=whole) for part in sales.PARTS]
            if not all(parts):
                return sum(parts)
            rows = self.table(kind, whole=whole)
            return int(self.engine.rows(rows.aggregate(n=rows.count()))[0]["n"])
        kind_of(kind)
        snapshot = self._snapshot()
        if kind == CUSTOMERS and snapshot.aliases:
            rows = self.table(kind)
            return int(self.engine.rows(rows.aggregate(n=rows.count()))[0]["n"])
        return snapshot.count(kind) - (0 if whole else snapshot.uncounted(kind))

    def changes(self, kind: str, since: int) -> Difference:
        """What this version's facts of a kind do not share with those of version `since`."""
        past = Snapshot(self.folder, self._versions.read(since))
        return difference(past, self._snapshot(), kind)

    def folded(self, *, make: bool = False) -> OrderRollup | None:
        """The order lines folded by order and day; None where the ledger has not kept them so.

        `make`: fold what is not yet folded.
        """
        snapshot = self._snapshot()
        version = snapshot.delta_version("order_lines")
        if version is None or not self.engine.embedded:
            return None
        daybook = OrderRollupStore(self.folder, self.engine)
        if make:
            daybook.fold(version)
        folded = daybook.read(version)
        if folded is not None:
            folded = replace(folded, rows=snapshot.aliases.applied(folded.rows))
        return folded and Counting(self.engine, snapshot).folded(folded)

    def step(self, version: int) -> str:
        """The id of the step that made a version: no other ledger has it. Empty for version 0."""
        return self._versions.read(version).step

    def span(self) -> tuple[date, date] | None:
        """The first and last day of any order; None without orders.

        An order of the future does not stretch it: the last day is the last up to today, where
        there is one.
        """
        today = datetime.now(ZoneInfo(self.settings.timezone)).date()
        sold = [self.table(kind) for kind in SALES]
        key = (*(table.op() for table in sold), today)
        if key not in self._spans:
            self._spans[key] = span_in(self.engine.rows(span_of(sold, today)))
        return self._spans[key]

    def began(self) -> date | None:
        """The first day of any order; None without orders."""
        span = self.span()
        return span and span[0]

    def inspect(
        self, source: Any, kind: str | None = None, sheet: str | None = None, **reading: Any
    ) -> Preview:
        """How a source would be understood: its format, headings, kind and mapping."""
        from kefen.ledger.reading import open_reader  # see `_writer`

        checked(reading)
        settings = self.settings
        known = {"currency": settings.currency, "timezone": settings.timezone} | reading
        recall = partial(self._writer.mappings.recall, settings.timezone)
        dated = self._writer.date_orders.recall
        return open_reader(
            source, kind, sheet=sheet, remembered=recall, dated=dated, **known
        ).preview

    def mappings(self) -> list[RememberedMapping]:
        """The mappings people made that are used again for the same headings, newest first."""
        return self._writer.mappings.all()

    def forget_mapping(self, mapping_id: str) -> RememberedMapping:
        """Use a mapping no longer.

        Raises:
            LedgerError: `unknown-mapping`, `ledger-read-only`.
        """
        self._writable()
        return self._writer.mappings.forget(mapping_id)

    def check(
        self,
        source: Any,
        kind: str | None = None,
        mapping: Mapping[str, str] | None = None,
        sheet: str | None = None,
        *,
        repeated_lines: RepeatedLines = "once",
        known_keys: KnownKeys = "ask",
        prefix: str = "",
        blanks: Blanks = "keep",
        statuses: Mapping[str, bool] | None = None,
        erased: Erased = "skip",
        shared_codes: SharedCodes = "ask",
        progress: Callable[[Progress], None] | None = None,
        **reading: Any,
    ) -> Check:
        """What `load` would do, without doing it: counts, rejections and a sample."""
        from kefen.ledger.writer import Request  # see `_writer`

        checked(reading)
        landing = Landing(
            repeated_lines, known_keys, prefix, blanks, statuses, erased, shared_codes
        )
        mapped = dict(mapping) if mapping else None
        request = Request(source, kind, mapped, sheet, landing, reading)
        with Meter(progress) as meter:
            return self._writer.check(request, meter)

    def load(
        self,
        source: Any,
        kind: str | None = None,
        mapping: Mapping[str, str] | None = None,
        sheet: str | None = None,
        *,
        by: str | None = None,
        note: str = "",
        repeated_lines: RepeatedLines = "once",
        known_keys: KnownKeys = "ask",
        prefix: str = "",
        blanks: Blanks = "keep",
        statuses: Mapping[str, bool] | None = None,
        erased: Erased = "skip",
        shared_codes: SharedCodes = "ask",
        progress: Callable[[Progress], None] | None = None,
        patience: float | None = None,
        origin: str = "",
        **reading: Any,
    ) -> Batch:
        """Import a file, file-like object or frame as one batch: all of it or nothing.

        Rows whose key the ledger has are left alone when the same and replaced when not; an
        order's lines are replaced together. The last statement about a key holds: the same import
        again gives the batch of the time before, with `already` set, as long as it changes nothing;
        where another import has changed its rows meanwhile, it lands again.

        Args:
            source: a path, a binary file, or a pandas, Polars, Arrow or Ibis frame.
            kind: the kind of fact; guessed from the headings by default.
            mapping: heading → column, where the guess is to be corrected. It is remembered and
                used again for a source with the same headings, until it is forgotten.
            sheet: the sheet of a workbook.
            by: who imports, for the history.
            note: a remark for the history.
            repeated_lines: for order lines without numbers, whether wholly identical lines of
                one order count `once` or `all`.
            known_keys: what to do with numbers that the ledger has, of another customer and
                another day: `ask` refuses the file, `replace` takes them for corrections, `new`
                for other orders that have the same number, and keeps both. So it is with rows
                without numbers, of a customer and day of which others are known.
            prefix: put before every number of an order or document, to keep apart what two shops
                number alike.
            blanks: whether an empty cell of a customer leaves what is known (`keep`) or empties
                it (`erase`; never the name and the owner).
            statuses: `{status: counts}` where what the status of an order says is to be
                corrected.
            erased: whether rows of customers that were erased are left out (`skip`), or `land`
                because the customer has come back: then it is no longer taken for erased.
            shared_codes: what a customer code is that the file gives to several names: `ask`
                refuses the file, `one` takes it for one customer, `apart` for one of each name.
            progress: called with the stage and how far it is, at least twice a second; while
                another writer is at work the stage is `waiting`.
            patience: seconds to wait for another writer; an hour by default.
            origin: who says it, such as the name of a system: the same content of another origin
                is an import of its own.
            reading: how to read the file, where the evidence is not to decide: `encoding`,
                `delimiter`, `decimal`, `date_order`, `header_row`.

        Raises:
            LedgerError: `ledger-busy`, `ledger-read-only`, `ledger-not-writable`, `known-keys`,
                `rows-of-known-days`, `rows-known-without-numbers`, `rows-known-as-lines`,
                `codes-of-several-names`, `statuses-unclear`,
                `unknown-option`, `bad-option`.
            ReadingError: when the file as a whole cannot be read.
        """
        from kefen.ledger.writer import Request  # see `_writer`

        self._writable()
        checked(reading)
        landing = Landing(
            repeated_lines, known_keys, prefix, blanks, statuses, erased, shared_codes
        )
        mapped = dict(mapping) if mapping else None
        request = Request(source, kind, mapped, sheet, landing, reading, origin)
        with Meter(progress) as meter:
            return self._writer.load(request, by, note, meter, patience)

    def load_each(
        self, imports: Iterable[Import], patience: float | None = None
    ) -> Generator[Batch | KefenError]:
        """Import many small sources in their order, each as one batch; gives it, or the error.

        It is the same as to `load` each of them, and quicker where those that follow one another
        are facts of one kind and speak of different keys. The next one lands when it is asked
        for; no other writer comes in between.

        Raises:
            LedgerError: `ledger-busy` before the first one, `ledger-read-only`.
        """
        self._writable()
        with Meter(None) as meter:
            yield from self._writer.load_each(list(imports), meter, patience)

    def undo(
        self,
        batch_id: str,
        by: str | None = None,
        progress: Callable[[Progress], None] | None = None,
        patience: float | None = None,
    ) -> Batch:
        """Take an import back, as if its file had never come; later imports stay.

        This makes a new version. Customers that only this import mentioned go with it.

        Raises:
            LedgerError: `unknown-batch`, `already-undone`, `ledger-busy`.
        """
        self._writable()
        with Meter(progress) as meter:
            return self._writer.undo(batch_id, by, meter, patience)

    def remove(
        self,
        kind: str,
        keys: Sequence[str],
        *,
        cancel: bool = False,
        by: str | None = None,
        note: str = "",
        patience: float | None = None,
    ) -> Batch:
        """Take facts out by their keys, as a batch that can be undone; past versions keep them.

        Args:
            kind: the kind of fact; customers are not removed.
            keys: values of its key; of lines the orders, whose lines go together.
            cancel: leave orders and lines in the ledger, with the status `cancelled`, which does
                not count.
            by: who removes, for the history.
            note: a remark for the history.
            patience: seconds to wait for another writer; an hour by default.

        Raises:
            LedgerError: `unknown-kind`, `not-removable`, `not-cancellable`, `unknown-fact` when
                there is none of these, `order-still-has` when lines or returns of an order that
                does not count would count without it, `ledger-busy`, `ledger-read-only`.
        """
        from kefen.ledger.removal import Removal  # see `_writer`

        self._writable()
        removal = Removal.of(kind, keys, cancel=cancel)
        with Meter(None) as meter:
            return self._writer.remove(removal, by, note, meter, patience)

    @property
    def aliases(self) -> Mapping[str, str]:
        """By the code of each merged customer the one under which its facts are read."""
        return self._snapshot().aliases.into

    def alias(
        self,
        merged: Mapping[str, str],
        *,
        by: str | None = None,
        patience: float | None = None,
    ) -> bool:
        """Read the facts of merged customers as those of others, from now on; whether it is new.

        The mapping is all there is: a code that it leaves out speaks for itself again. Files may
        go on with an old code. Past versions stay as they were.

        Args:
            merged: by the code of each merged customer the one it was merged into.
            by: who merges, for the history.
            patience: seconds to wait for another writer; an hour by default.

        Raises:
            LedgerError: `alias-circle`, `ledger-busy`, `ledger-read-only`.
        """
        self._writable()
        aliases = Aliases.of(merged)
        with Meter(None) as meter:
            return self._writer.alias(aliases, by, meter, patience)

    def vacuum(self, days: int, needed: Collection[int] = ()) -> Vacuumed:
        """Remove the files of past versions that nobody needs; see `kefen.vacuum`.

        `needed` are older versions to keep.
        """
        self._writable()
        with Meter(None) as meter:
            done = self._writer.vacuum(days, needed, meter)
        self._tables.clear()
        return done

    @contextmanager
    def held(self, by: str | None = None, patience: float | None = None) -> Iterator[None]:
        """Keep other writers away from the ledger in this block.

        Raises:
            LedgerError: `ledger-busy`, `ledger-read-only`, `ledger-not-writable`.
        """
        self._writable()
        with Meter(None) as meter, self._writer.held(by, meter, patience):
            yield

    def refresh(self) -> None:
        """Forget what was read of the files, which were rewritten."""
        self._tables.clear()
        self._versions.forget()

    def rejections(
        self, batch_id: str, *, start: int = 0, most: int | None = None
    ) -> list[Rejection]:
        """The rows of an import that were refused, by line: from `start` on, at most so many."""
        from kefen.ledger.rejections import Rejections, rejections_file  # see `_writer`

        self.batch(batch_id)
        kept = Rejections(rejections_file(self.folder, batch_id))
        return list(kept.by_line(start, most))

    def repeats(self, batch_id: str) -> list[Rejection]:
        """The rows of an import that were left out as repeated, by line; the first 100,000."""
        from kefen.ledger.rejections import Rejections, repeats_file  # see `_writer`

        self.batch(batch_id)
        kept = Rejections(repeats_file(self.folder, batch_id))
        return sorted(kept, key=lambda entry: entry.line)

    def write_rejections(
        self,
        of: str | Check,
        path: str | Path,
        format: str | None = None,  # noqa: A002  # the word people use for it
        tell: Callable[[str, Mapping[str, Any]], str] | None = None,
        lang: str = "zh",
    ) -> int:
        """Write refused rows to a CSV or XLSX file to mend and import again; gives how many.

        `tell` words a code and its data, such as `kefen.wording.sentence`; by default the
        reason is the code. The format is that of the file's name unless given.
        """
        from kefen.ledger.rejections import Rejections, rejections_file, write  # see `_writer`

        if isinstance(of, Check):
            entries: Rejections | Sequence[Rejection] = of.rejections
        else:
            self.batch(of)
            entries = Rejections(rejections_file(self.folder, of))
        target = Path(path)
        form = format or target.suffix.lstrip(".").lower()
        batch_id = "" if isinstance(of, Check) else of
        plain = tell or (lambda code, _data: code)
        return write(entries, target, form, plain, lang, batch_id)

    def template(self, kind: str, path: str | Path, lang: str = "zh") -> Path:
        """Write an XLSX file to fill in: a kind's headings with notes and an example row."""
        from kefen.ledger.reading import write_template  # see `_writer`

        target = Path(path)
        write_template(kind_of(kind), target, lang)
        return target

    def close(self) -> None:
        """Give the engine back."""
        if isinstance(self._engine, Engine):
            self._engine.close()
            self._engine = None
            self._tables.clear()

    def _in_place(self) -> None:
        """Refuse to read from a folder of other things as if it were an empty ledger."""
        if not self.folder.exists():
            refuse_foreign(self.path)

    def _snapshot(self) -> Snapshot:
        self._in_place()
        return Snapshot(self.folder, self._versions.read(self.version))

    def _has_money(self) -> bool:
        amounts = [
            kind.name
            for kind in KINDS.values()
            if any(column.name == "amount" for column in kind.columns)
        ]
        if any(map(self.count, amounts)):
            return True
        limits = self.table("customers").credit_limit
        return bool(self.count("customers")) and bool(limits.notnull().any().to_pyarrow().as_py())

    def _writable(self) -> None:
        if self._pinned is not None:
            raise LedgerError("ledger-read-only", version=self._pinned)


def open_ledger(
    path: str | Path | None = None,
    engine: Engine | str | None = None,
    *,
    existing: bool = False,
) -> Ledger:
    """Open the ledger of a data directory: `path`, else `KEFEN_DATA`, else `./kefen-data`.

    `existing`: refuse a folder that is not there, instead of opening an empty ledger.

    Raises:
        LedgerError: those of `Ledger`; with `existing`, `no-data-folder` and `no-kefen-data`.
    """
    folder = path or os.environ.get(DATA) or "kefen-data"
    if existing:
        refuse_missing(Path(folder).expanduser().absolute())
    ledger = Ledger(folder, engine)
    opened(ledger.path)
    return ledger


def from_frames(engine: Engine | str | None = None, **frames: Any) -> Ledger:
    """A ledger of frames by kind, in a temporary folder that goes when the program ends.

    >>> import polars as pl
    >>> orders = pl.DataFrame({"客户名称": ["明达"], "下单日期": ["2025-01-03"], "金额": ["120"]})
    >>> from_frames(orders=orders).count("customers")
    1

    Raises:
        LedgerError: `unknown-kind` for a frame of no kind.
    """
    for name in frames:
        kind_of(name)
    folder = Path(tempfile.mkdtemp(prefix="kefen-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    ledger = Ledger(folder, engine)
    for name, frame in frames.items():
        if frame is not None:
            ledger.load(frame, name)
    return ledger
