"""Opens the ledger for one piece of work."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

import kefen
from kefen.engines import open_engine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.ledger import Ledger


@contextmanager
def opened() -> Iterator[Ledger]:
    """The ledger on an engine of its own, which is closed at the end of the block.

    An engine serves one thread; opening one takes some 20 ms.
    """
    engine = open_engine()
    try:
        yield kefen.open(settings.KEFEN_DATA, engine)
    finally:
        engine.close()
