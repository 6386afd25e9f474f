"""Finds customers by any part of what they are called: within an index, the best first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.expressions import RawSQL

from kefen_crm.customers import search
from kefen_crm.customers.models import Customer

if TYPE_CHECKING:
    from django.db.models import QuerySet

_FIRST = 1_000
"""So many customers with most sales are looked through before the index is asked: a word that many
have is found among them, and the index need not collect them all."""
_LONG = 10
_PART = 3
"""Characters of a part that the index knows, as `kefen_trigrams` makes them."""


def containing(text: str) -> Q:
    """The customers whose name, code, phone, contact or pinyin hold every word of `text`."""
    words = search.words(text)
    if not words:
        return Q()
    held = RawSQL(
        """SELECT customer_id FROM customers_searched
        WHERE kefen_trigrams(found_by) @@ %s::tsquery AND found_by LIKE ALL (%s)""",
        [parts(words), patterns(words)],
    )
    return Q(pk__in=held)


def best(customers: QuerySet[Customer], text: str, limit: int) -> list[Customer]:
    """The few best of `customers` that hold `text`: whose code it is, then who buys most."""
    words = search.words(text)
    if not words or not limit:
        return []
    code = text.strip()
    exact = list(customers.filter(code__in={code, code.upper(), code.lower()})[:limit])
    others = customers.exclude(pk__in=[one.pk for one in exact]) if exact else customers
    among = Customer.objects.filter(pk__in=others.values("pk")[:_FIRST])
    for word in words:
        among = among.filter(search__contains=word)
    wanted = limit - len(exact)
    found = list(among[:wanted])
    if len(found) < wanted:
        found = list(others.filter(containing(text))[:wanted])
    return exact + found


def parts(words: list[str]) -> str:
    """The query for the parts that any text with these words has; a short word begins a part."""
    found = {word[at : at + _PART] for word in words for at in _places(word)}
    return " & ".join(_quoted(part) + (":*" if len(part) < _PART else "") for part in sorted(found))


def _places(word: str) -> list[int]:
    """Where the parts of a word begin that are asked for.

    Of a long word, such as a whole name in pinyin, every other part tells as much in half the time.
    """
    last = max(len(word) - _PART, 0)
    return sorted({*range(0, last, 2 if last > _LONG else 1), last})


def patterns(words: list[str]) -> list[str]:
    """What a text with these words is like, each for LIKE."""
    return [f"%{_escaped(word)}%" for word in words]


def _quoted(part: str) -> str:
    return "'" + part.replace("\\", "\\\\").replace("'", "''") + "'"


def _escaped(word: str) -> str:
    """A word in a LIKE pattern."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
