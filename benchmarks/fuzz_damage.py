"""Damages a file the way disks, programs and people do: bytes, XML, ZIP entries, sizes."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from typing import TYPE_CHECKING

from benchmarks.fuzz_seeds import zipped

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

EVIL = [
    *(b"999999999", b"-1", b"2147483647", b"4294967296", b"1e308", b"NaN", b"1048576", b"0"),
    *(b"XFD1048576", b"ZZZZ1", b"A999999999", b"A0", b'"', b"<", b"&", b"&#0;", b"\x00", b"\xff"),
    *(b"\xed\xa0\x80", b"5000-01-01", b"10000-01-01", b"(" * 500, b" " * 2000, b"9" * 400),
]


def damaged(content: bytes, kind: str, dice: random.Random) -> bytes:
    """The file with one to three faults."""
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        archive = kind in ("xlsx", "xlsb", "ods") and dice.random() < 0.75
        content = _in_archive(content, dice) if archive else dice.choice(_BYTES)(content, dice)
    return content


def _flip(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice([1, 1, 2, 5, 20])):
        if changed:
            changed[dice.randrange(len(changed))] = dice.choice([0, 255, dice.randrange(256)])
    return bytes(changed)


def _cut(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _without(content: bytes, dice: random.Random) -> bytes:
    start, length = dice.randrange(len(content) + 1), dice.choice([1, 4, 30, 300])
    return content[:start] + content[start + length :]


def _twice(content: bytes, dice: random.Random) -> bytes:
    start, length = dice.randrange(len(content) + 1), dice.choice([1, 8, 60, 600])
    piece = content[start : start + length]
    return content[:start] + piece * dice.choice([2, 2, 50]) + content[start + length :]


def _insert(content: bytes, dice: random.Random) -> bytes:
    place = dice.randrange(len(content) + 1)
    return content[:place] + dice.choice(EVIL) + content[place:]


def _number(content: bytes, dice: random.Random) -> bytes:
    """A whole number somewhere in the bytes becomes another."""
    if len(content) < 8:
        return content
    place = dice.randrange(len(content) - 7)
    size, code = dice.choice([(2, "<H"), (4, "<I"), (8, "<Q")])
    number = dice.choice([0, 1, 255, 256 ** (size // 2), 256**size - 1, 256**size // 2])
    return content[:place] + struct.pack(code, number) + content[place + size :]


def _lie(content: bytes, dice: random.Random) -> bytes:
    """A size or sum in a header of a ZIP entry becomes another."""
    marks = [m.start() for m in re.finditer(rb"PK\x01\x02|PK\x03\x04", content)]
    if not marks:
        return _number(content, dice)
    place = dice.choice(marks) + dice.choice([14, 16, 18, 20, 22, 24, 26, 28, 42])
    number = dice.choice([0, 1, 0xFFFFFFFF, 0x7FFFFFFF, 1 << 20])
    return content[:place] + struct.pack("<I", number) + content[place + 4 :]


_BYTES: list[Callable[[bytes, random.Random], bytes]] = [
    *(_flip, _flip, _cut, _without, _twice, _insert, _number, _number, _lie)
]


def _in_archive(content: bytes, dice: random.Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
    except Exception:  # it is damaged already, in whatever way
        return _flip(content, dice)
    names = list(entries)
    if not names:
        return content
    telling = [n for n in names if re.search(r"sheet|workbook|content|Strings|styles|rels", n)]
    name = dice.choice(telling or names)
    what = dice.random()
    if what < 0.06:
        other = dice.choice(names)
        entries[name], entries[other] = entries[other], entries[name]
    elif what < 0.1:
        del entries[name]
    elif what < 0.25:
        entries[name] = dice.choice(_BYTES)(entries[name], dice)
    else:
        entries[name] = _in_xml(entries[name], dice)
    return zipped(dict(entries))


def _in_xml(xml: bytes, dice: random.Random) -> bytes:
    """A value, an attribute, a tag or a name becomes another, goes, or comes twice."""
    pattern = dice.choice(
        [rb'="[^"]*"', rb"[0-9]+", rb">[^<]+<", rb"<[^>]+>", rb"</?\w+", rb' \w+="[^"]*"']
    )
    found = list(re.finditer(pattern, xml))
    if not found:
        return _flip(xml, dice)
    spot = dice.choice(found)
    old = spot[0]
    new = dice.choice([b"", old + old, dice.choice(EVIL), old[:1] + dice.choice(EVIL) + old[-1:]])
    if pattern == rb"[0-9]+" and dice.random() < 0.7:
        new = dice.choice([b"0", b"1048576", b"1048577", b"999999999", b"-5", b"99999999999999999"])
    return xml[: spot.start()] + new + xml[spot.end() :]
