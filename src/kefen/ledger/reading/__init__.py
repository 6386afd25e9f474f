"""Rows as people have them in, clean facts and rejections out.

`open_reader` takes a file or a frame, finds headings and kind, and gives chunks of typed rows with
the rejections beside them. `write_template` gives people a file to fill in. What is here is looked
up on first use: most commands read no file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kefen.ledger.reading.column_mapping import REJECTED_BECAUSE, SOURCE_LINE
    from kefen.ledger.reading.model import CellFault, Chunk, Notice, Preview, Rejection
    from kefen.ledger.reading.reader import Reader, open_reader
    from kefen.ledger.reading.templates import write_template

__all__ = [
    "REJECTED_BECAUSE",
    "SOURCE_LINE",
    "CellFault",
    "Chunk",
    "Notice",
    "Preview",
    "Reader",
    "Rejection",
    "open_reader",
    "write_template",
]

_PLACES = {
    **dict.fromkeys(("REJECTED_BECAUSE", "SOURCE_LINE"), "column_mapping"),
    **dict.fromkeys(("CellFault", "Chunk", "Notice", "Preview", "Rejection"), "model"),
    **dict.fromkeys(("Reader", "open_reader"), "reader"),
    "write_template": "templates",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
