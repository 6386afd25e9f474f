"""What a customer can be found by: name, code, phone digits and the initials of the pinyin."""

from __future__ import annotations

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

_CHINESE = re.compile(r"[㐀-鿿]")
_NO_DIGIT = re.compile(r"\D+")


def fold(text: str) -> str:
    """Text as it is compared: full-width to half-width, lower case, single spaces.

    >>> fold("ＡＢＣ　贸易")
    'abc 贸易'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def initials(name: str) -> str:
    """First letters of the pinyin of a Chinese name; other characters stay.

    >>> initials("重庆机电")
    'cqjd'
    """
    if not _CHINESE.search(name):
        return ""
    return "".join(lazy_pinyin(fold(name), style=Style.FIRST_LETTER)).replace(" ", "")[:255]


def document(code: str, name: str, letters: str, phone: str, contact: str) -> str:
    """The text a search looks into, parts split by line breaks so that none runs together."""
    parts = [fold(name), fold(code), letters, _NO_DIGIT.sub("", phone), fold(contact)]
    return "\n".join(part for part in dict.fromkeys(parts) if part)


def words(text: str) -> list[str]:
    """What to look for, all of it: folded words; a phone number typed with spaces by its digits.

    >>> words("138 0013-8000")
    ['13800138000']
    >>> words("Mingda  上海")
    ['mingda', '上海']
    """
    folded = fold(text)
    digits = _NO_DIGIT.sub("", folded)
    if len(digits) >= 5 and re.fullmatch(r"[\d\s()+-]+", folded):
        return [digits]
    return folded.split()
