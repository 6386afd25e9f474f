"""Brings contacts into the ledger, each under its number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.platform.parts import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.platform.models import Event

KIND: Final = "contacts"
VERBS: Final = ("contact.added", "contact.changed", "contact.chosen", "contact.left")


def rows_of(found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The row of each contact who is there, by its number; none for one who left."""
    contacts = Contact.objects.filter(pk__in=[one.object_id for one in found])
    known = contacts.select_related("customer").prefetch_related("reaches")
    return {one.number: [] if one.left_on else [row_of(one)] for one in known}


def row_of(contact: Contact, *, written: bool = False) -> dict[str, Any]:
    """A contact as the ledger has it: of several numbers the first.

    Where imports bring something else and nobody has chosen yet, theirs is left in the ledger;
    not where what is `written` is asked for.
    """
    reached: dict[str, str] = {}
    for reach in contact.reaches.all():
        if reach.valid:
            reached.setdefault(reach.kind, reach.value)
    row = {
        "contact_id": contact.number,
        "customer_id": contact.customer.code,
        "name": contact.name,
        "title": contact.title,
        "role": contact.role or contact.base.get("role", ""),
        "phone": reached.get(Reach.Kind.PHONE, ""),
        "email": reached.get(Reach.Kind.EMAIL, ""),
        "birthday": contact.birthday or "",
        "is_primary": contact.primary,
        "note": contact.note,
    }
    return row if written else row | contact.incoming


FEEDS = (LedgerFeed(KIND, VERBS, rows_of),)
