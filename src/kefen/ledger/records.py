"""What the ledger tells about an import: the batch that landed, or the check of a dry run."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from kefen.ledger.reading.model import Notice
from kefen.shown import Display, Shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen.ledger.figures import ColumnFigures
    from kefen.ledger.reading.model import Preview, Rejection


@dataclass(frozen=True)
class Counts:
    """Rows of one import. `rows` were accepted: added + replaced + unchanged + repeated.

    `repeated` rows were in the file more than once or were added to another row of their order,
    `unchanged` ones are in the ledger already.
    `created_customers` are customers known only because this import mentions them; `removed` rows
    were taken out by their key.
    """

    rows: int = 0
    added: int = 0
    replaced: int = 0
    unchanged: int = 0
    repeated: int = 0
    rejected: int = 0
    created_customers: int = 0
    removed: int = 0


@dataclass(frozen=True)
class Batch(Counts):
    """One import that landed. `version` is the ledger version it made.

    `unmapped` are headings that are no columns of its kind; of customers they are attributes.
    `already` marks the answer to a file that was imported before and says nothing that the ledger
    does not hold: nothing was written again.
    """

    id: str = ""
    version: int = 0
    kind: str = ""
    source: str = ""
    file_hash: str = ""
    at: datetime | None = None
    by: str | None = None
    status: Literal["committed", "undone"] = "committed"
    note: str = ""
    undone_at: datetime | None = None
    undone_by: str | None = None
    already: bool = False
    notices: tuple[Notice, ...] = ()
    fingerprint: str = field(default="", repr=False)
    mapped: tuple[str, ...] = field(default=(), repr=False)
    unmapped: tuple[str, ...] = field(default=(), repr=False)

    def document(self) -> dict[str, Any]:
        """The batch as JSON-able data, as a manifest keeps it."""
        kept = asdict(self)
        for name in ("status", "undone_at", "undone_by", "already"):
            del kept[name]
        kept["at"] = self.at.isoformat() if self.at else None
        return kept

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Batch:
        """The batch of a manifest; unknown entries of a newer Kefen are passed over."""
        known = {entry.name for entry in fields(cls)}
        kept = {name: value for name, value in document.items() if name in known}
        kept["at"] = datetime.fromisoformat(kept["at"]) if kept.get("at") else None
        for name in ("mapped", "unmapped"):
            kept[name] = tuple(kept.get(name) or ())
        kept["notices"] = tuple(Notice(**notice) for notice in kept.get("notices") or ())
        return cls(**kept)


@dataclass(frozen=True, repr=False)
class Check(Shown, Counts):
    """What loading a file would do. `rejections` and `repeats` hold at most the first 100,000.

    `columns` shows what each mapped heading holds. `known_keys` counts numbers that the ledger has,
    of another customer and another day: `load` refuses the file then, unless told by its own
    `known_keys` what they are.
    """

    kind: str = ""
    source: str = ""
    already: str | None = None
    known_keys: int = 0
    columns: tuple[ColumnFigures, ...] = ()
    preview: Preview | None = field(default=None, repr=False)
    notices: tuple[Notice, ...] = ()
    rejections: list[Rejection] = field(default_factory=list, repr=False)
    repeats: list[Rejection] = field(default_factory=list, repr=False)
    sample: pl.DataFrame | None = field(default=None, repr=False)

    def _display(self) -> Display:
        """The columns; text of samples and numbers of figures, so that all stand in one table."""
        rows = [
            {name: _told(getattr(one, name)) for name in _SHOWN} | {"filled": one.filled}
            for one in self.columns
        ]
        schema = {name: pl.Int64 if name == "filled" else pl.String for name in _SHOWN}
        told = {name: getattr(self, name) for name in _COUNTED if getattr(self, name)}
        head = f"Check of {self.source} as {self.kind}: {self.rows:,} rows"
        said = [", ".join(f"{count:,} {name}" for name, count in told.items())] if told else []
        return Display(head, [pl.DataFrame(rows, schema=schema)], said)


_SHOWN = ("heading", "column", "samples", "filled", "sum", "least", "greatest")
_COUNTED = ("added", "replaced", "unchanged", "repeated", "rejected", "created_customers")


def _told(value: Any) -> str | None:
    if value is None:
        return None
    return " · ".join(value) if isinstance(value, tuple) else str(value)
