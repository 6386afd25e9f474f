"""When customers were last spoken to, straight from the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen.ledger.part_tables import FEW
from kefen_crm.gateway.ledger import opened
from kefen_crm.gateway.one_customer import reader_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    import ibis.expr.types as ir


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
    if len(wanted) <= FEW:
        with reader_of(*wanted) as reader:
            if not reader.has("interactions"):
                return {}
            [found] = reader.ask("last contacts", lambda part: [_last(part.table("interactions"))])
    else:
        with opened() as ledger:
            found = _last(ledger.table("interactions")).to_polars()
    return {code: day for code, day in found.rows() if code in wanted and day is not None}


def _last(talk: ir.Table) -> ir.Table:
    heard = talk.filter(talk.responded.fill_null(True))  # Ibis has it so
    return heard.group_by("customer_id").aggregate(last=heard.happened_on.max())
