"""Brings the leading need into the ledger, as the customer's attribute `demand_type`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from kefen_crm.customers.models import Customer
from kefen_crm.needs.actions import CHANGED, NOTED
from kefen_crm.needs.queries import leading_needs
from kefen_crm.platform.parts import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.platform.models import Event

ATTRIBUTE: Final = "demand_type"


def rows_of(found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The demand type of everybody who took part in these talks, or did before a change."""
    named: set[int] = set()
    for event in found:
        for told in (event.before, event.after):
            named.update((told or {}).get("customers") or ())
    leading = leading_needs(named)
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for one in Customer.objects.filter(pk__in=named):
        if one.current:
            need = leading.get(one.pk)
            attributes = {ATTRIBUTE: need.title_zh if need else ""}
            told = json.dumps(attributes, ensure_ascii=False)
            rows[one.code] = [{"customer_id": one.code, "attributes": told}]
    return rows


FEED = LedgerFeed("customers", (NOTED, CHANGED), rows_of)
