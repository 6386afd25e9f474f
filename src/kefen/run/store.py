"""Runs on disk: `<data>/runs/<id>/{run.json, classes.parquet}`."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kefen import schemes
from kefen.errors import KefenError, RunError, SchemeError
from kefen.run.record import Run
from kefen.schemes.lapse import LAST, WORTH
from kefen.schemes.overrides import Override
from kefen.storage import exclusive, make_data_folder, storage_errors, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kefen.ledger import Ledger

RECORD = "run.json"


@dataclass(frozen=True)
class UnreadableRun:
    """A saved run whose record cannot be read, with why.

    Attributes:
        id: the name of its folder.
        code: of the reason: that of a fault of its scheme, such as `unknown-indicator`, where it
            has one; else `record-damaged`.
        data: the facts behind it.
    """

    id: str
    code: str
    data: dict[str, Any]


@dataclass(frozen=True)
class RunStore:
    """The runs of a ledger."""

    ledger: Ledger

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.ledger.path / "runs"

    def reserve(self, scheme: schemes.Scheme, version: int, as_of: date) -> tuple[str, Path, int]:
        """An id from what makes a run, numbered when the same was run before; and its folder.

        The last is a handle that holds the folder until it is closed: folders without a record
        that nobody holds are of runs that were killed, and are removed.

        Raises:
            StorageError: `disk-full`, `folder-not-writable`.
        """
        make_data_folder(self.folder.parent)
        with storage_errors(self.folder):
            self.folder.mkdir(exist_ok=True)
        with exclusive(self.folder), storage_errors(self.folder):
            self._clear()
            name, folder = self._make(scheme, version, as_of)
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
        return name, folder, handle

    def _clear(self) -> None:
        for folder in self.folder.iterdir():
            if folder.is_dir() and not (folder / RECORD).exists() and not is_held(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _make(self, scheme: schemes.Scheme, version: int, as_of: date) -> tuple[str, Path]:
        stem = f"{scheme.name}-{as_of:%Y%m%d}-v{version}-{scheme.hash[:8]}"
        number = 1
        while True:
            name = stem if number == 1 else f"{stem}.{number}"
            try:
                (self.folder / name).mkdir()
            except FileExistsError:
                number += 1
            else:
                return name, self.folder / name

    def write(self, run: Run) -> None:
        """Save what is known of a run; a half-written record never takes the name."""
        document = {
            "id": run.id,
            "scheme": run.scheme.dump(),
            "scheme_hash": run.scheme.hash,
            "standard": run.standard and json.loads(run.standard.model_dump_json()),
            "as_of": run.as_of,
            "ledger_version": run.ledger_version,
            "made_by": run.made_by,
            "fitted": run.fitted,
            "status": run.status,
            "reason": run.reason,
            "started_at": run.started_at,
            "duration": run.duration,
            "timings": run.timings,
            "counts": run.counts,
            **_carried(run),
        }
        text = json.dumps(document, ensure_ascii=False, indent=1, default=_plain)
        write_whole(run.folder / RECORD, text)

    def read(self, run_id: str) -> Run:
        """A saved run.

        Raises:
            RunError: `unknown-run` when there is none of this id; `run-unreadable`, with the
                `reason` as code and data, when its record cannot be read, as when the plug-in
                that brought one of its indicators is gone.
        """
        found = self._found(run_id)
        if isinstance(found, UnreadableRun):
            reason = {"code": found.code, "data": found.data}
            raise RunError("run-unreadable", run=run_id, reason=reason)
        return found

    def folder_of(self, run_id: str) -> Path:
        """The folder of a saved run.

        Raises:
            RunError: `unknown-run` when there is none of this id.
        """
        folder = self.folder / run_id
        if "/" in run_id or not (folder / RECORD).is_file():
            raise RunError("unknown-run", run=run_id)
        return folder

    def _found(self, run_id: str) -> Run | UnreadableRun:
        path = self.folder_of(run_id) / RECORD
        try:
            return self._run(path)
        except SchemeError as error:
            if error.faults:
                fault = error.faults[0]
                return UnreadableRun(run_id, fault.code, {"path": fault.path} | fault.data)
            return UnreadableRun(run_id, error.code, error.data)
        except KefenError as error:
            return UnreadableRun(run_id, error.code, error.data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            return UnreadableRun(run_id, "record-damaged", {"error": _first_line(error)})

    def _run(self, path: Path) -> Run:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        standard = document["standard"]
        return Run(
            id=document["id"],
            scheme=schemes.load(document["scheme"]),
            as_of=date.fromisoformat(document["as_of"]),
            ledger_version=document["ledger_version"],
            folder=path.parent,
            ledger=self.ledger,
            standard=schemes.read_standard(json.dumps(standard)) if standard else None,
            status=document["status"],
            reason=document["reason"],
            started_at=datetime.fromisoformat(document["started_at"]),
            duration=document["duration"],
            timings=document["timings"],
            counts=[_count(count) for count in document["counts"]],
            notes=[schemes.Note.model_validate(note) for note in document.get("notes", [])],
            previous=document.get("previous"),
            overrides=[Override.from_dict(one) for one in document.get("overrides", [])],
            ignored_overrides=document.get("ignored_overrides", []),
            made_by=document.get("made_by", ""),
            fitted=document.get("fitted", False),
        )

    def all(self) -> list[Run]:
        """Every saved run that can be read, oldest first."""
        found = [one for one in self._each() if isinstance(one, Run)]
        return sorted(found, key=lambda run: (str(run.started_at), run.id))

    def unreadable(self) -> list[UnreadableRun]:
        """The saved runs that cannot be read, by id."""
        found = [one for one in self._each() if isinstance(one, UnreadableRun)]
        return sorted(found, key=lambda one: one.id)

    def _each(self) -> Iterator[Run | UnreadableRun]:
        for path in self.folder.glob(f"*/{RECORD}"):
            with suppress(RunError):  # removed meanwhile
                yield self._found(path.parent.name)


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".partition("\n")[0]


def is_held(folder: Path) -> bool:
    """Whether a run is being carried out there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _carried(run: Run) -> dict[str, Any]:
    """What not every run has: notes, and what it took over from before."""
    told = {
        "notes": [note.model_dump(exclude_none=True) for note in run.notes],
        "previous": run.previous,
        "overrides": [one.to_dict() for one in run.overrides],
        "ignored_overrides": run.ignored_overrides,
    }
    return {name: value for name, value in told.items() if value}


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


def _count(count: dict[str, Any]) -> dict[str, Any]:
    """Money and dates as they were; counts of before the lapsed were told have no state."""
    state = "unrated" if count["class"] is None else "rated"
    read = {"state": state} | count
    for name in ("value", WORTH):
        if isinstance(count.get(name), str):
            read[name] = Decimal(count[name])
    if isinstance(count.get(LAST), str):
        read[LAST] = date.fromisoformat(count[LAST])
    return read
