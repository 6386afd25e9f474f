"""Facts a scheme asks for that a ledger has none of."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import polars as pl

from kefen.ledger.facts import KINDS
from kefen.run.source import attribute_values
from kefen.schemes import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date

    from kefen.indicators import Indicator, Request
    from kefen.indicators.provided import Strangers
    from kefen.ledger import Ledger
    from kefen.run.record import Run
    from kefen.schemes import Scheme

_SALES = ("orders", "order_lines")
"""Either will do where an indicator reads both."""
_LESS = ("returns",)
"""What only takes something away from the others: none of it is no lack."""


def missing_facts(ledger: Ledger, scheme: Scheme, as_of: date | None = None) -> list[Note]:
    """What the scheme's indicators need and the ledger does not have.

    A note `no-facts` for each kind of fact nobody has, `no-facts-but-sales` where the ledger has
    orders but not their lines, or the lines alone; with a date `not-covered` for each indicator
    that holds sales against a time before the ledger's first; `no-attribute` for each attribute of
    the population that no customer has. What customers are weighed by decides
    no class, so it does not count.

    >>> import kefen, polars as pl
    >>> ledger = kefen.from_frames(customers=pl.DataFrame({"customer_id": ["c1"]}))
    >>> from datetime import date
    >>> abc = kefen.schemes.load("abc")
    >>> [note.kind for note in missing_facts(ledger, abc, date(2026, 1, 1))]
    ['orders']
    """
    sold = any(ledger.count(kind) for kind in _SALES)
    read = {scheme.column(name) for name in (*scheme.references(), *scheme.minimum)}
    read |= {request.column for request, _least in scheme.demands()}
    kinds = {
        kind
        for request in scheme.requests()
        if request.column in read or request.column != scheme.column(scheme.value)
        for kind in _lacking(ledger, request.definition())
    }
    lacks = [
        Note(code="no-facts-but-sales" if sold and kind in _SALES else "no-facts", kind=kind)
        for kind in sorted(kinds)
    ]
    requests = [request for request in scheme.requests() if request.column in read]
    lacks += _unknown_attributes(ledger, scheme)
    return lacks if as_of is None else [*lacks, *_uncovered(ledger, requests, as_of)]


def _unknown_attributes(ledger: Ledger, scheme: Scheme) -> Iterator[Note]:
    """A note `no-attribute` for each attribute of the population that no customer has."""
    parts = scheme.population.parts() if scheme.population else []
    asked = dict.fromkeys(part.attribute for part in parts if part.attribute)
    if not asked or not ledger.count("customers"):
        return
    customers = ledger.table("customers")
    values = attribute_values(customers, scheme)
    columns = {f"_{n}": values[scheme.attribute_column(one)] for n, one in enumerate(asked)}
    counts = {name: column.count() for name, column in columns.items()}
    [found] = ledger.engine.rows(customers.aggregate(**counts))
    known = [column.name for column in KINDS["customers"].stored]
    for name, count in zip(asked, found.values(), strict=True):
        if not count:
            others = [one for one in known if one not in (name, "attributes", "customer_id")]
            near = get_close_matches(name, others, n=3, cutoff=0.0)
            yield Note(code="no-attribute", column=name, near=near)


def missing_for_all(run: Run) -> list[Note]:
    """A note `all-missing` for each indicator of a run that no customer has.

    One that another note speaks of already is passed over.
    """
    standard = run.standard.notes if run.standard else []
    told = {note.column for note in (*run.notes, *standard)}
    lacking = {note.kind for note in run.notes}
    asked = [
        request
        for request in run.scheme.requests()
        if request.column in run.classes.columns
        and request.column not in told
        and not lacking & set(request.definition().needs)
    ]
    counts = (pl.col(request.column).count().alias(request.column) for request in asked)
    [found] = run.classes.lazy().select(pl.len().alias("_all"), *counts).collect().to_dicts()
    everyone = found.pop("_all")
    missing = [column for column, known in found.items() if everyone and not known]
    return [Note(code="all-missing", column=column) for column in missing]


def unknown_customers(
    scheme: Scheme, strangers: Callable[[Sequence[Any]], list[Strangers]]
) -> list[Note]:
    """A note `customers-unknown` for each indicator of the scheme whose provider gave customers
    that the ledger does not know; `strangers` says which, as `Measured.strangers` does.
    """
    return [
        Note(code="customers-unknown", column=name, count=found.count, near=list(found.near))
        for found in strangers(scheme.requests())
        for name in found.indicators
    ]


def before_sales(run: Run) -> list[Note]:
    """A note `before-sales` of a run that rates nobody as its day is not after the first sale."""
    if run.ledger is None or any(one["customers"] for one in run.counts if one["state"] == "rated"):
        return []
    began = run.ledger.began()
    if began is None or run.as_of > began:
        return []
    return [Note(code="before-sales", began=began, since=run.as_of)]


def _uncovered(ledger: Ledger, requests: Sequence[Request], as_of: date) -> Iterator[Note]:
    """The indicators that compare with a time the ledger does not reach back to."""
    wanted = [(one, one.definition().since(one.window, as_of)) for one in requests]
    compared = [(one, since) for one, since in wanted if since is not None]
    began = ledger.began() if compared else None
    if began is None:
        return
    for one, since in compared:
        if not one.definition().covered(began, one.window, as_of):
            yield Note(code="not-covered", column=one.column, began=began, since=since)


def _lacking(ledger: Ledger, indicator: Indicator) -> Iterator[str]:
    needs = [kind for kind in indicator.needs if kind != "customers"]
    more = [kind for kind in needs if kind not in _LESS] or needs
    if set(_SALES) <= set(more):
        if not any(ledger.count(kind) for kind in _SALES):
            yield "orders"
        more = [kind for kind in more if kind not in _SALES]
    yield from (kind for kind in more if not ledger.count(kind))
