"""Finds customers by any part of what they are called: within an index, the best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import EmptyResultSet
from django.db.models import Case, F, IntegerField, Q, When
from django.db.models.expressions import RawSQL

from kefen_crm.customers import parts, search
from kefen_crm.customers.models import Customer

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet

_FIRST = 5_000
"""So many customers with most sales are looked through before the index is asked, until enough are
found: a word that many have is found among them, and the index need not collect them all."""


def containing(text: str) -> Q:
    """The customers whose name, code, phone, contact or pinyin hold every word of `text`."""
    words = search.words(text)
    if not words:
        return Q()
    told = [parts.condition(word) for word in words]
    where = " AND ".join(["found_by LIKE ALL (%s)", *(sql for sql, _numbers in told)])
    held = RawSQL(  # noqa: S611  # texts of this project, words as parameters
        f"SELECT customer_id FROM customers_searched WHERE {where}",  # noqa: S608
        [patterns(words), *(numbers for _sql, these in told for numbers in these)],
    )
    return Q(pk__in=held)


def best(
    customers: QuerySet[Customer], text: str, limit: int, shown: Collection[str] = ()
) -> list[Customer]:
    """The few best of `customers` that hold `text`: whose code it is, then who buys most.

    With `shown` only these fields are read.
    """
    words = search.words(text)
    if not words or not limit:
        return []
    if shown:
        customers = customers.only(*shown)
    exact = list(customers.filter(code__in=_written(text))[:limit])
    others = customers.exclude(pk__in=[one.pk for one in exact]) if exact else customers
    wanted = limit - len(exact)
    found = _among_first(others, words, wanted, shown)
    if len(found) < wanted:
        found = list(others.filter(containing(text))[:wanted])
    return exact + found


def _among_first(
    customers: QuerySet[Customer], words: list[str], wanted: int, shown: Collection[str]
) -> list[Customer]:
    """Those with every word among the first customers, read no further than enough are found."""
    if not wanted:
        return []
    fields = {*shown, "sales", "code", "search"}
    first = (customers.only(*fields) if shown else customers)[:_FIRST]
    try:
        sql, params = first.query.sql_with_params()
    except EmptyResultSet:  # nobody is in reach
        return []
    asked = _AMONG.format(first=sql)  # texts of this project only
    return list(Customer.objects.raw(asked, [*params, patterns(words), wanted]))


_AMONG = """
    SELECT * FROM ({first}) AS first WHERE search LIKE ALL (%s)
    ORDER BY sales DESC NULLS LAST, code LIMIT %s
"""


def few(customers: QuerySet[Customer], text: str, limit: int) -> list[Customer]:
    """As `best`, where `customers` are some hundreds: they are looked through without the index."""
    words = search.words(text)
    if not words:
        return []
    for word in words:
        customers = customers.filter(search__contains=word)
    exact = Case(When(code__in=_written(text), then=0), default=1, output_field=IntegerField())
    return list(customers.order_by(exact, F("sales").desc(nulls_last=True), "code")[:limit])


def _written(text: str) -> set[str]:
    """The ways in which a code may be written that was typed."""
    code = text.strip()
    return {code, code.upper(), code.lower()}


def patterns(words: list[str]) -> list[str]:
    """What a text with these words is like, each for LIKE."""
    return [f"%{_escaped(word)}%" for word in words]


def _escaped(word: str) -> str:
    """A word in a LIKE pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
