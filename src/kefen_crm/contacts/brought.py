"""Contacts that imports brought and people wrote more of: what a person wrote stands.

Where imports bring something else than when it was written, both are shown until one is chosen.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.dispatch import receiver
from django.utils.translation import override

from kefen_crm.contacts.feeds import VERBS, row_of
from kefen_crm.contacts.models import Contact, Reach
from kefen_crm.contacts.reaching import normalised
from kefen_crm.gateway.contacts import contacts_numbered
from kefen_crm.gateway.sales import facts_of
from kefen_crm.platform import feeds
from kefen_crm.platform.facts import facts_changed
from kefen_crm.platform.models import Event, OutboxEntry
from kefen_crm.platform.queue import later_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.customers.models import Customer

COMPARED: Final = ("name", "title", "phone", "email", "birthday", "note")
"""What both imports and people say of a contact, as the ledger calls it."""
LISTED: Final = 50
"""Contacts of a customer that are looked at."""
FOLLOW: Final = "contacts.follow"
_MANY: Final = 1_000


def brought_of(customer: Customer) -> list[dict[str, Any]]:
    """What the ledger says of the customer's contacts that imports brought and nobody wrote of."""
    rows = facts_of(customer.code, {"contacts": "is_primary"}, LISTED)["contacts"]
    known = {one.number for one in customer.contacts.all()} if rows else set()
    numbers = [str(row["contact_id"] or "") for row in rows]
    return [
        row
        for number, row in zip(numbers, rows, strict=True)
        if number not in known and not number.startswith(Contact.OURS)
    ]


def texts(row: Mapping[str, Any]) -> dict[str, str]:
    """What a row of the ledger says, as texts; empty where it says nothing."""
    return {name: str(row.get(name) or "") for name in COMPARED}


def contact_from(customer: Customer, row: Mapping[str, Any]) -> tuple[Contact, list[Reach]]:
    """A contact as imports brought it, and where it is reached; neither is kept yet."""
    told = texts(row)
    contact = Contact(
        customer=customer,
        brought=str(row["contact_id"]),
        base=told | {"role": str(row.get("role") or "")},
        name=told["name"],
        title=told["title"],
        note=told["note"],
        role=_roles().get(str(row.get("role") or "").strip().lower(), ""),
        birthday=row.get("birthday"),
        primary=bool(row.get("is_primary")),
    )
    reaches = [Reach(kind=kind, value=told[kind]) for kind in ("phone", "email") if told[kind]]
    return contact, reaches


@cache
def _roles() -> dict[str, str]:
    """The roles by their names in every language: a file need not be in the reader's."""
    found: dict[str, str] = {}
    for language, _title in settings.LANGUAGES:
        with override(language):
            found |= {
                str(text).lower(): value
                for value, label in Contact.Role.choices
                for text in (value, label)
            }
    return found


def same(name: str, one: str, other: str) -> bool:
    """Whether two values say the same: of numbers and addresses, however they are written."""
    return _compared(name, one) == _compared(name, other)


def _compared(name: str, value: str) -> str:
    if name in ("phone", "email") and value:
        try:
            return normalised(name, value)
        except ValidationError:
            return value
    return value.strip()


@receiver(facts_changed, dispatch_uid="contacts_follow")
def follow_later(**_more: Any) -> list[Any]:
    """Queue following the imports, where anybody wrote of contacts that they brought."""
    if Contact.objects.exclude(brought="").exists():
        later_once(FOLLOW, lock=FOLLOW)
    return []


def follow() -> int:
    """Note what imports bring instead of what was written, and have that stand in the ledger.

    Gives how many contacts have something to choose that had nothing before.
    """
    every, earlier = Contact.objects.exclude(brought="").order_by("pk"), _earlier()
    keys = list(every.values_list("pk", flat=True))
    new, again = 0, []
    for start in range(0, len(keys), _MANY):
        found = every.filter(pk__in=keys[start : start + _MANY])
        contacts = list(found.select_related("customer").prefetch_related("reaches"))
        rows = contacts_numbered(one.number for one in contacts)
        for one in contacts:
            row = rows.get(one.number)
            if row is not None and not one.left_on:
                new += _noted(one, texts(row), earlier.get(one.pk, {}))
            if _differs(one, row):
                again.append(one.pk)
    _bring(again)
    return new


def _earlier() -> dict[int, dict[str, list[str]]]:
    """What was written before of contacts whose change is on its way into the ledger, by field."""
    under_way = OutboxEntry.objects.filter(consumer=feeds.NAME, event__object_type=_about())
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pk, before in under_way.values_list("event__object_id", "event__before"):
        told = dict(before or {})
        reaches = [(one["kind"], one["value"]) for one in told.pop("reaches", ())]
        for name, value in (*told.items(), *reaches):
            found[int(pk)][name].append(str(value or ""))
    return found


def _noted(contact: Contact, told: Mapping[str, str], earlier: Mapping[str, Sequence[str]]) -> bool:
    """Note what is to choose; whether it is the first. What stood `earlier` no import brought."""
    ours = texts(row_of(contact, written=True))
    incoming = {
        name: value
        for name, value in told.items()
        if value
        and not same(name, value, ours[name])
        and not any(
            same(name, value, one) for one in (contact.base.get(name, ""), *earlier.get(name, ()))
        )
    }
    before = contact.incoming
    if incoming == before:
        return False
    contact.incoming = incoming
    Contact.objects.filter(pk=contact.pk).update(incoming=incoming)
    return not before


def _differs(contact: Contact, row: Mapping[str, Any] | None) -> bool:
    """Whether the ledger says something else than it is to say."""
    if contact.left_on or row is None:
        return bool(contact.left_on) == (row is not None)
    return texts(row) != texts(row_of(contact))


def _bring(contacts: list[int]) -> None:
    """Bring these contacts into the ledger as they stand."""
    for start in range(0, len(contacts), _MANY):
        every = Event.objects.filter(
            object_type=_about(),
            object_id__in=[str(pk) for pk in contacts[start : start + _MANY]],
            verb__in=VERBS,
        )
        last = every.order_by("object_id", "-id").distinct("object_id")
        feeds.bring(list(last.select_related("actor")))


def _about() -> str:
    return str(Contact._meta.label_lower)  # noqa: SLF001  # Django documents it for use
