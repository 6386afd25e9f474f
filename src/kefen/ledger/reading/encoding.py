"""Which encoding a text file is in: by its mark, its bytes, known headings, or its language."""

from __future__ import annotations

import codecs
import io
import re
import unicodedata
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from kefen.errors import ReadingError
from kefen.ledger.facts import KINDS
from kefen.ledger.reading.column_mapping import words
from kefen.ledger.reading.model import Notice
from kefen.ledger.reading.normal import normal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FAULTY = "\udc80"
"""Stands for a byte that does not decode: no text can hold a lone surrogate."""
_ERRORS = "kefen-faulty"
_PIECE = 1 << 20
_SAMPLE = 1 << 18
_TELLING = 1 << 16
_HEADINGS = 4_000
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "ascii": "utf-8",
}
"""Programs name the first and write the second, which holds all of the first."""
_WIDE = ("gb18030", "big5hkscs", "cp932", "EUC-JP", "cp949")
_NARROW = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp874"),
    *("koi8-r", "iso8859-2", "cp866"),
)
_ALL = (*_WIDE, *_NARROW)
_CELL = re.compile(r"[^,;\t|\"\r\n]+")
_TEXT = re.compile(rb"[^,;\t\"\r\n\x80-\xff]*[\x80-\xff][^,;\t\"\r\n]*")
"""A cell with anything beyond ASCII: the second byte of a wide character is never one of these."""
_UTF8_PAIR = re.compile(rb"(?:[\xe0-\xef][\x80-\xbf]{2}){2}")
_LIKE_THE_BEST = 0.97
_LIKE_THE_BEST_OF_FEW = 0.7
_FEW = 3
_WORD = re.compile(r"[^\W\d_]+")
_OTHER_SCRIPT = re.compile(r"[a-z][\u0370-\u0fff]|[\u0370-\u0fff][a-z]|[a-z][\u3040-\uffff][a-z]")
"""A Greek letter beside a Latin one, or a Chinese one between two: `Cafι`, `Mu隳z`."""


