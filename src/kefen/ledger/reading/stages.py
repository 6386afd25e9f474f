"""Documents of several stages of one sale in a file: its order, its delivery, its invoice.

Each of them counts as a sale by its type. That two of them are one sale shows where the customer
and the money are the same; it is told, since a customer may well buy for the same money twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from kefen.ledger import document_types
from kefen.ledger.facts import SALES
from kefen.ledger.reading.model import CUSTOMER_NAME, Notice

if TYPE_CHECKING:
    from decimal import Decimal

    from kefen.ledger.reading.batch import ColumnRules, Work

_STAGES = (
    ("order", re.compile(r"订单|\borders?\b", re.IGNORECASE)),
    ("delivery", re.compile(r"出库|发货|送货|deliver|shipment|packing|despatch", re.IGNORECASE)),
    ("invoice", re.compile(r"发票|开票|\binvoices?\b|\binv\b", re.IGNORECASE)),
)
_MOST = 100_000


def stage(document_type: str) -> str | None:
    """The stage of a sale that a type of document names; None where it names none.

    >>> stage("销售出库单"), stage("Sales Order"), stage("Cash Sale"), stage("采购订单")
    ('delivery', 'order', None, None)
    """
    if document_types.group(document_type) != "sale":
        return None
    return next((name for name, words in _STAGES if words.search(document_type)), None)


@dataclass
class Stages:
    """What the rows read so far say: by customer and money, the stages with a type of each."""

    _sales: dict[tuple[str, Decimal], dict[str, str]] = field(default_factory=dict)

    def look(self, work: Work, rules: ColumnRules, landing: pl.Series) -> None:
        """Take in the rows of a batch that land."""
        types, amount = work.values.get("entry_type"), work.values.get("amount")
        whose = work.values.get("customer_id", work.values.get(CUSTOMER_NAME))
        if rules.kind.name not in SALES or types is None or amount is None or whose is None:
            return
        named = {word: stage(word) for word in types.drop_nulls().unique()}
        if not any(named.values()) or len(self._sales) > _MOST:
            return
        rows = pl.DataFrame({"whose": whose, "amount": amount, "type": types})
        rows = rows.filter(landing & (amount > 0).fill_null(value=False)).drop_nulls()
        for customer, worth, word in rows.unique(maintain_order=True).iter_rows():
            if (name := named[word]) is not None:
                self._sales.setdefault((customer, worth), {}).setdefault(name, word)

    def notices(self) -> list[Notice]:
        """What is to be told at the end."""
        several = {sale: found for sale, found in self._sales.items() if len(found) > 1}
        self._sales = {}
        if not several:
            return []
        types = dict.fromkeys(word for found in several.values() for word in found.values())
        more = sum(worth * (len(found) - 1) for (_, worth), found in several.items())
        (customer, worth), _ = next(iter(several.items()))
        data = {"types": list(types), "count": len(several), "money": f"{more:,.2f}"}
        data |= {"customer": customer, "value": f"{worth:,.2f}"}
        return [Notice("stages-of-one-sale", data)]
