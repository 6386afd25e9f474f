"""Help as plain text. Chinese letters take two columns of a terminal, and lines break by that."""

from __future__ import annotations

from functools import reduce
from itertools import groupby
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

from typer._click import HelpFormatter
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from typer._click import Command, Context

_GAP = 2
_NARROWEST = 10


class Formatter(HelpFormatter):
    """Writes help to the width of the terminal."""

    def write_text(self, text: str) -> None:
        """Write paragraphs, each line of the text one."""
        indent = " " * self.current_indent
        for line in text.splitlines():
            for part in wrapped(line, self.width - self.current_indent):
                self.write(f"{indent}{part}\n".rstrip(" "))

    def write_dl(
        self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = _GAP
    ) -> None:
        """Write names and, beside them, what each is."""
        room = min(max((width(first) for first, _ in rows), default=0), col_max)
        column = self.current_indent + room + col_spacing
        for first, second in rows:
            lines = wrapped(second, max(self.width - column, _NARROWEST))
            name = " " * self.current_indent + first
            if width(first) > room:
                self.write(f"{name}\n")
                name = ""
            for line in lines or [""]:
                self.write(f"{name}{' ' * (column - width(name))}{line}".rstrip() + "\n")
                name = ""


def width(text: str) -> int:
    """Columns that a text takes.

    >>> width("ABC 分类")
    8
    """
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: str, columns: int) -> list[str]:
    """Lines of at most so many columns: broken at spaces, and between Chinese letters.

    >>> wrapped("按标准 grade everybody", 8)
    ['按标准', 'grade', 'everybody']
    >>> wrapped("每位客户都评级。", 8)
    ['每位客户', '都评级。']
    """
    lines: list[str] = []
    for piece in reduce(_joined, _pieces(text), list[str]()):
        if lines and width(lines[-1]) + width(piece.rstrip()) <= columns:
            lines[-1] += piece
        else:
            lines.append(piece)
    return [line.strip() for line in lines if line.strip()]


def _pieces(text: str) -> Iterable[str]:
    """Where a line may be broken: words with the space behind them, and single wide letters."""
    for word in text.split():
        parts = groupby(word, lambda letter: east_asian_width(letter) in "WF")
        split = [part for wide, run in parts for part in (run if wide else ["".join(run)])]
        yield from split[:-1]
        yield f"{split[-1]} "


def _joined(pieces: list[str], piece: str) -> list[str]:
    """The pieces with one more; marks that end something begin no line."""
    if pieces and piece[0] in "，。、；：？！）」”…》" and not pieces[-1].endswith(" "):
        pieces[-1] += piece
    else:
        pieces.append(piece)
    return pieces


def plain(command: Command) -> None:
    """Have the help of a command, and of all its parts, written so."""
    command.context_class = context(command.context_class)
    if isinstance(command, TyperGroup):
        for part in command.commands.values():
            plain(part)


def context(kind: type[Context]) -> type[Context]:
    """A context of this kind whose help is written so."""
    return type("Context", (kind,), {"formatter_class": Formatter})
