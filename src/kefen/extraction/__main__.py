"""The child: reads one file within its bounds, answers in lines of JSON.

`python -m kefen.extraction workbook|parquet PATH FOLDER MEMORY SECONDS DISK FORMAT`
"""

from __future__ import annotations

import gc
import json
import sys
from pathlib import Path
from typing import Any

from kefen.extraction.limits import Limits, confine


def main(arguments: list[str]) -> None:
    """Confine this process, then read."""
    what, path, folder, memory, seconds, disk, format_ = arguments
    gc.disable()  # a short life of many lists, none in circles
    confine(Limits(int(memory), int(seconds), int(disk)))
    try:
        if what == "workbook":
            _workbook(path, format_, Path(folder))
        else:
            _parquet(path, Path(folder))
    except MemoryError:
        _answer({"error": "file-too-large-to-read", "data": {}})
    except BaseException as error:  # Rust's panics are no Exception
        code = getattr(error, "code", None)
        if not isinstance(code, str):
            code = "broken-workbook" if what == "workbook" else "broken-parquet"
        data = getattr(error, "data", None) or {"reason": _first_line(error)}
        _answer({"error": code, "data": data})


def _workbook(path: str, format_: str, folder: Path) -> None:
    from kefen.extraction.sheets import Book  # each format's reader takes time

    asked = json.loads(sys.stdin.readline())
    book = Book(path, format_, folder)
    sheets = book.contents(asked["header_row"], asked["sheet"])
    _answer({"sheets": sheets, "from_1904": book.from_1904})
    if wanted := sys.stdin.readline():
        taken = [book.cells(number, name) for number, name in enumerate(json.loads(wanted))]
        _answer({"taken": taken})


def _parquet(path: str, folder: Path) -> None:
    from kefen.extraction.parquet import Columns

    columns = Columns(path, folder)
    _answer(columns.contents())
    if sys.stdin.readline():
        _answer(columns.rows())


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _answer(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
