"""The contacts of the ledger, whoever wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Iterable


def contacts_numbered(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The contacts of these numbers as the ledger has them, by number."""
    asked = list(numbers)
    if not asked:
        return {}
    with opened() as ledger:
        facts = ledger.table("contacts")
        rows = facts.filter(facts.contact_id.isin(asked)).to_polars().to_dicts()
    return {str(row["contact_id"]): row for row in rows}
