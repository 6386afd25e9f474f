"""What people type into the form, as values of a document."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

_MARKS = re.compile(r"[,，、;；]")


def plain(text: str) -> int | float | str:
    """The number written; else the text as it is, and its fault is told at the field.

    >>> plain("1,200"), plain("0.5"), plain("much")
    (1200, 0.5, 'much')
    """
    bare = text.strip().replace(" ", "")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", bare):
        bare = bare.replace(",", "")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        return text.strip()
    if not number.is_finite():
        return text.strip()
    return int(number) if number == int(number) else float(number)


def percent(text: str) -> int | float | str:
    """The share written as per cent.

    >>> percent("75"), percent("0.5 %")
    (0.75, 0.005)
    """
    number = plain(text.strip().removesuffix("%"))
    if isinstance(number, str):
        return number
    share = Decimal(repr(number)) / 100
    return int(share) if share == int(share) else float(share)


def shown_percent(share: Any) -> str:
    """A share as the form writes it.

    >>> shown_percent(0.155), shown_percent("75%"), shown_percent(None)
    ('15.5', '75', '')
    """
    if isinstance(share, str):
        return share.strip().removesuffix("%").strip()
    if isinstance(share, bool) or not isinstance(share, int | float):
        return ""
    return f"{(Decimal(repr(share)) * 100).normalize():f}"


def words(text: str) -> list[str]:
    """Words parted by commas, Western or Chinese.

    >>> words("华东、 华南,")
    ['华东', '华南']
    """
    return [word.strip() for word in _MARKS.split(text) if word.strip()]
