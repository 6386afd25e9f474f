"""The parts of what customers are found by, as numbers that an index puts in order fast.

A line of letters a to z and digits has a part of three characters at every second place, which
halves the index; its last may be of two. Any other line has at every place a part of two
characters, and one of three where all are letters or digits. Each character is a part as well. So
any word has parts that each text with the word has, one way or another; texts are then read for the
word itself, as a few other parts have the same number.
"""

from __future__ import annotations

import struct
from string import ascii_lowercase, digits
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.backends.utils import CursorWrapper
    from numpy.typing import NDArray

    Condition = tuple[str, list[list[int]]]

PLAIN: Final = ascii_lowercase + digits
_FACTOR, _BITS = 1_000_003, 0x7FFF_FFFF
_MOST = 8
"""Of a long word, such as a whole name in pinyin, so many parts are asked for: each costs a
millisecond or two among a million, and fewer than all tell it from nearly all others."""
_SHORT = 5
_AT_ONCE = 1_000
_INTEGER = 23
"""How PostgreSQL numbers the type of what an array has."""
_BREAK = ord("\n")


def number(part: str) -> int:
    """The number of a part of at most three characters, as `kefen_part` gives it.

    >>> number("a")
    893104361
    """
    one, two, three = [*map(ord, part), 0, 0][:3]
    return ((one * _FACTOR + two) * _FACTOR + three) & _BITS


def condition(word: str) -> Condition:
    """SQL that holds of customers found by a text with a word, and of few others.

    It is for the index: row by row it takes far longer than to read the text.
    """
    if len(word) == 1:
        return _all([word])
    if not set(word) <= set(PLAIN):
        return _all(_pieces(word, 2, 1))
    # It begins at a place that has a part, or one after such a place.
    ways = [_from(word, at) for at in (0, 1)]
    sql = " OR ".join(told for told, _numbers in ways)
    return f"({sql})", [numbers for _told, these in ways for numbers in these]


def _from(word: str, at: int) -> Condition:
    """What holds where a word's first part begins so many characters after it."""
    whole = _pieces(word[at:], 3, 2)
    told = [_all(whole)] if whole else []
    if len(word) <= _SHORT:  # too few to tell it from others: so are those at its ends
        if at:
            told.append(_any(other + word[:2] for other in PLAIN))
        rest = word[at + 2 * len(whole) :]
        if len(rest) == 2:
            told.append(_any([rest, *(rest + other for other in PLAIN)]))
    return " AND ".join(sql for sql, _these in told), [one for _sql, these in told for one in these]


def _pieces(word: str, size: int, step: int) -> list[str]:
    return [word[at : at + size] for at in range(0, len(word) - size + 1, step)][:_MOST]


def _all(parts: Iterable[str]) -> Condition:
    return "kefen_indexed(parts) @> %s::integer[]", [_numbers(parts)]


def _any(parts: Iterable[str]) -> Condition:
    return "kefen_indexed(parts) && %s::integer[]", [_numbers(parts)]


def _numbers(parts: Iterable[str]) -> list[int]:
    return sorted({number(part) for part in parts})


def of_texts(texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The numbers of the parts of many texts, as `kefen_parts` gives those of one.

    Returns:
        How many each text has, and all in turn, those of a text in order and each once.
    """
    whole = "".join(f"{text}\n" for text in texts) + "\n\n"
    codes = np.frombuffer(whole.encode("utf-32-le"), np.uint32)
    one, two, three = codes[:-2], codes[1:-1], codes[2:]
    lengths = np.fromiter((len(text) + 1 for text in texts), int, len(texts))
    rows = np.repeat(np.arange(len(texts)) << 32, lengths)
    plain = _plain(codes)
    within, paired, tripled = (part != _BREAK for part in (one, two, three))
    paired &= within
    tripled &= paired
    mixed, even = _lines(within, plain[:-2])
    letters = tripled & plain[:-2] & plain[1:-1] & plain[2:]
    nothing = np.zeros_like(one)
    keys = [
        rows[chosen] | _number(one[chosen], after[chosen], last[chosen])
        for chosen, after, last in (
            (letters & (mixed | even), two, three),
            (paired & (mixed | (even & ~tripled)), two, nothing),
            (within, nothing, nothing),
        )
    ]
    found = np.sort(np.concatenate(keys))
    found = found[np.diff(found, prepend=-1) != 0]
    counts = np.bincount(found >> 32, minlength=len(texts))
    return counts, (found & 0xFFFFFFFF).astype(np.int32)


def _plain(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    letters = (codes >= ord("a")) & (codes <= ord("z"))
    return letters | ((codes >= ord("0")) & (codes <= ord("9")))


def _number(
    one: NDArray[np.uint32], two: NDArray[np.uint32], three: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """Of many parts; what is above 32 bits goes, which `_BITS` leaves out as well."""
    factor = np.uint32(_FACTOR)
    return ((one * factor + two) * factor + three) & np.uint32(_BITS)


def _lines(
    within: NDArray[np.bool_], plain: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each character whether its line has others than letters and digits, and its place even."""
    ends = np.flatnonzero(~within)
    line = np.concatenate([[0], np.cumsum(~within)[:-1]])
    starts = np.concatenate([[0], ends + 1])
    others = np.bincount(line, weights=within & ~plain, minlength=len(starts)) > 0
    return others[line], (np.arange(len(within)) - starts[line]) % 2 == 0


def fill(cursor: CursorWrapper) -> None:
    """Put all customers among those that are found, of whom there are none yet."""
    last = 0
    while True:
        cursor.execute(_NEXT, [last, _AT_ONCE])
        rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        with cursor.copy(_COPY) as copy:
            copy.write(_binary(rows))


def _binary(rows: Sequence[tuple[int, str]]) -> bytes:
    """Key, text and parts of customers as COPY takes them: PostgreSQL's own format."""
    counts, numbers = of_texts([text for _key, text in rows])
    items = np.empty((len(numbers), 2), ">i4")
    items[:, 0], items[:, 1] = 4, numbers
    packed, at = items.tobytes(), 0
    told = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
    for (key, text), count in zip(rows, counts.tolist(), strict=True):
        encoded, end = text.encode(), at + 8 * count
        told += (
            _HEAD.pack(3, 8, key, len(encoded)),
            encoded,
            _ARRAY.pack(20 + 8 * count, 1, 0, _INTEGER, count, 1) if count else _EMPTY,
            packed[at:end],
        )
        at = end
    return b"".join([*told, b"\xff\xff"])


_HEAD = struct.Struct(">hiqi")
_ARRAY = struct.Struct(">iiiiii")
_EMPTY = struct.pack(">iiii", 12, 0, 0, _INTEGER)
_NEXT = "SELECT id, search FROM customers_customer WHERE id > %s ORDER BY id LIMIT %s"
_COPY = "COPY customers_searched (customer_id, found_by, parts) FROM STDIN (FORMAT binary)"
