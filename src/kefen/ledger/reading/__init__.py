"""Rows as people have them in, clean facts and rejections out.

`open_reader` takes a file or a frame, finds headings and kind, and gives chunks of typed rows with
the rejections beside them. `write_template` gives people a file to fill in.
"""

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
