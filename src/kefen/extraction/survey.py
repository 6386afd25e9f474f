"""Looks over the XML of an XLSX sheet before anybody loads it: how far it reaches, what stands out.

The XML is streamed, so that neither a sheet of a gigabyte nor one cell of that size is held.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, COLUMNS = 1_048_576, 16_384
LONGEST_CELL = 4 << 20
_PIECE = 1 << 20


class CellTooLongError(Exception):
    """A cell whose XML is longer than any cell's can be."""

    def __init__(self, cell: str) -> None:
        super().__init__(cell)
        self.cell = cell


@dataclass
class Survey:
    """What an XLSX sheet holds, rows and columns from 1.

    `hidden` and `struck` are rows, the latter with a value that is struck through; `unknown` are
    cells with a formula that was never calculated, `formats` those whose number format says more
    than the number: `{row: [(column, format)]}`.
    """

    cells: int = 0
    last_row: int = 0
    last_column: int = 0
    hidden: set[int] = field(default_factory=set)
    struck: set[int] = field(default_factory=set)
    unknown: dict[int, list[int]] = field(default_factory=dict)
    formats: dict[int, list[tuple[int, str]]] = field(default_factory=dict)

    @property
    def area(self) -> int:
        """How many cells the sheet's rectangle has, empty ones included."""
        return self.last_row * self.last_column

    @property
    def extent(self) -> str:
        """The farthest corner, as in XFD1048576."""
        return f"{column_letters(self.last_column)}{self.last_row}"


@dataclass(frozen=True)
class Looks:
    """What to look for: style numbers whose format matters, and those struck through; whether a
    0 may be no result.
    """

    formats: dict[str, str]
    never_calculated: bool = False
    struck: frozenset[str] = frozenset()


def column_number(letters: bytes) -> int:
    """The number of a column: A is 1, XFD is 16,384."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def column_letters(number: int) -> str:
    """The letters of a column: 1 is A, 16,384 is XFD."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class Grammar:
    """The regular expressions for a sheet's XML with its own name prefix."""

    def __init__(self, start: bytes, looks: Looks) -> None:
        named = re.search(rb"<(?:(\w+):)?worksheet[\s>]", start)
        p = named[1] + b":" if named and named[1] else b""
        q = b"'" if b" r='" in start and b' r="' not in start else b'"'
        reference = rb"<%sc (?:[^>]*? )?r=%s([A-Z]+)([0-9]+)%s[^>]*" % (p, q, q)
        self.row_start, self.cell_start = b"<%srow" % p, b"<%sc " % p
        self.row = re.compile(rb"<%srow [^>]*?\br=%s([0-9]+)%s" % (p, q, q))
        self.hidden = re.compile(rb"<%srow [^>]*\bhidden=%s(?:1|true)%s[^>]*>" % (p, q, q))
        self.number = re.compile(rb" r=%s([0-9]+)%s" % (q, q))
        self.wide = re.compile(rb" r=%s([A-Z]{2,7})[0-9]+%s" % (q, q))
        self.deep = re.compile(rb" r=%s[A-Z]+([0-9]{7,})%s" % (q, q))
        self.narrow = re.compile(rb" r=%s([A-Z])[0-9]+%s" % (q, q))
        self.any = re.compile(reference)
        nothing = rb"<%sv\s*/>|<%sv>\s*</%sv>" % (p, p, p)
        if looks.never_calculated:
            nothing += rb"|<%sv>0</%sv>" % (p, p)
        self.formula = re.compile(
            reference
            + rb">\s*<%sf(?:\s[^>]*)?(?:/>|>[^<]*</%sf>)\s*(%s)?\s*</%sc>" % (p, p, nothing, p)
        )
        self.formula_start = b"<%sf" % p
        self.text_result = re.compile(rb"""\st=["']str["']""")
        styles = b"|".join(number.encode() for number in looks.formats)
        self.style = re.compile(rb"<%sc [^>]*?\bs=%s(%s)%s[^>]*" % (p, q, styles, q))
        self.styled = bool(looks.formats)
        crossed = b"|".join(number.encode() for number in looks.struck)
        self.struck = re.compile(rb"<%sc [^>]*?\bs=%s(?:%s)%s[^>]*(?<!/)>" % (p, q, crossed, q))
        self.crossed = bool(looks.struck)
        self.whole_cell = re.compile(
            reference + rb"(?:/>|>(?:[^<]|<(?!/?%sc[\s>]))*</%sc>)" % (p, p)
        )


def pieces(stream: IO[bytes], looks: Looks) -> Iterator[tuple[Grammar, bytes]]:
    """The XML in pieces that never cut a cell in two; CellTooLongError for an endless one."""
    held = stream.read(_PIECE)
    grammar = Grammar(held[:4096], looks)
    while piece := stream.read(_PIECE):
        held += piece
        cut = max(held.rfind(grammar.row_start), held.rfind(grammar.cell_start))
        if cut > 0:
            yield grammar, held[:cut]
            held = held[cut:]
        if len(held) > LONGEST_CELL + _PIECE:
            cell = grammar.any.match(held)
            if cell:
                raise CellTooLongError((cell[1] + cell[2]).decode())
            yield grammar, held
            held = b""
    yield grammar, held


def look_over(stream: IO[bytes], looks: Looks) -> Survey:
    """Everything worth knowing of a sheet, in one pass."""
    survey = Survey()
    for grammar, xml in pieces(stream, looks):
        _extent(survey, grammar, xml)
        _rows(survey, grammar, xml)
        if grammar.formula_start in xml:
            for cell in grammar.formula.finditer(xml):
                if not (cell[3] and grammar.text_result.search(cell[0])):
                    survey.unknown.setdefault(int(cell[2]), []).append(column_number(cell[1]))
        if grammar.styled:
            for cell in grammar.style.finditer(xml):
                if named := grammar.any.match(cell[0]):
                    told = (column_number(named[1]), looks.formats[cell[1].decode()])
                    survey.formats.setdefault(int(named[2]), []).append(told)
    return survey


def _rows(survey: Survey, grammar: Grammar, xml: bytes) -> None:
    """Note rows that are hidden, and those with a value that is struck through."""
    if b"hidden=" in xml:
        for row in grammar.hidden.findall(xml):
            if number := grammar.number.search(row):
                survey.hidden.add(int(number[1]))
    if grammar.crossed:
        for cell in grammar.struck.findall(xml):
            if named := grammar.any.match(cell):
                survey.struck.add(int(named[2]))


def _extent(survey: Survey, grammar: Grammar, xml: bytes) -> None:
    survey.cells += xml.count(grammar.cell_start)
    rows = [int(row) for row in grammar.row.findall(xml)]
    rows += [int(row) for row in set(grammar.deep.findall(xml))]
    survey.last_row = max(survey.last_row, max(rows, default=0))
    wide = set(grammar.wide.findall(xml)) or set(grammar.narrow.findall(xml[:_PIECE]))
    survey.last_column = max(survey.last_column, max(map(column_number, wide), default=0))
