"""Facts a scheme asks for that a ledger has none of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen.schemes import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kefen.indicators import Indicator
    from kefen.ledger import Ledger
    from kefen.schemes import Scheme

_SALES = ("orders", "order_lines")
"""Either will do where an indicator reads both."""
_LESS = ("returns",)
"""What only takes something away from the others: none of it is no lack."""


def missing_facts(ledger: Ledger, scheme: Scheme) -> list[Note]:
    """A note `no-facts` for each kind of fact the scheme's indicators need and nobody has.

    What customers are weighed by decides no class, so it does not count.

    >>> import kefen, polars as pl
    >>> ledger = kefen.from_frames(customers=pl.DataFrame({"customer_id": ["c1"]}))
    >>> [note.kind for note in missing_facts(ledger, kefen.schemes.load("abc"))]
    ['orders']
    """
    read = {scheme.column(name) for name in (*scheme.references(), *scheme.minimum)}
    kinds = {
        kind
        for request in scheme.requests()
        if request.column in read or request.column != scheme.column(scheme.value)
        for kind in _lacking(ledger, request.definition())
    }
    return [Note(code="no-facts", kind=kind) for kind in sorted(kinds)]


def _lacking(ledger: Ledger, indicator: Indicator) -> Iterator[str]:
    needs = [kind for kind in indicator.needs if kind != "customers"]
    more = [kind for kind in needs if kind not in _LESS] or needs
    if set(_SALES) <= set(more):
        if not any(ledger.count(kind) for kind in _SALES):
            yield "orders"
        more = [kind for kind in more if kind not in _SALES]
    yield from (kind for kind in more if not ledger.count(kind))
