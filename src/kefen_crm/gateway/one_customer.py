"""What the ledger says of one customer, for its page: on engines that are kept between pages."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.conf import settings

import kefen
from kefen.ledger.customer_reader import CustomerReader

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CustomerReader", "reader_of"]

_IDLE: Final[list[CustomerReader]] = []


@contextmanager
def reader_of(*codes: str) -> Iterator[CustomerReader]:
    """A reader that looks at these customers as the ledger has them now; no other thread has it."""
    try:
        reader = _IDLE.pop()
    except IndexError:
        reader = CustomerReader()
    try:
        reader.look(kefen.open(settings.KEFEN_DATA), codes)
        yield reader
    except BaseException:
        reader.close()
        raise
    _IDLE.append(reader)
