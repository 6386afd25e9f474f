"""Whether a phone number, an address, a name or a date can be one, and what was probably meant."""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from kefen_crm.platform.phones import HOME

if TYPE_CHECKING:
    from collections.abc import Callable

NONE: Final = frozenset(
    {"无", "没有", "暂无", "无号码", "未知", "不详", "未填", "n/a", "na", "none", "null", "nil",
     "unknown", "-", "--", "/", "0"}
)  # fmt: skip
"""What people write where there is nothing."""
NO_DATES: Final = ("0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01",
                   "2999-12-31", "9999-12-31")  # fmt: skip
"""Dates that programs write where there is none."""
EARLIEST_YEAR: Final = 1900
OLDEST: Final = {"birthday": (110, 14), "founded_on": (126, 0), "registered_on": (60, 0)}
"""By date: how many years ago it may lie at most and at least, for a guess to be plausible."""
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


def is_none(text: str) -> bool:
    """Whether a text says that there is nothing."""
    return text.strip().lower() in NONE


def meant_phone(text: str) -> str | None:
    """The phone number that a text probably means; empty for none, None where it is not clear."""
    if is_none(text):
        return ""
    folded = _LABEL.sub(" ", unicodedata.normalize("NFKC", text)).translate(_LIKE)
    cleaned = " ".join(_ODD.sub(" ", folded).replace(".", " ").split())
    return cleaned if cleaned != text and is_phone(cleaned) else None


def is_email(text: str) -> bool:
    """Whether a text may be one e-mail address."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def meant_email(text: str) -> str | None:
    """The e-mail address that a text probably means; empty for none, None where it is not clear."""
    if is_none(text):
        return ""
    folded = unicodedata.normalize("NFKC", text).replace("。", ".").replace("，", ".")
    folded = folded.replace(",", ".").strip(" .;:<>\"'").removeprefix("mailto:")
    for plain in (re.sub(r"\s+", "", folded), re.sub(r"\(at\)|\[at\]|#", "@", folded)):
        found = plain.lower()
        if found != text and is_email(found):
            return found
    return None


_HAN: Final = "\u3400-\u9fff"
_WIDE: Final = {one: one - 0xFEE0 for one in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B),
                                             *range(0xFF41, 0xFF5B), 0xFF06)}  # fmt: skip
"""Wide digits, letters and the ampersand; brackets and commas stay as Chinese writes them."""
_QUOTES: Final = dict(zip("\"'“‘「『", "\"'”’」』", strict=True))
_SPACED: Final = re.compile(rf"[{_HAN}](?: [{_HAN}])+")
_STAND_INS: Final = NONE | frozenset(
    {"test", "testing", "测试", "测试客户", "asdf", "xxx", "待定", "tbd"}
)


def is_name(text: str) -> bool:
    """Whether a text may be a customer's name as people write it."""
    return bool(text) and meant_name(text) is None and not _stands_in(text)


def _stands_in(text: str) -> bool:
    """Whether a text stands where a name should: none, a test, a number, letters that were lost."""
    lost = "\ufffd" in text or "??" in text
    number = len(text) >= 7 and not any(map(str.isalpha, text))
    return text.strip().lower() in _STAND_INS or lost or number


def meant_name(text: str) -> str | None:
    """The name that a text probably means, where that is another; None where it is not clear.

    >>> meant_name("王　芳"), meant_name("“ＡＣＭＥ &amp; Sons”,"), meant_name("Acme Inc.")
    ('王芳', 'ACME & Sons', None)
    """
    found = html.unescape(text).translate(_WIDE)
    found = "".join(" " if one.isspace() else one for one in found if _visible(one))
    found = " ".join(found.split()).strip("*#,，;；、。 ").lstrip("-.")
    if len(found) > 2 and _QUOTES.get(found[0]) == found[-1]:
        found = found[1:-1].strip()
    if _SPACED.fullmatch(found):
        found = found.replace(" ", "")
    return found if found not in {"", text} and not _stands_in(found) else None


def _visible(one: str) -> bool:
    return unicodedata.category(one) not in {"Cc", "Cf", "Co"} or one.isspace()


def shown(text: str) -> str:
    """A text with what cannot be seen in it written by its number, `‹U+200B›`."""
    return "".join(
        one if one == " " or (_visible(one) and not one.isspace()) else f"‹U+{ord(one):04X}›"
        for one in text
    )


def is_date(text: str) -> bool:
    """Whether a date is past, since 1900, and none that programs write where there is none."""
    earliest, today = f"{EARLIEST_YEAR}-01-01", timezone.localdate().isoformat()
    return earliest <= text <= today and text not in NO_DATES


def meant_date(field: str, text: str) -> str | None:
    """The date that one probably means; empty for none, None where it is not clear.

    Years of two digits are of this century or the last; what lies ahead is of the century before
    or has day and month exchanged; a guess is taken where one alone is plausible for the field.
    """
    if text in NO_DATES:
        return ""
    day, today = date.fromisoformat(text), timezone.localdate()
    guesses = []
    if day.year < 100:
        guesses = [(day.year + 1900, day.month, day.day), (day.year + 2000, day.month, day.day)]
    elif day > today:
        guesses = [(day.year - 100, day.month, day.day), (day.year, day.day, day.month)]
    most, least = OLDEST[field]
    found = {
        one
        for guess in guesses
        if (one := _day(guess)) and least <= (today - one).days / 365.25 <= most
    }
    return found.pop().isoformat() if len(found) == 1 else None


def _day(parts: tuple[int, int, int]) -> date | None:
    try:
        return date(*parts)
    except ValueError:
        return None


DATES: Final = tuple(OLDEST)
TESTS: Final[dict[str, tuple[Callable[[str], bool], Callable[[str], str | None]]]] = {
    "phone": (is_phone, meant_phone),
    "email": (is_email, meant_email),
    "name": (is_name, meant_name),
    **{field: (is_date, partial(meant_date, field)) for field in DATES},
}
"""By field: whether a text may be its value, and what was probably meant instead."""
