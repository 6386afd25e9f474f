"""Phone numbers as people wrote them, made into what a telephone dials."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberFormat

HOME: Final = "CN"
"""Where a number without the code of a country is dialled."""
_EXTENSION: Final = re.compile("转(?:分机)?|分机")


def dialled(text: str) -> str:
    """The address that dials the number in a text, by RFC 3966; "" where there is none.

    >>> dialled("电话：０２１—６８８８１２３４")
    'tel:+862168881234'
    """
    try:
        number = phonenumbers.parse(_EXTENSION.sub(" ext. ", str(text or "")), HOME)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):  # a short one, or one without its area
        return f"tel:{number.national_number}"
    extension = f";ext={number.extension}" if number.extension else ""
    return f"tel:{phonenumbers.format_number(number, PhoneNumberFormat.E164)}{extension}"
