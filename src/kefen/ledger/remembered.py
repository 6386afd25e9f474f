"""Mappings that people made, kept beside the ledger and used again for the same headings."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from kefen.errors import LedgerError
from kefen.ledger.facts import KINDS
from kefen.ledger.reading.column_mapping import ATTRIBUTE
from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.normal import whole
from kefen.ledger.reading.reader import Recalled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading import Reader

FILE = "mappings.json"


@dataclass(frozen=True)
class RememberedMapping:
    """A mapping that landed. `mapping` holds None for headings that were left out.

    `source` names the file it was last made for, `by` who made it and `at` when, in ISO form.
    """

    id: str
    kind: str
    mapping: dict[str, str | None]
    source: str
    at: str
    by: str | None = None

    def day(self, zone: str) -> str:
        """The day it was made on in a time zone, as 2026-11-28."""
        return datetime.fromisoformat(self.at).astimezone(ZoneInfo(zone)).date().isoformat()


class RememberedMappings:
    """The mappings of one ledger, in a JSON file of its folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def all(self) -> list[RememberedMapping]:
        """Every mapping, the newest first; a file that cannot be read holds none."""
        try:
            entries = json.loads(self._file.read_text(encoding="utf-8"))
            known = [RememberedMapping(**entry) for entry in entries]
        except (OSError, ValueError, TypeError):
            return []
        return sorted(known, key=lambda entry: entry.at, reverse=True)

    def recall(
        self,
        zone: str,
        headings: Sequence[str],
        kind: Kind | None,
        given: Mapping[str, str | None],
    ) -> Recalled | None:
        """The newest mapping for these headings in any order, with what a person says now.

        None where there is none, where it is of another kind than `kind`, or where `given` says
        something of every heading it knows. Days are told in the time zone `zone`.
        """
        names = set(headings)
        for entry in self.all():
            if (
                entry.id != mark_of_headings(headings, entry.kind)
                or not set(entry.mapping) <= names
            ):
                continue
            if kind is not None and kind.name != entry.kind:
                continue
            told = {"kind": KINDS[entry.kind].label["en"], "kind_zh": KINDS[entry.kind].label["zh"]}
            told |= {"source": entry.source, "day": entry.day(zone), "mapping": entry.id}
            said = merged(entry, given)
            fits = all(_has(KINDS[entry.kind], column) for column in said.values() if column)
            if fits and not set(entry.mapping) <= set(given):
                return Recalled(KINDS[entry.kind], said, (Notice("mapping-remembered", told),))
        return None

    def take(self, reader: Reader, by: str | None) -> None:
        """Remember what a person made of a source that landed, or forget it where they made none.

        A mapping that is no other than the guess is not worth remembering.
        """
        preview = reader.preview
        mark = mark_of_headings(preview.headings, reader.kind.name)
        others = [entry for entry in self.all() if entry.id != mark]
        if reader.corrected:
            made = RememberedMapping(
                mark,
                reader.kind.name,
                {
                    **preview.mapping,
                    **dict.fromkeys(reader.dropped),
                    **{heading: ATTRIBUTE + name for heading, name in reader.named.items()},
                },
                preview.name,
                datetime.now(UTC).isoformat(),
                by,
            )
            self._write([made, *others])
        elif len(others) < len(self.all()):
            self._write(others)

    def forget(self, mapping_id: str) -> RememberedMapping:
        """Remember a mapping no longer; LedgerError `unknown-mapping` when there is none."""
        known = self.all()
        found = next((entry for entry in known if entry.id == mapping_id), None)
        if found is None:
            raise LedgerError(
                "unknown-mapping", mapping=mapping_id, known=[entry.id for entry in known]
            )
        self._write([entry for entry in known if entry.id != mapping_id])
        return found

    def _write(self, entries: list[RememberedMapping]) -> None:
        draft = self._file.with_suffix(f".{os.getpid()}.part")
        text = json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=1)
        draft.write_text(text, encoding="utf-8")
        draft.replace(self._file)


def _has(kind: Kind, column: str) -> bool:
    """Whether a kind has a column, or further attributes where it is one of those."""
    return kind.has("attributes" if column.startswith(ATTRIBUTE) else column)


def merged(remembered: RememberedMapping, given: Mapping[str, str | None]) -> dict[str, str | None]:
    """A remembered mapping with what a person says now."""
    said = {column for column in given.values() if column}
    kept = {
        heading: column
        for heading, column in remembered.mapping.items()
        if heading not in given and column not in said
    }
    return {**kept, **given}


def mark_of_headings(headings: Sequence[str], kind: str) -> str:
    """What a mapping is remembered by: the kind and the set of headings."""
    text: Any = [kind, *sorted({whole(heading) for heading in headings})]
    return "m" + hashlib.sha256(json.dumps(text).encode()).hexdigest()[:10]
