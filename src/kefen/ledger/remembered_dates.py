"""Whether days or months come first in files of the same headings, where one of them showed it.

The exports of one program write dates alike, month after month; a short one may show nothing.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from kefen.ledger.reading.day_order import Earlier
from kefen.ledger.remembered import mark_of_headings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kefen.ledger.facts import Kind
    from kefen.ledger.reading import Reader

FILE = "date-orders.json"
_MOST = 500


class RememberedDateOrders:
    """The orders of one ledger's files by their headings, in a JSON file of its folder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def recall(self, headings: Sequence[str], kind: Kind) -> Earlier | None:
        """What a file of these headings showed before; None where none did."""
        entry = self._all().get(mark_of_headings(headings, kind.name))
        if entry is None or entry[0] not in ("mdy", "dmy"):
            return None
        return Earlier("dmy" if entry[0] == "dmy" else "mdy", entry[1])

    def take(self, reader: Reader) -> None:
        """Remember the order that a source which landed shows beyond doubt, or a person named."""
        if reader.proved_order not in ("mdy", "dmy"):
            return
        mark = mark_of_headings(reader.preview.headings, reader.kind.name)
        known, entry = self._all(), [reader.proved_order, reader.preview.name]
        if known.get(mark, [""])[0] == entry[0]:
            return
        known.pop(mark, None)
        newest = dict([*known.items(), (mark, entry)][-_MOST:])
        draft = self._file.with_suffix(f".{os.getpid()}.part")
        draft.write_text(json.dumps(newest, ensure_ascii=False), encoding="utf-8")
        draft.replace(self._file)

    def _all(self) -> dict[str, list[str]]:
        """Order and file by the mark of headings; a file that cannot be read holds none."""
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(mark): [str(order), str(name)] for mark, (order, name) in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
