"""Runs on disk: `<data>/runs/<id>/{run.json, classes.parquet}`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from kefen import schemes
from kefen.errors import RunError
from kefen.run.record import Run
from kefen.schemes.overrides import Override

if TYPE_CHECKING:
    from pathlib import Path

    from kefen.ledger import Ledger

_RECORD = "run.json"


@dataclass(frozen=True)
class Shelf:
    """The runs of a ledger."""

    ledger: Ledger

    @property
    def folder(self) -> Path:
        """Where they are."""
        return self.ledger.path / "runs"

    def reserve(self, scheme: schemes.Scheme, version: int, as_of: date) -> tuple[str, Path]:
        """An id from what makes a run, numbered when the same was run before; and its folder."""
        stem = f"{scheme.name}-{as_of:%Y%m%d}-v{version}-{scheme.hash[:8]}"
        number = 1
        while True:
            name = stem if number == 1 else f"{stem}.{number}"
            try:
                (self.folder / name).mkdir(parents=True)
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
            "status": run.status,
            "reason": run.reason,
            "started_at": run.started_at,
            "duration": run.duration,
            "timings": run.timings,
            "counts": run.counts,
            **_carried(run),
        }
        draft = run.folder / f".{_RECORD}.part"
        text = json.dumps(document, ensure_ascii=False, indent=1, default=_plain)
        draft.write_text(text, encoding="utf-8")
        draft.replace(run.folder / _RECORD)

    def read(self, run_id: str) -> Run:
        """A saved run; RunError `unknown-run` when there is none of this id."""
        path = self.folder / run_id / _RECORD
        if "/" in run_id or not path.is_file():
            raise RunError("unknown-run", run=run_id)
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
        )

    def all(self) -> list[Run]:
        """Every saved run, oldest first."""
        names = [path.parent.name for path in self.folder.glob(f"*/{_RECORD}")]
        found = [self.read(name) for name in names]
        return sorted(found, key=lambda run: (run.started_at, run.id))


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
    value = count["value"]
    return count | {"value": Decimal(value) if isinstance(value, str) else value}