_BREAKS = frozenset("\t\n\r\x0b\x0c\ufeff")
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Control characters, characters that do not exist, private ones and halves of pairs."""
_MOST_ODD = 0.02
_MOST_ZEROS = 0.1
PADDING = "\x00\x1a"
"""What programs fill the end of a file with: zeros, and the Ctrl-Z of DOS."""


def _mark_faulty(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return FAULTY, error.end


codecs.register_error(_ERRORS, _mark_faulty)


@dataclass(frozen=True)
class Decoding:
    """An encoding, and what is to be told of it: that it is assumed, and the text it gave."""

    encoding: str
    notices: list[Notice] = field(default_factory=list)


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """An incremental decoder that puts `FAULTY` where bytes do not decode."""
    return codecs.getincrementaldecoder(encoding)(_ERRORS)


def start_of_text(stream: IO[bytes], encoding: str) -> int:
    """Where the text begins: behind a mark of UTF-8 that stands before another encoding."""
    stream.seek(0)
    marked = stream.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    return len(codecs.BOM_UTF8) if marked and not encoding.startswith("utf") else 0


def named_encoding(stream: IO[bytes], name: str) -> Decoding:
    """The codec that a person named. ReadingError `unknown-encoding`, `wrong-encoding`.

    A file whose text is mostly not in it is refused; single faulty rows are told later.
    """
    try:
        io.TextIOWrapper(io.BytesIO(), encoding=name)
        encoding = codecs.lookup(name).name
    except (LookupError, ValueError) as error:
        raise ReadingError("unknown-encoding", encoding=name[:40]) from error
    encoding = _SUPERSETS.get(encoding, encoding)
    text = _sample(stream).decode(encoding, _ERRORS)
    beyond = sum(char > "\x7f" for char in text)
    divided = any(mark in text for mark in "\r\n,;\t|")
    if text.count(FAULTY) * 4 > beyond + 1 or not divided:
        raise ReadingError("wrong-encoding", encoding=name)
    return Decoding(encoding)


def find_encoding(stream: IO[bytes], name: str) -> Decoding:
    """The encoding of a text file. ReadingError `not-a-table`, `mixed-encodings`.

    UTF-8, UTF-16 and UTF-32 show themselves, with a mark or without. Among the others the file's
    own headings decide where they are known, else how likely its letters are; that is told. Bytes
    that do not decode leave the encoding as it is.
    """
    sample = _sample(stream)
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            if encoding != "utf-8-sig" or _mostly_utf8(stream):
                return Decoding(encoding)
            sample = sample[len(mark) :]
    if b"\x00" in sample and (wide := _without_mark(sample)) and _is_text(sample, wide):
        return Decoding(wide)
    if _control_share(sample) > _MOST_ODD:
        raise ReadingError("not-a-table", name=name)
    if _mostly_utf8(stream):
        return Decoding("utf-8")
    lines = _telling_lines(stream)
    _refuse_mixed(lines)
    return _legacy([line for _, line in lines], sample)


def _sample(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(_SAMPLE)


def _control_share(sample: bytes) -> float:
    """The share of bytes that no text has; few zeros in a text are faults of their rows."""
    sample = sample.rstrip(PADDING.encode())
    if sample.count(0) > _MOST_ZEROS * len(sample):
        return 1.0
    text = (0, *b"\t\n\r\x0b\x0c")
    odd = sum(sample.count(bytes([byte])) for byte in range(32) if byte not in text)
    return odd / max(1, len(sample))


def _without_mark(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: zeros stand at the same place of every ASCII character."""
    whole = sample[: len(sample) // 4 * 4]
    zeros = [whole[place::4].count(0) for place in range(4)]
    quarter = max(1, len(whole) // 4)
    if min(zeros[1:]) < min(zeros[2:]) and min(zeros[2:]) > 0.9 * quarter:
        return "utf-32-le"
    if min(zeros[:2]) > 0.9 * quarter:
        return "utf-32-be"
    first, second = sample[::2].count(0), sample[1::2].count(0)
    half = max(1, len(sample) // 2)
    if second > 0.1 * half and first < 0.05 * second:
        return "utf-16-le"
    if first > 0.1 * half and second < 0.05 * first:
        return "utf-16-be"
    return None


def _is_text(sample: bytes, encoding: str) -> bool:
    """Whether nearly all that the bytes decode to are characters that texts are made of."""
    text = sample.decode(encoding, _ERRORS)
    odd = sum(
        char == FAULTY or (char not in _BREAKS and unicodedata.category(char) in _NO_TEXT)
        for char in text
    )
    return odd <= _MOST_ODD * len(text) + 1


def _mostly_utf8(stream: IO[bytes]) -> bool:
    """Whether the file is in UTF-8 but for single bytes: a file of another encoding shows soon."""
    stream.seek(0)
    utf8 = decoder("utf-8-sig")
    faulty = beyond = 0
    while block := stream.read(_PIECE):
        text = utf8.decode(block)
        if not text.isascii():
            wrong = text.count(FAULTY)
            faulty += wrong
            if faulty or wrong:
                beyond += sum(char > "\x7f" for char in text) - wrong
            if faulty > 2 * beyond + 1_000:
                return False
    return beyond >= 2 * faulty


def _telling_lines(stream: IO[bytes]) -> list[tuple[int, bytes]]:
    """The first lines with anything beyond ASCII, 64 kB at most, with their numbers."""
    stream.seek(start_of_text(stream, "any other"))
    return list(_until(_numbered_lines(stream), _TELLING))


def _numbered_lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with anything beyond ASCII; a long one is cut into pieces."""
    number, left = 1, b""
    while block := stream.read(_PIECE):
        if not left and block.isascii():
            number += block.count(b"\n")
            continue
        lines = (left + block).split(b"\n")
        left = lines.pop()
        if len(left) > _PIECE:
            yield number + len(lines), left
            left = b""
        for line in lines:
            if not line.isascii():
                yield number, line
            number += 1
    if not left.isascii():
        yield number, left


def _until(lines: Iterable[tuple[int, bytes]], most: int) -> Iterator[tuple[int, bytes]]:
    size = 0
    for number, line in lines:
        yield number, line[:most]
        size += len(line)
        if size > most:
            return


def _refuse_mixed(lines: list[tuple[int, bytes]]) -> None:
    """Some lines in UTF-8 and others not: no one encoding reads them all."""
    inside = [number for number, line in lines if _UTF8_PAIR.search(line) and _decodes(line)]
    if len(inside) > max(1, len(lines) // 100):
        other = next((number for number, line in lines if not _decodes(line)), inside[0])
        raise ReadingError("mixed-encodings", line=inside[0], other=other)


def _decodes(line: bytes, encoding: str = "utf-8") -> bool:
    try:
        line.decode(encoding)
    except UnicodeError:
        return False
    return True


def _legacy(lines: list[bytes], sample: bytes) -> Decoding:
    """The likeliest of the encodings that programs wrote before UTF-8."""
    knowing = [
        encoding
        for encoding in _ALL
        if _knows_headings(sample[:_HEADINGS].decode(encoding, _ERRORS))
    ]
    if knowing and (knowing[0] in _WIDE or len(knowing) == 1):
        return Decoding(knowing[0])
    encoding = _ranked(lines, tuple(knowing))[0] if knowing else _likeliest(lines)
    text = b"\n".join(lines[:20]).decode(encoding, "replace")
    shown = next((cell.strip() for cell in _CELL.findall(text) if not cell.isascii()), "")
    return Decoding(
        encoding, [Notice("encoding-assumed", {"encoding": encoding, "value": shown[:40]})]
    )


def _knows_headings(text: str) -> bool:
    """Whether a heading that is not plain ASCII is known: a wrong decoding gives none."""
    cells = {normal(cell) for cell in _CELL.findall(text) if not cell.isascii()}
    return any(len(cell) > 1 and cell in words(kind) for cell in cells for kind in KINDS)


def _likeliest(lines: list[bytes]) -> str:
    """By the letters; of the wide encodings with the lines that decode, when nearly all do."""
    spare = 1 + len(lines) // 20
    found: list[tuple[int, float, str]] = []
    for encoding in _WIDE:
        good = [line for line in lines if _decodes(line, encoding)]
        if not good or len(lines) - len(good) > spare:
            continue
        if encoding == "gb18030" and _plain_chinese(b"".join(good)):
            return encoding
        best, confidence = _ranked(good)
        if best == encoding:
            found.append((len(lines) - len(good), -confidence, encoding))
    return min(found)[2] if found else _ranked(lines, _NARROW)[0]


def _plain_chinese(content: bytes) -> bool:
    """Whether a few characters, too few to tell a language by, are everyday Chinese ones."""
    beyond = [char for char in content.decode("gb18030") if char > "\x7f"]
    everyday = sum(b"\xb0\xa1" <= char.encode("gb18030") <= b"\xd7\xf9" for char in beyond)
    return len(beyond) <= _FEW and everyday == len(beyond)


def _ranked(lines: list[bytes], encodings: tuple[str, ...] = _ALL) -> tuple[str, float]:
    """`(encoding, confidence)`; of those that are as likely the first of `encodings`."""
    import chardet  # it takes 0.1 s to load, and most files are in UTF-8

    content = b"\n".join(cell for line in lines for cell in _TEXT.findall(line))
    known = {codecs.lookup(encoding).name: encoding for encoding in encodings}
    answers = chardet.detect_all(
        content, ignore_threshold=True, include_encodings=encodings, no_match_encoding=encodings[0]
    )
    ranked = {
        known[name]: answer["confidence"] * _unmixed(content, known[name])
        for answer in answers
        if (name := _canonical(answer["encoding"])) in known
    }
    if not ranked:
        return encodings[0], 0.0
    few = len(content) - len(content.decode("ascii", "ignore")) <= _FEW
    bound = max(ranked.values()) * (_LIKE_THE_BEST_OF_FEW if few else _LIKE_THE_BEST)
    chosen = next(encoding for encoding in encodings if ranked.get(encoding, -1.0) >= bound)
    return chosen, ranked[chosen]


def _unmixed(content: bytes, encoding: str) -> float:
    """The share of words beyond ASCII that are of one script."""
    text = content.decode(encoding, "replace")
    found = [word for word in _WORD.findall(text) if not word.isascii()]
    mixed = sum(bool(_OTHER_SCRIPT.search(word)) for word in found)
    return 1 - mixed / max(1, len(found))


def _canonical(name: str | None) -> str:
    found = codecs.lookup(name or "cp1252").name
    return _SUPERSETS.get(found, found)
