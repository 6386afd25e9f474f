"""What the type of a document says: whether it is a sale.

The words are in `document_types.yaml`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import yaml

from kefen.ledger.statuses import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kefen.ledger.statuses import Meaning

_OUTGOING = ("支", "支出", "付出", "转出", "出账", "out", "outgoing", "money out")
Group = Literal["sale", "return", "beside", "none"]


def group(document_type: str) -> Group | None:
    """What a type says by itself; None where it is not known.

    >>> group("销售出库单"), group("采购退货单"), group("Credit Memo"), group("Payment")
    ('sale', 'none', 'return', 'beside')
    """
    words, parts = _catalogue()
    text = plain(document_type)
    if (whole := words.get(text)) is not None:
        return whole
    padded = f" {text} "
    found = (said for part, said in parts if (f" {part} " if part.isascii() else part) in padded)
    return next(found, None)


def is_return(document_type: str) -> bool:
    """Whether a type of document or entry is a return or a credit note.

    >>> is_return("Credit Memo"), is_return("销售退货单"), is_return("Invoice")
    (True, True, False)
    """
    return group(document_type) == "return"


def is_outgoing(document_type: str) -> bool:
    """Whether a type or direction says that money went out."""
    return plain(document_type) in _OUTGOING


def is_no_sale(document_type: str) -> bool:
    """Whether a type says by itself, without the others of its file, that this is no sale."""
    return group(document_type) == "none"


def meanings(types: Iterable[str]) -> dict[str, Meaning]:
    """What each type of a file says: `counts`, `none` (no sale) or `unknown`, which counts.

    >>> meanings(["Invoice", "Payment"]), meanings(["Payment"])
    ({'Invoice': 'counts', 'Payment': 'none'}, {'Payment': 'unknown'})
    """
    groups = {document_type: group(document_type) for document_type in types}
    sold = "sale" in groups.values()
    told: dict[str, Meaning] = {}
    for document_type, said in groups.items():
        if said in ("sale", "return"):
            told[document_type] = "counts"
        elif said == "none" or (said == "beside" and sold):
            told[document_type] = "none"
        else:
            told[document_type] = "unknown"
    return told


@cache
def _catalogue() -> tuple[Mapping[str, Group], list[tuple[str, Group]]]:
    text = (files(__package__) / "document_types.yaml").read_text(encoding="utf-8")
    document = yaml.safe_load(text)
    words = {plain(w): said for said, told in document["words"].items() for w in told.split("|")}
    parts = [(plain(w), said) for said, told in document["parts"].items() for w in told.split("|")]
    return words, parts
