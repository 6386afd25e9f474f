"""A text file as physical lines, block by block, however its lines end; no line is endless."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import IO, TYPE_CHECKING

from kefen.errors import ReadingError
from kefen.ledger.reading.encoding import FAULTY, PADDING, decoder, start_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK_BYTES = 1 << 22
LONGEST_LINE = 1 << 20
"""Characters of a line; no row of a real table comes near it."""
_SHIFTED_LINE_END = "\u0a00"
"""A line end of UTF-16 whose bytes have changed places: a byte before it is lost."""


@dataclass(frozen=True)
class Block:
    """`count` whole lines with a line end between them; the first has number `first`, from 1 on.

    `done` counts the bytes read so far, `final` says that nothing follows, `quoted` that some line
    may hold a quotation mark, and `faulty` that some line holds `FAULTY` where bytes did not
    decode.
    """

    first: int
    text: str
    count: int
    done: int
    final: bool
    faulty: bool
    quoted: bool = True

    @cached_property
    def lines(self) -> list[str]:
        """The lines one by one."""
        return self.text.split("\n") if self.count else []


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
        end = len(text) if final else text.rfind("\n")
        if final and text.endswith("\n"):
            end -= 1
        whole, left = text[: max(end, 0)], text[end + 1 :] + held
        count = whole.count("\n") + 1 if end >= 0 and text else 0
        _refuse_endless(whole, left, number, count)
        above = min(count, max(0, skip + 1 - number))
        if above:
            whole = whole.split("\n", above)[above] if above < count else ""
        if count > above or final:
            signs = FAULTY in text, '"' in text
            yield Block(number + above, whole, count - above, done, final, *signs)
        number += count
        if final:
            return
        piece = following


def _refuse_endless(text: str, left: str, number: int, count: int) -> None:
    begin = longer_line(text, LONGEST_LINE)
    if begin is not None:
        line = number + text.count("\n", 0, begin)
        raise ReadingError("line-too-long", line=line, most=LONGEST_LINE)
    if len(left) > LONGEST_LINE:
        raise ReadingError("line-too-long", line=number + count, most=LONGEST_LINE)


def longer_line(text: str, most: int) -> int | None:
    r"""Where the first line begins that has more than `most` characters.

    >>> longer_line("a\nbcd", 2), longer_line("a\nbcd", 3)
    (2, None)
    """
    begin = 0
    while len(text) - begin > most:
        end = text.rfind("\n", begin, begin + most + 1)
        if end < 0:
            return begin
        begin = end + 1
    return None
