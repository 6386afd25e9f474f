"""When customers were last spoken to, straight from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.gateway.ledger import opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

_ASKED_BY_NAME = 2_000
"""Up to so many customers are asked for one by one, more by reading all."""


def interactions_since(first: date) -> list[dict[str, Any]]:
    """The interactions of a day and after, by the columns of `_TOLD`."""
    with opened() as ledger:
        talk = ledger.table("interactions")
        rows = talk.filter(talk.happened_on >= first).select(*_TOLD).to_polars()
    found: list[dict[str, Any]] = rows.to_dicts()
    return found


_TOLD = ("customer_id", "happened_on", "type", "direction", "responded", "topic", "by")


def last_contacts(codes: Collection[str]) -> dict[str, date]:
    """The day of the last contact of each of these customers; who has none is left out.

    An interaction that the customer is known not to have answered is no contact.
    """
    wanted = set(codes)
    if not wanted:
        return {}
    with opened() as ledger:
        talk = ledger.table("interactions")
        talk = talk.filter(talk.responded.fill_null(True))  # Ibis has it so
        if len(wanted) <= _ASKED_BY_NAME:
            talk = talk.filter(talk.customer_id.isin(sorted(wanted)))
        last = talk.group_by("customer_id").aggregate(last=talk.happened_on.max())
        rows = last.to_polars().iter_rows()
        return {code: day for code, day in rows if code in wanted and day is not None}
