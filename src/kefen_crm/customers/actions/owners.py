"""Owners of many customers at once, as `edit` writes that field of one."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from django.db import connection
from django.utils import timezone

from kefen_crm.customers.fields import OWNER
from kefen_crm.customers.models import Customer, FieldEdit
from kefen_crm.platform.events import record_all
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kefen_crm.platform.models import Event

CLAIMED: Final = "customer.claimed"
RELEASED: Final = "customer.released"
RECYCLED: Final = "customer.recycled"
HANDED_OVER: Final = "customer.handed-over"
RETURNED: Final = "customer.returned"
ASSIGNED: Final = "customer.assigned"
VERBS: Final = (CLAIMED, RELEASED, RECYCLED, HANDED_OVER, RETURNED)
"""The verbs that change the owner and nothing else, besides `customer.assigned`."""

_TOLD = ("via", "reason", "actor", "transfer")


@contextmanager
def changing(*, via: str = "", reason: str = "", actor: User | None = None,
         transfer: int | None = None) -> Iterator[None]:  # fmt: skip
    """Tell the database how owners change within, as `holdings` notes it with each change.

    What it is not told it takes for an assignment. It holds for this transaction at most.
    """
    values = (via, reason, str(actor.pk) if actor else "", str(transfer or ""))
    _tell(values)
    yield
    _tell(("",) * len(_TOLD))


def _tell(values: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for name, value in zip(_TOLD, values, strict=True):
            cursor.execute("SELECT set_config(%s, %s, true)", [f"kefen.owner_{name}", value])


def change_owners(
    actor: User | None,
    verb: str,
    owners: Mapping[int, int | None],
    *,
    reason: str = "",
    key: str = "",
    given: Mapping[str, object] | None = None,
) -> list[Event]:
    """Write who owns customers, by their ids, and an event for each; None is nobody.

    Imports leave these owners alone from now on, as after an edit. Permits and limits are the
    caller's, who has locked the rows under `locks.editing`. Who has the owner already is passed
    over.
    """
    customers = Customer.objects.in_bulk(list(owners))
    changed = {pk: one for pk, one in customers.items() if one.owner_id != owners[pk]}
    note_edits(actor, {one: owners[pk] for pk, one in changed.items()})
    with connection.cursor() as cursor:
        keys = sorted(changed)
        cursor.execute(_WRITE, [keys, [owners[pk] for pk in keys]])
    before = {pk: one.owner_id for pk, one in changed.items()}
    written = Customer.objects.in_bulk(list(changed))
    told_of = [
        (one, {OWNER: _text(before[pk])}, {OWNER: _text(owners[pk])}) for pk, one in written.items()
    ]
    return record_all(actor, verb, told_of, reason=reason, key=key, given=given)


def note_edits(actor: User | None, owners: Mapping[Customer, int | None]) -> None:
    """Note as a person's the owners that customers are about to have.

    An owner whom imports bring anyway has the field follow them again.
    """
    known = {
        one.customer_id: one for one in FieldEdit.objects.filter(field=OWNER, customer__in=owners)
    }
    bases = {}
    for customer in owners:
        edit = known.get(customer.pk)
        taken = edit.base if edit and edit.incoming is None else edit.incoming if edit else None
        bases[customer.pk] = customer.owner_name if taken is None else taken
    people = _people(set(bases.values()))
    now, follows, written = timezone.now(), [], []
    for customer, owner in owners.items():
        base, value = bases[customer.pk], _text(owner)
        if value == people.get(base, "") and (value or not base):
            follows.append(customer.pk)
        else:
            written.append(
                FieldEdit(customer=customer, field=OWNER, value=value, base=base, by=actor, at=now)
            )
    FieldEdit.objects.filter(field=OWNER, customer__in=follows).delete()
    FieldEdit.objects.bulk_create(
        written,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["customer", "field"],
        update_fields=["value", "base", "incoming", "by", "at"],
    )


def _people(names: set[str]) -> dict[str, str]:
    """The number of the user whom the data calls so, by that name."""
    people = User.objects.filter(is_active=True).order_by("pk")
    found: dict[str, str] = {}
    for field in ("username", "first_name"):  # the display name goes before
        rows = people.filter(**{f"{field}__in": names - {""}}).values_list(field, "pk")
        own: dict[str, str] = {}
        for name, pk in rows:
            own.setdefault(name, str(pk))
        found |= own
    return found


def _text(owner: int | None) -> str:
    return str(owner) if owner else ""


_WRITE = """
    UPDATE customers_customer AS customer
    SET owner_id = told.owner, version = customer.version + 1, updated = now(),
        owner_name = CASE WHEN told.owner IS NULL THEN '' ELSE customer.owner_name END
    FROM unnest(%s::bigint[], %s::bigint[]) AS told (id, owner)
    WHERE customer.id = told.id
"""
