"""Takes cells that stand far from the table out of an XLSX sheet, so that it can be loaded.

A reader that holds a sheet as a rectangle needs room for all between A1 and the farthest cell.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import IO, TYPE_CHECKING, Any

from kefen.extraction.survey import (
    COLUMNS,
    ROWS,
    Survey,
    column_letters,
    column_number,
    pieces,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable
    from pathlib import Path

    from kefen.extraction.package import Package

LARGEST_AREA = 16_000_000
_SPARSE = 20
_ROW_GAP, _COLUMN_GAP = 1_000, 100
_MOST_FAR, _NAMED = 100, 5
WIDE = 1_000
"""Columns of a sheet from which on it is worth a look whether cells stand far from the table."""


@dataclass
class Far:
    """The cells that were taken out, and how far the rest reaches."""

    last_row: int
    last_column: int
    count: int = 0
    cells: list[str] = field(default_factory=list)


def too_wide(survey: Survey) -> bool:
    """Whether a sheet reaches beyond what a sheet can, or is a large and nearly empty rectangle."""
    beyond = survey.last_row > ROWS or survey.last_column > COLUMNS
    return beyond or (survey.area > LARGEST_AREA and survey.area > _SPARSE * survey.cells)


def without_far_cells(package: Package, part: str, target: Path) -> Far | None:
    """Write the package to `target` with `part` trimmed; None where no table stands apart."""
    far = _bounds(package, part)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as out:
        for name in package.archive.namelist():
            with package.open(name) as source, out.open(name, "w", force_zip64=True) as entry:
                if name == part:
                    _trim(source, entry, package, far)
                else:
                    while piece := source.read(1 << 20):
                        entry.write(piece)
    return far if far.count <= _MOST_FAR else None


def far_columns(rows: Iterable[tuple[int, list[Any]]]) -> Far | None:
    """The cells beyond a wide gap, or beyond what a sheet can hold; None where there are many."""
    filled = {
        line: [place for place, value in enumerate(row, 1) if value != ""] for line, row in rows
    }
    columns = Counter(place for places in filled.values() for place in places)
    far = Far(max(filled, default=0), _before_gap(columns, _COLUMN_GAP, COLUMNS))
    for line, places in filled.items():
        beyond = [place for place in places if place > far.last_column]
        far.count += len(beyond)
        far.cells += [f"{column_letters(place)}{line}" for place in beyond]
        if far.count > _MOST_FAR:
            return None
    del far.cells[_NAMED:]
    return far


def _bounds(package: Package, part: str) -> Far:
    rows: Counter[int] = Counter()
    columns: Counter[int] = Counter()
    with package.open(part) as stream:
        for grammar, xml in pieces(stream, package.looks):
            for letters, number in grammar.any.findall(xml):
                rows[int(number)] += 1
                columns[column_number(letters)] += 1
    return Far(_before_gap(rows, _ROW_GAP, ROWS), _before_gap(columns, _COLUMN_GAP, COLUMNS))


def _before_gap(counts: Counter[int], gap: int, most: int) -> int:
    """The last place before the first wide gap that follows most of the cells."""
    places = sorted(place for place in counts if 1 <= place <= most)
    total, seen = sum(counts.values()), 0
    for place, following in pairwise([*places, most + gap + 1]):
        seen += counts[place]
        if following - place > gap and 2 * seen >= total:
            return place
    return places[-1] if places else 0


def _trim(source: IO[bytes], out: IO[bytes], package: Package, far: Far) -> None:
    def within_reach(cell: re.Match[bytes]) -> bytes:
        row, column = int(cell[2]), column_number(cell[1])
        if 1 <= row <= far.last_row and column <= far.last_column:
            return cell[0]
        far.count += 1
        if len(far.cells) < _NAMED:
            far.cells.append((cell[1] + cell[2]).decode())
        return b""

    for grammar, xml in pieces(source, package.looks):
        out.write(grammar.whole_cell.sub(within_reach, xml))
