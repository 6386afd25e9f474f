"""The kinds of fact and their columns by the names people give them."""

from __future__ import annotations

from kefen.ledger.facts import kind as find
from kefen_crm.gateway import language


def labels(kind: str) -> tuple[str, dict[str, str]]:
    """The title of a kind, and the title of each of its columns, in this request's language."""
    lang = language()
    found = find(kind)
    return found.label[lang], {column.name: column.label[lang] for column in found.columns}
