"""Brings customers typed in or edited on the site into the ledger, so that indicators see them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen_crm.customers import fields
from kefen_crm.customers.actions import owners
from kefen_crm.customers.fields import EDITABLE, OWNER
from kefen_crm.customers.models import Customer, FieldEdit
from kefen_crm.platform.parts import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kefen_crm.platform.models import Event

VERBS: Final = (
    "customer.created",
    "customer.edited",
    "customer.assigned",
    "customer.chosen",
    "customer.restored",
    *owners.VERBS,
)


def rows_of(found: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """What people wrote of these customers, and what stands again where they took it back.

    Only the fields of these events are said, all that was written only of who was brought back:
    another field may have been imported since, and nobody was asked yet which value holds. Where
    imports bring something else and nobody has chosen yet, theirs is left in the ledger.
    """
    names: dict[int, set[str]] = {}
    for event in found:
        names.setdefault(int(event.object_id), set()).update(set(event.after or {}) & set(EDITABLE))
    back = {int(one.object_id) for one in found if one.verb == "customer.restored"}
    edits = FieldEdit.objects.filter(customer__in=names)
    for customer, name, incoming in edits.values_list("customer", "field", "incoming"):
        if incoming is not None:
            names[customer].discard(name)
        elif customer in back:
            names[customer].add(name)
    people = Customer.objects.filter(pk__in=names).select_related("owner")
    return {one.code: [_row(one, names[one.pk])] for one in people if one.current}


def _row(customer: Customer, names: Iterable[str]) -> dict[str, Any]:
    """These fields as they stand; a field that was emptied is there, and empty."""
    told = {name: fields.current_text(customer, name) for name in names if name != OWNER}
    owner = {"owner": customer.owner_title} if OWNER in names else {}
    return {"customer_id": customer.code, **told, **owner}


FEEDS = (LedgerFeed("customers", VERBS, rows_of),)
