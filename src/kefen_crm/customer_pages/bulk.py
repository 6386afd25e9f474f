"""What is done to many customers at once: planned, carried out, taken back."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customer_pages.models import BulkChange
from kefen_crm.customer_pages.selecting import chosen
from kefen_crm.customers.locks import editing
from kefen_crm.platform.events import answered, record
from kefen_crm.platform.parts import BulkPlan
from kefen_crm.platform.registry import declared
from kefen_crm.team.roles import may, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import QuerySet

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.parts import BulkVerb
    from kefen_crm.team.models import User

CHANGED: Final = "customers.changed-together"
UNDONE: Final = "customers.change-undone"
UNDO_FOR = timedelta(days=7)


def verbs_of(user: Any) -> list[BulkVerb]:
    """What somebody may do to many customers, in its order."""
    found = [one for one in declared("bulk_verbs") if not one.permit or may(user, one.permit)]
    return sorted(found, key=lambda one: one.position)


def verb_called(name: str) -> BulkVerb | None:
    """The verb of a name; None for what no app has."""
    return next((one for one in declared("bulk_verbs") if one.name == name), None)


def plan(
    actor: User,
    verb: BulkVerb,
    customers: QuerySet[Customer],
    values: Mapping[str, Any],
    *,
    lock: bool = False,
) -> BulkPlan:
    """What a verb would do to customers: those that `actor` may not change are skipped.

    Raises:
        PermissionDenied: unless `actor` may.
        ValidationError: for too many customers, or as the verb says.
    """
    _require(actor, verb)
    found = chosen(actor, customers, lock=lock, of_seen=verb.of_seen)
    planned = verb.plan(actor, found.able, values)
    return BulkPlan(planned.changes, (*found.skipped, *planned.skipped), planned.notes)


def digest(verb: BulkVerb, planned: BulkPlan, values: Mapping[str, Any]) -> str:
    """What tells this plan from one after something changed."""
    told = f"{verb.name};{sorted(planned.changes)};{_plain(values)}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@transaction.atomic
def carry_out(
    actor: User,
    verb: BulkVerb,
    customers: QuerySet[Customer],
    values: Mapping[str, Any],
    *,
    expected: str = "",
    asked: str = "",
    key: str = "",
) -> BulkChange:
    """Do something to many customers at once, an event for each.

    Args:
        expected: the `digest` of the plan that was looked at; any for none.
        asked: which customers, in the words of whoever asks; tells two requests of a key apart.

    Raises:
        PermissionDenied: unless `actor` may.
        ValidationError: when there is nothing to do, the plan is another by now, or as `plan`.
        KeyReused: when the key came with something else before.
    """
    _require(actor, verb)
    given = {"verb": verb.name, "values": _plain(values), "asked": asked}
    if answer := answered(actor, CHANGED, key, given):
        return _change(answer.target())
    editing()
    planned = plan(actor, verb, customers, values, lock=True)
    if expected and expected != digest(verb, planned, values):
        raise ValidationError(_("Something changed since you looked. Look again."))
    if not planned.changes:
        raise ValidationError(_("Nothing is left to do: every chosen customer is skipped."))
    change = BulkChange.objects.create(
        verb=verb.name,
        by=actor,
        count=len(planned.changes),
        skipped=[
            {"reason": str(one.reason), "count": one.count, "names": list(one.names)}
            for one in planned.skipped
        ],
    )
    change.detail = dict(verb.carry_out(actor, planned, values))
    change.save(update_fields=["detail"])
    told = {"verb": verb.name, "count": change.count}
    record(actor, CHANGED, change, after=told, key=key, given=given)
    return change


def undoable(actor: User, change: BulkChange) -> bool:
    """Whether somebody may still take a change back."""
    verb = verb_called(change.verb)
    own = verb is not None and verb.undo is not None and change.by_id == actor.pk
    return own and change.undone_at is None and timezone.now() - change.at <= UNDO_FOR


@transaction.atomic
def undo(actor: User, change: BulkChange) -> BulkChange:
    """Take a change of one's own back; what somebody touched since stays.

    Raises:
        PermissionDenied: unless `actor` still may do what was done.
        BulkChange.DoesNotExist: when somebody else did it.
        ValidationError: when it cannot be taken back, or not any more.
    """
    found = BulkChange.objects.select_for_update().get(pk=change.pk, by=actor)
    verb = verb_called(found.verb)
    if verb is None or verb.undo is None or not undoable(actor, found):
        raise ValidationError(_("This can no longer be undone: it is a week old, or undone."))
    _require(actor, verb)
    editing()
    found.undone_count = verb.undo(actor, found.detail)
    found.undone_at = timezone.now()
    found.save()
    record(actor, UNDONE, found, after={"verb": verb.name, "count": found.undone_count})
    return found


def _require(actor: User, verb: BulkVerb) -> None:
    if verb.permit:
        require(actor, verb.permit)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as texts that stay the same from one request to the next."""
    return {name: str(getattr(value, "pk", value)) for name, value in sorted(values.items())}


def _change(found: object) -> BulkChange:
    assert isinstance(found, BulkChange)
    return found
