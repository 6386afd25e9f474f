"""What a customer can be found by: name, code, phone, contact, pinyin and its initials."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHINESE = re.compile(r"[㐀-鿿]")
_NO_DIGIT = re.compile(r"\D+")
_UNEVEN = re.compile(r"[^\S \n]|  | \n|\n |^ | $")
"""Spaces that are more than single ones between words."""
_ORDER_NUMBER = re.compile(r"(?=[^\d]*\d)[A-Za-z0-9][\w#./-]{3,79}")
INITIALS = 255
"""Letters of the initials that are kept."""
_KEPT = "\0"
"""Marks what is not Chinese in a name."""


def fold(text: str) -> str:
    """Text as it is compared: full-width to half-width, lower case, single spaces.

    >>> fold("ＡＢＣ　贸易")
    'abc 贸易'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def folded(texts: Sequence[str]) -> list[str]:
    """`fold` of many texts, a fraction of the time of one by one.

    >>> folded(["ＡＢＣ　贸易", " x\\ny "])
    ['abc 贸易', 'x y']
    """
    if not texts:
        return []
    # Neither composing nor folding reaches past a line break.
    lines = "\n".join(text.replace("\n", " ") for text in texts)
    whole = unicodedata.normalize("NFKC", lines).casefold()
    every = whole.split("\n")
    return [" ".join(one.split()) for one in every] if _UNEVEN.search(whole) else every


def spoken(name: str) -> tuple[str, str]:
    """The initials and the pinyin of a Chinese name; other characters stay in both.

    >>> spoken("重庆3M机电")
    ('cq3mjd', 'chongqing3mjidian')
    """
    return shortened(*read(fold(name))) if CHINESE.search(name) else ("", "")


def read(text: str) -> tuple[list[str], list[str]]:
    """The initials and the pinyin of each part of a folded text; what is not Chinese is a part."""
    from pypinyin import lazy_pinyin  # its dictionary takes most of a second

    parts = lazy_pinyin(text, errors=lambda text: _KEPT + text)
    letters = [part[1:] if part.startswith(_KEPT) else part[:1] for part in parts]
    return letters, [part.removeprefix(_KEPT) for part in parts]


def shortened(letters: list[str], parts: list[str]) -> tuple[str, str]:
    """Initials and pinyin as they are kept: without spaces, the initials as long as they fit."""
    return "".join(letters).replace(" ", "")[:INITIALS], "".join(parts).replace(" ", "")


def document(code: str, name: str, letters: str, pinyin: str, phone: str, contact: str) -> str:
    """The text a search looks into, parts split by line breaks so that none runs together."""
    return _document((fold(name), fold(code), letters, pinyin, digits(phone), fold(contact)))


def documents(
    codes: Sequence[str],
    names: Sequence[str],
    letters: Sequence[str],
    pinyin: Sequence[str],
    phones: Iterable[str],
    contacts: Sequence[str],
) -> list[str]:
    """`document` of many customers."""
    numbers = [digits(phone) for phone in phones]
    texts = folded(names), folded(codes), letters, pinyin, numbers, folded(contacts)
    return [_document(parts) for parts in zip(*texts, strict=True)]


def digits(text: str) -> str:
    """The digits of a text."""
    return text if text.isdecimal() else _NO_DIGIT.sub("", text)


def _document(parts: Iterable[str]) -> str:
    return "\n".join(filter(None, dict.fromkeys(parts)))


def words(text: str) -> list[str]:
    """What to look for, all of it: folded words; a phone number typed with spaces by its digits.

    >>> words("138 0013-8000")
    ['13800138000']
    >>> words("Mingda  上海")
    ['mingda', '上海']
    """
    told = fold(text)
    number = digits(told)
    if len(number) >= 5 and re.fullmatch(r"[\d\s()+-]+", told):
        return [number]
    return told.split()


def number_like(text: str) -> bool:
    """Whether this may be the number of an order: one word of four or more, with a digit.

    >>> number_like("SO-2025-001"), number_like("明达"), number_like("2025")
    (True, False, True)
    """
    return bool(_ORDER_NUMBER.fullmatch(text.strip()))
