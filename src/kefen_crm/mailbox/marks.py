"""The mark of a ticket in addresses and Message-IDs: its number, and what only Kefen computes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from django.utils.crypto import constant_time_compare, salted_hmac

if TYPE_CHECKING:
    from collections.abc import Iterable

_MARK: Final = re.compile(r"t(\d{1,18})\.([0-9a-f]{16})(?:\.\d+)?@", re.IGNORECASE)


def mark(ticket: int) -> str:
    """What stands for a ticket: `t12.0f3a…`."""
    return f"t{ticket}.{_digest(ticket)}"


def ticket_in(texts: Iterable[str]) -> int | None:
    """The ticket of the first genuine mark in addresses or Message-IDs."""
    for text in texts:
        for number, digest in _MARK.findall(text):
            if constant_time_compare(digest.lower(), _digest(int(number))):
                return int(number)
    return None


def reply_address(address: str, ticket: int) -> str:
    """The address of a mailbox that leads into a ticket: `help+t12.0f3a…@example.com`."""
    name, _at, domain = address.rpartition("@")
    return f"{name}+{mark(ticket)}@{domain}"


def _digest(ticket: int) -> str:
    return salted_hmac("kefen.mailbox", str(ticket), algorithm="sha256").hexdigest()[:16]
