"""A text file as physical lines, block by block, however its lines end; no line is endless."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from kefen.errors import ReadingError
from kefen.ledger.reading.encoding import FAULTY, PADDING, decoder, start_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_BYTES = 1 << 20
LONGEST_LINE = 1 << 20
"""Characters of a line; no row of a real table comes near it."""
_SHIFTED_LINE_END = "\u0a00"
"""A line end of UTF-16 whose bytes have changed places: a byte before it is lost."""


@dataclass(frozen=True)
class Block:
    """Whole lines without their ends; the first has number `first`, counted from 1.

    `done` counts the bytes read so far, `final` says that nothing follows, `quoted` that some line
    may hold a quotation mark, and `faulty` that some line holds `FAULTY` where bytes did not
    decode.
    """

    first: int
    lines: list[str]
    done: int
    final: bool
    faulty: bool
    quoted: bool = True


def blocks(
    stream: IO[bytes], encoding: str, size: int = BLOCK_BYTES, skip: int = 0
) -> Iterator[Block]:
    r"""The lines of a stream below line `skip`. A line ends with `\n`, `\r\n` or `\r`.

    Raises ReadingError `line-too-long`, and `broken-encoding` where the rest is unreadable.
    """
    stream.seek(start_of_text(stream, encoding))
    text_of = decoder(encoding).decode
    wide = encoding.startswith("utf-16")
    number, done, left = 1, stream.tell(), ""
    piece = stream.read(size)
    while True:
        # One piece ahead: the last line stands in a block with those above it.
        following = stream.read(size) if piece else b""
        final = not following
        done += len(piece)
        text = left + text_of(piece, final)
        if final:
            text = text.rstrip(PADDING)
        held = "\r" if not final and text.endswith("\r") else ""
        if "\r" in text:
            text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
        if "\x00" in text:
            text = text.replace("\x00", FAULTY)
        if wide and _SHIFTED_LINE_END in text:
            before = text.count("\n", 0, text.index(_SHIFTED_LINE_END))
            raise ReadingError("broken-encoding", line=number + before)
        lines = text.split("\n")
        left = lines.pop() + held
        if final and left:
            lines.append(left)
        _refuse_endless(lines, left, number)
        above = min(len(lines), max(0, skip + 1 - number))
        if len(lines) > above or final:
            yield Block(number + above, lines[above:], done, final, FAULTY in text, '"' in text)
        number += len(lines)
        if final:
            return
        piece = following


def _refuse_endless(lines: list[str], left: str, number: int) -> None:
    if len(left) > LONGEST_LINE:
        raise ReadingError("line-too-long", line=number + len(lines), most=LONGEST_LINE)
    if not lines or max(map(len, lines)) <= LONGEST_LINE:
        return
    for place, line in enumerate(lines):
        if len(line) > LONGEST_LINE:
            raise ReadingError("line-too-long", line=number + place, most=LONGEST_LINE)
