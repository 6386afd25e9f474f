"""Tenders: written down, changed, brought from state to state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kefen_crm.key_accounts import records
from kefen_crm.key_accounts.models import Tender
from kefen_crm.opportunities.actions import able
from kefen_crm.opportunities.models import Opportunity
from kefen_crm.platform import events

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

State = Tender.State
MOST_ITEMS: Final = 50
LONGEST_ITEM: Final = 200
TO: Final[dict[str, tuple[str, ...]]] = {
    State.WATCHING: (State.PREPARING, State.WITHDRAWN),
    State.PREPARING: (State.SUBMITTED, State.WATCHING, State.WITHDRAWN),
    State.SUBMITTED: (State.WON, State.LOST, State.PREPARING, State.WITHDRAWN),
    State.WON: (State.SUBMITTED,),
    State.LOST: (State.SUBMITTED,),
    State.WITHDRAWN: (State.PREPARING,),
}
"""Which states may follow each; an ended one is taken up again with a reason."""
_BONDS: Final = frozenset({"bond_paid_on", "bond_back_on", "note"})
"""What is said of a tender after it ended."""


def open_tender(
    actor: User, customer: Customer, values: Mapping[str, Any], *, key: str = ""
) -> Tender:
    """Write a tender of a customer down, watched at first; it is the actor's unless `owner` says.

    Args:
        actor: who does it.
        customer: whose tender it is.
        values: by the fields of `Tender`; `checklist` as of `read_items`.
        key: as of every verb.

    Raises:
        PermissionDenied, Customer.DoesNotExist, ValidationError, KeyReused: as `records.create`.
    """
    said = {"owner": actor, **_fit(customer, values)}
    return records.create(actor, Tender(customer=customer), "tender.opened", said, key=key)


def change(
    actor: User,
    tender: Tender,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Tender:
    """Say something else of a tender; of an ended one only of its bond, and the note.

    Raises:
        PermissionDenied, ValidationError, KeyReused, Tender.DoesNotExist, Stale: as
            `records.change`.
    """

    def check(found: Tender) -> None:
        if not found.open and any(
            getattr(found, name) != value
            for name, value in values.items()
            if name in Tender.FIELDS and name not in _BONDS
        ):
            raise ValidationError(_("The tender has ended: take it up again first."))

    return records.change(
        actor, tender, "tender.changed", _fit(tender.customer, values),
        expected_version=expected_version, key=key, act=check,
    )  # fmt: skip


def move(
    actor: User,
    tender: Tender,
    state: str,
    reason: str = "",
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Tender:
    """Bring a tender to another state; what is lost, withdrawn or taken up again has a reason.

    Raises:
        PermissionDenied, KeyReused, Tender.DoesNotExist, Stale: as `records.change`.
        ValidationError: where the state cannot follow, or the reason is missing.
    """

    def to(found: Tender) -> None:
        if state not in TO[found.state]:
            told = _("From “%(old)s” a tender does not become “%(new)s”.")
            new = dict(State.choices).get(state, state)
            raise ValidationError({"state": told % {"old": found.get_state_display(), "new": new}})
        if (state in (State.LOST, State.WITHDRAWN) or not found.open) and not reason.strip():
            raise ValidationError({"reason": _("Say why.")})
        found.state = state
        found.reason = "" if found.open else reason.strip()

    return records.change(
        actor, tender, "tender.moved", {}, expected_version=expected_version, key=key,
        reason=reason.strip(), act=to, given={"state": state},
    )  # fmt: skip


def check_item(
    actor: User,
    tender: Tender,
    number: int,
    *,
    done: bool,
    expected_version: int | None = None,
    key: str = "",
) -> Tender:
    """Say whether something that a bid needs is there, by its number from 0.

    Raises:
        PermissionDenied, KeyReused, Tender.DoesNotExist, Stale: as `records.change`.
        ValidationError: where there is no such thing, or the tender has ended.
    """

    def tick(found: Tender) -> None:
        if not found.open:
            raise ValidationError(_("The tender has ended: take it up again first."))
        if not 0 <= number < len(found.checklist):
            raise ValidationError(_("There is no such item."))
        found.checklist = [
            {**one, "done": done} if at == number else one for at, one in enumerate(found.checklist)
        ]

    return records.change(
        actor, tender, "tender.checked", {}, expected_version=expected_version, key=key, act=tick,
        given={"item": number, "done": done},
    )  # fmt: skip


def move_owned(old: Any, new: Any, customers: Collection[int], actor: Any) -> int:
    """Give the open tenders that `old` has with these customers to `new`."""
    found = Tender.objects.select_for_update().filter(owner=old, customer__in=customers)
    changes = []
    for one in found.filter(state__in=Tender.OPEN):
        before = {"owner": one.owner_id}
        one.owner = new
        events.raised(one)
        changes.append((one, before, {"owner": one.owner_id, "title": one.title}))
    events.record_all(actor, "tender.changed", changes)
    return len(changes)


def read_items(text: str, known: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """What a bid needs, a line each; what was done under the same words stays done.

    Raises:
        ValidationError: when there are too many, or one is too long.
    """
    done = {one["text"] for one in known or () if one["done"]}
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _items([{"text": line, "done": line in done} for line in lines])


def _items(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(items) > MOST_ITEMS:
        told = _("At most %(count)s things that a bid needs.")
        raise ValidationError({"checklist": told % {"count": MOST_ITEMS}})
    if any(len(one["text"]) > LONGEST_ITEM for one in items):
        told = _("At most %(count)s characters each.")
        raise ValidationError({"checklist": told % {"count": LONGEST_ITEM}})
    return items


def _fit(customer: Customer, values: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse an owner who may not sell, and an opportunity of somebody else."""
    said = dict(values)
    if said.get("owner") is not None:
        able(said["owner"])
    one: Opportunity | None = said.get("opportunity")
    if one is not None and one.customer_id != customer.pk:
        raise ValidationError({"opportunity": _("Choose an opportunity of this customer.")})
    if said.get("checklist"):
        said["checklist"] = _items(said["checklist"])
    for name in ("amount", "bond"):
        if said.get(name) is not None and said[name] < 0:
            raise ValidationError({name: _("An amount is not below zero.")})
    return said
