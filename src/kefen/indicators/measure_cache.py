"""Measures kept on disk, beside the ledger they were taken of.

`<data>/ledger/measures/<id>/` holds the measures of every customer at one ledger version and
date: `base.parquet`, and where they came by a refresh, `patch.parquet` with the rows that were
measured anew and `without.parquet` with the customers whose row in the base no longer counts.
A folder takes its name when it is whole. All of it may be deleted at any time.
"""

from __future__ import annotations

import glob
import json
import os
import secrets
import shutil
import time
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from kefen.deferred import ibis
from kefen.indicators.measures import MEASURES
from kefen.indicators.windowed_measure import Role

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import ibis.expr.types as ir

    from kefen.engines import Engine

KEY: Final = "customer_id"
FORMAT: Final = 1
"""Raise it whenever a measure comes to mean something else: what was kept before is passed over."""
SHELVES: Final = 4
"""So many are kept; those used longest ago go."""
_RECORD: Final = "measures.json"
IDS: Final = {KEY: "string"}
_STALE: Final = 86_400.0


@dataclass(frozen=True)
class CachedMeasures:
    """The measures of one ledger version and date.

    Attributes:
        folder: where they are.
        version: the ledger version.
        step: the id of the step that made that version.
        as_of: the date.
        roles: what was measured; the column of each is called by its name.
        rows: customers in the base.
        without: how many of them no longer count.
    """

    folder: Path
    version: int
    step: str
    as_of: date
    roles: tuple[Role, ...]
    rows: int
    without: int = 0

    def table(self, engine: Engine, roles: Iterable[Role]) -> ir.Table:
        """The measures in these roles, each in the column of its name."""
        kinds = schema(roles)
        base = self.read(engine, "base", kinds)
        if not self.without:
            return base
        patch = self.read(engine, "patch", kinds)
        return base.anti_join(self.read(engine, "without", ibis.schema(IDS)), KEY).union(patch)

    def read(self, engine: Engine, name: str, kinds: ibis.Schema) -> ir.Table:
        """One of its files; without rows if there is none."""
        path = self.folder / f"{name}.parquet"
        return engine.read_parquet([glob.escape(str(path))] if path.exists() else [], kinds)


@dataclass(frozen=True)
class MeasureCache:
    """All measures kept of one ledger."""

    folder: Path

    def all(self) -> list[CachedMeasures]:
        """What is kept, whatever it is of."""
        found = []
        for record in self.folder.glob(f"*/{_RECORD}"):
            try:
                found.append(_read(record))
            except (OSError, ValueError, KeyError):
                continue
        return [kept for kept in found if kept is not None]

    def draft(self) -> Path:
        """A folder to write in, seen by nobody yet."""
        draft = self.folder / f".{secrets.token_hex(6)}.part"
        draft.mkdir(parents=True)
        return draft

    def borrow(self, kept: CachedMeasures) -> CachedMeasures:
        """The same measures under a name of our own, so that nobody lets go of them meanwhile.

        Raises:
            OSError: when they are gone, or nothing can be written here.
        """
        os.utime(kept.folder / _RECORD)
        draft = self.draft()
        for name in ("base", "patch", "without") if kept.without else ("base",):
            link(kept.folder / f"{name}.parquet", draft / f"{name}.parquet")
        return replace(kept, folder=draft)

    def keep(self, kept: CachedMeasures) -> None:
        """Give a draft its name, and let go of what was used longest ago."""
        record = {
            "format": FORMAT,
            "version": kept.version,
            "step": kept.step,
            "as_of": kept.as_of.isoformat(),
            "roles": [role.name for role in kept.roles],
            "rows": kept.rows,
            "without": kept.without,
        }
        (kept.folder / _RECORD).write_text(json.dumps(record, indent=1), encoding="utf-8")
        name = f"v{kept.version}-{kept.as_of:%Y%m%d}-{secrets.token_hex(4)}"
        kept.folder.rename(self.folder / name)
        self._prune()

    def _prune(self) -> None:
        known = self.all()
        known.sort(key=lambda kept: (kept.folder / _RECORD).stat().st_mtime_ns, reverse=True)
        for kept in known[SHELVES:]:
            shutil.rmtree(kept.folder, ignore_errors=True)
        for draft in self.folder.glob(".*.part"):
            if time.time() - draft.stat().st_mtime > _STALE:
                shutil.rmtree(draft, ignore_errors=True)


def schema(roles: Iterable[Role]) -> ibis.Schema:
    """The types of these measures, in the columns of their names."""
    return ibis.schema(IDS | {role.name: MEASURES[role.measure].type for role in roles})


def link(source: Path, target: Path) -> None:
    """The same file, or folder of files, under another name; what is there is never changed."""
    if source.is_dir():
        target.mkdir()
        for file in source.iterdir():
            os.link(file, target / file.name)
    else:
        os.link(source, target)


def _read(record: Path) -> CachedMeasures | None:
    found = json.loads(record.read_text(encoding="utf-8"))
    if found["format"] != FORMAT:
        return None
    return CachedMeasures(
        record.parent,
        found["version"],
        found["step"],
        date.fromisoformat(found["as_of"]),
        tuple(Role.parse(name) for name in found["roles"]),
        found["rows"],
        found["without"],
    )
