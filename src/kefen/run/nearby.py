"""Of few customers a run goes on in this process, wherever their facts were read.

Fitting asks dozens of small questions about one row a customer. A cluster takes a second for each,
which is worth it where the rows do not fit into this machine and not before.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from kefen.engines import embedded, open_embedded
from kefen.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.indicators import Measured

FEW: Final = 200_000
"""Up to so many customers, their measures are a few dozen megabytes."""


@contextmanager
def nearby(ledger: Ledger, facts: Measured) -> Iterator[tuple[Ledger, Measured]]:
    """The ledger and the measures on an engine in this process where there are few customers."""
    if facts.engine.embedded or ledger.count("customers", whole=True) > FEW:
        yield ledger, facts
        return
    engine = open_embedded()
    try:
        with embedded(engine) as here:
            yield Ledger(ledger.path, here).at(ledger.version), facts.on(here)
    finally:
        engine.close()
