"""Finds rows of other tables by any part of a text of theirs, within an index.

The migration of the table makes the index that `containing` asks:

    operations = [migrations.RunSQL(*indexed("contacts_contact", "name", "contact_found_by"))]
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.expressions import RawSQL

from kefen_crm.customers import search
from kefen_crm.customers.finding import patterns

if TYPE_CHECKING:
    from django.db.models import Model

LONGEST = 500
"""Characters of a text that are looked through, from its beginning."""
_LONG = 10
_PARTS = 8
"""Of a long word so many parts are asked for: each costs a millisecond or two among a million, and
fewer than all tell it from nearly all others."""
_PART = 3
"""Characters of a part that the index knows, as `kefen_trigrams` makes them."""
_MOST = 2_000
"""Rows that are looked at, so that a word which nearly all have costs no more."""


def indexed(table: str, column: str, name: str, longest: int = LONGEST) -> tuple[str, str]:
    """SQL that makes an index of the parts of a column, and that removes it.

    `longest`: characters of a text that are looked through, the same in `containing`.
    """
    make = (
        f"CREATE INDEX {name} ON {table} USING gin (kefen_trigrams({_folded(column, longest)}))"
        f" WITH (fastupdate = off) WHERE {column} <> ''"
    )
    return make, f"DROP INDEX {name}"


def containing(model: type[Model], column: str, text: str, longest: int = LONGEST) -> Q:
    """The rows whose `column` holds every word of `text`; none without a word."""
    words = search.words(text)
    if not words:
        return Q(pk__in=[])
    folded, table = _folded(column, longest), model._meta.db_table  # noqa: SLF001  # public in fact
    found = RawSQL(  # noqa: S611  # names of our own, values as parameters
        f"SELECT id FROM {table} WHERE kefen_trigrams({folded}) @@ %s::tsquery"  # noqa: S608
        f" AND {column} <> '' AND {folded} LIKE ALL (%s) LIMIT {_MOST}",
        [_parts(words), patterns(words)],
    )
    return Q(pk__in=found)


def _folded(column: str, longest: int) -> str:
    """A column as it is compared: full-width to half-width, lower case, its beginning."""
    return f"lower(normalize(left({column}, {longest}), NFKC))"


def _parts(words: list[str]) -> str:
    """The query for the parts that any text with these words has; a short word begins a part."""
    found = {word[at : at + _PART] for word in words for at in _places(word)}
    return " & ".join(_quoted(part) + (":*" if len(part) < _PART else "") for part in sorted(found))


def _places(word: str) -> list[int]:
    """Where the parts of a word begin that are asked for."""
    last = max(len(word) - _PART, 0)
    if last > _LONG:
        return sorted({*range(0, last, _PART), last})[:_PARTS]
    return sorted({*range(last), last})


def _quoted(part: str) -> str:
    return "'" + part.replace("\\", "\\\\").replace("'", "''") + "'"
