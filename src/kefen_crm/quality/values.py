"""Whether a phone number, an e-mail address or a date can be one, and what was probably meant."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

if TYPE_CHECKING:
    from collections.abc import Callable

HOME: Final = "CN"
_SPLIT: Final = re.compile(r"[/;,；，、\n]|\s{2,}")
_ODD: Final = re.compile(r"[^\d+\-()\s.#*]")
_LOCAL: Final = re.compile(r"[\d\s-]{7,9}")
_LABEL: Final = re.compile(r"电话|手机|telephone|tel|mobile|phone", re.IGNORECASE)
_LIKE: Final = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "—": "-", "－": "-"})


def is_phone(text: str) -> bool:
    """Whether each number in a text may be a phone number; a local one without area code, too."""
    parts = [one.strip() for one in _SPLIT.split(text) if one.strip()]
    return bool(parts) and all(map(_one_phone, parts))


def _one_phone(text: str) -> bool:
    plain = re.split(r"转|ext\.?|x", text, flags=re.IGNORECASE)[0].strip()
    if _ODD.search(plain):
        return False
    if _LOCAL.fullmatch(plain) and 7 <= len(re.sub(r"\D", "", plain)) <= 8:  # of a city
        return True
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(plain, HOME))
    except phonenumbers.NumberParseException:
        return False


def meant_phone(text: str) -> str:
    """The phone number that a text probably means; empty where that is not clear."""
    folded = _LABEL.sub(" ", unicodedata.normalize("NFKC", text)).translate(_LIKE)
    cleaned = " ".join(_ODD.sub(" ", folded).replace(".", " ").split())
    return cleaned if cleaned != text and is_phone(cleaned) else ""


def is_email(text: str) -> bool:
    """Whether a text may be one e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def meant_email(text: str) -> str:
    """The e-mail address that a text probably means; empty where that is not clear."""
    folded = unicodedata.normalize("NFKC", text).replace("。", ".").replace("，", ".")
    folded = folded.replace(",", ".").strip(" .;:<>\"'").removeprefix("mailto:")
    for plain in (re.sub(r"\s+", "", folded), re.sub(r"\(at\)|\[at\]|#", "@", folded)):
        found = plain.lower()
        if found != text and is_email(found):
            return found
    return ""


TESTS: Final[dict[str, tuple[Callable[[str], bool], Callable[[str], str]]]] = {
    "phone": (is_phone, meant_phone),
    "email": (is_email, meant_email),
}
"""By field: whether a text may be its value, and what was probably meant instead."""
