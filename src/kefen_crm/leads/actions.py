"""What people do with leads: note, change, give, drop, take up again; who takes those that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.leads import capacity, versions
from kefen_crm.leads.grading import in_force, put_grade
from kefen_crm.leads.models import OPEN, DropReason, Lead
from kefen_crm.leads.permits import WORK_LEADS
from kefen_crm.leads.queries import leads_for
from kefen_crm.platform import events
from kefen_crm.platform.parts import ClockJob
from kefen_crm.team.models import User
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Permit, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.platform.due import Due

State = Lead.State
WORDS: Final = (
    "name", "company", "title", "phone", "email", "wechat", "region", "address", "source",
    "inquiry", "product", "quantity", "note",
)  # fmt: skip
CHANGEABLE: Final = (*WORDS, "budget", "wanted_on")
"""What is said of a lead, besides its owner and what became of it."""
_NOT_CHECKED: Final = [
    "customer",
    "opportunity",
    "owner",
    "by",
    "grade",
    "rule",
    "first_grade",
    "chance",
]


@transaction.atomic
def note(actor: User, values: Mapping[str, Any], *, key: str = "") -> Lead:
    """Note a lead; it is graded at once.

    Args:
        actor: who notes it; it is theirs unless `values` name an `owner`, who may be None.
        values: by `CHANGEABLE`; a name, a company or a way to reach them at least.
        key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may work on leads.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
        Lead.DoesNotExist: under a repeated key, when it is out of reach of `actor` by now.
    """
    require(actor, WORK_LEADS)
    owner, said = values.get("owner", actor), _said(values)
    given = {**said, "owner": owner.pk if owner else None}
    if answer := events.answered(actor, "lead.noted", key, given):
        return leads_for(actor).get(pk=_target(answer).pk)
    now = timezone.now()
    lead = Lead(owner=able(owner), opened_at=now, touched_at=now, by=actor)
    put(lead, said)
    lead.first_grade = lead.grade
    lead.save()
    after = shown(lead) | {"owner": lead.owner_id}
    events.record(actor, "lead.noted", lead, after=after, key=key, given=given)
    return lead


@transaction.atomic
def change(
    actor: User,
    lead: Lead,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Lead:
    """Say something else of an open lead, by `CHANGEABLE`; it is in work from then on.

    Raises:
        PermissionDenied, KeyReused, ValidationError: as `note`; also where it is not open.
        Lead.DoesNotExist: out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
    """
    require(actor, WORK_LEADS)
    said = _said(values)
    given = {"lead": lead.pk, **said}
    if answer := events.answered(actor, "lead.changed", key, given):
        return _target(answer)
    lead = still_open(actor, lead, expected_version)
    before = shown(lead)
    lead.touched_at, lead.state = timezone.now(), State.WORKING
    put(lead, said)
    after = shown(lead)
    names = [name for name in after if after[name] != before[name]]
    if names:
        events.raised(lead)
        events.record(
            actor, "lead.changed", lead, key=key, given=given,
            before={name: before[name] for name in names},
            after={name: after[name] for name in names},
        )  # fmt: skip
    return lead


@transaction.atomic
def give(
    actor: User,
    lead: Lead,
    owner: User | None,
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Lead:
    """Give an open lead to somebody who may work on leads, or to nobody.

    Raises:
        PermissionDenied, KeyReused, Lead.DoesNotExist, Stale, ValidationError: as `change`.
    """
    require(actor, WORK_LEADS)
    given = {"lead": lead.pk, "owner": owner.pk if owner else None}
    if answer := events.answered(actor, "lead.given", key, given):
        return _target(answer)
    lead = still_open(actor, lead, expected_version)
    if lead.owner_id != given["owner"]:
        _give(actor, lead, able(owner), key=key, given=given)
    return lead


@transaction.atomic
def assign_waiting(actor: User) -> tuple[int, int]:
    """Give the leads that nobody has, the best grade first, to whoever has room.

    Gives how many were given, and how many wait because nobody has room.

    Raises:
        PermissionDenied: unless `actor` may assign customers.
    """
    require(actor, Permit.ASSIGN_CUSTOMERS)
    list(User.objects.select_for_update().filter(pk=actor.pk))
    free = capacity.waiting()
    locked = {one.pk: one for one in Lead.objects.select_for_update().filter(pk__in=[
        one.pk for one in free], owner=None)}  # fmt: skip
    free = [locked[one.pk] for one in free if one.pk in locked]
    shares = capacity.shares(free, capacity.sellers())
    for lead, seller in shares:
        _give(actor, lead, seller.user)
    return len(shares), len(free) - len(shares)


@transaction.atomic
def drop(
    actor: User,
    lead: Lead,
    reason: str,
    *,
    note: str = "",
    expected_version: int | None = None,
    key: str = "",
) -> Lead:
    """Say that an open lead came to nothing; `reason` by `DropReason`.

    Raises:
        PermissionDenied, KeyReused, Lead.DoesNotExist, Stale, ValidationError: as `change`.
    """
    require(actor, WORK_LEADS)
    given = {"lead": lead.pk, "reason": reason, "note": note}
    if answer := events.answered(actor, "lead.dropped", key, given):
        return _target(answer)
    lead = still_open(actor, lead, expected_version)
    if reason not in DropReason.values:
        raise ValidationError({"reason": _("Choose one of the reasons.")})
    lead.drop_reason, lead.note = reason, note.strip() or lead.note
    lead.state, lead.ended_at = State.DROPPED, timezone.now()
    lead.full_clean(exclude=_NOT_CHECKED)
    events.raised(lead)
    after = {"state": lead.state, "title": lead.shown_name, "reason": reason}
    events.record(
        actor, "lead.dropped", lead, after=after, reason=note.strip(), key=key, given=given
    )
    return lead


@transaction.atomic
def take_up(actor: User, lead: Lead, *, expected_version: int | None = None, key: str = "") -> Lead:
    """Take up a dropped lead again.

    Raises:
        PermissionDenied, KeyReused, Lead.DoesNotExist, Stale: as `change`.
        ValidationError: where it was not dropped.
    """
    require(actor, WORK_LEADS)
    given = {"lead": lead.pk}
    if answer := events.answered(actor, "lead.taken-up", key, given):
        return _target(answer)
    lead = events.locked(leads_for(actor), lead.pk, expected_version)
    if lead.state != State.DROPPED:
        raise ValidationError(_("The lead was not dropped."))
    lead.state, lead.ended_at, lead.drop_reason = State.WORKING, None, ""
    lead.touched_at = timezone.now()
    _grade(lead)
    events.raised(lead)
    after = {"state": lead.state, "title": lead.shown_name}
    events.record(actor, "lead.taken-up", lead, after=after, key=key, given=given)
    return lead


def able(owner: User | None) -> User | None:
    """Somebody who may work on leads."""
    if owner is not None and not permitted(WORK_LEADS).filter(pk=owner.pk).exists():
        raise ValidationError({"owner": _("Choose somebody who may work on leads.")})
    return owner


def still_open(actor: User, lead: Lead, expected_version: int | None) -> Lead:
    """A lead in reach, locked, that is open."""
    found = events.locked(leads_for(actor), lead.pk, expected_version)
    if not found.open:
        raise ValidationError(_("The lead is not open any more."))
    return found


def shown(lead: Lead) -> dict[str, Any]:
    """What the events tell of a lead."""
    plain = {name: getattr(lead, name) for name in WORDS}
    told = {name: str(getattr(lead, name) or "") for name in ("budget", "wanted_on")}
    return plain | told | {"grade": lead.grade}


def regrade(_due: Due) -> None:
    """Grade every open lead by the rules in force, as of now; untouched ones may fade."""
    found, now = in_force(), timezone.now()
    leads = list(Lead.objects.filter(state__in=OPEN).select_for_update())
    changed = versions.with_chances(leads, versions.in_force())
    for lead in leads:
        before = (lead.grade, lead.rule)
        put_grade(lead, found, now)
        if before != (lead.grade, lead.rule):
            changed.append(lead)
    Lead.objects.bulk_update(set(changed), ["grade", "rule", "chance"], batch_size=1_000)


JOB = ClockJob("leads.regrade", regrade)


def _give(
    actor: User,
    lead: Lead,
    owner: User | None,
    *,
    key: str = "",
    given: Mapping[str, Any] | None = None,
) -> None:
    before = {"owner": lead.owner_id}
    lead.owner = owner
    events.raised(lead)
    after = {"owner": lead.owner_id, "title": lead.shown_name}
    events.record(actor, "lead.given", lead, before=before, after=after, key=key, given=given)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in CHANGEABLE if name in values}


def put(lead: Lead, said: Mapping[str, Any]) -> None:
    """Write values into a lead, check them and grade it."""
    for name, value in said.items():
        setattr(lead, name, value.strip() if isinstance(value, str) else value)
    if not (lead.name or lead.company or lead.phone or lead.email or lead.wechat):
        raise ValidationError({"name": _("Say who asked, or where they are reached.")})
    if lead.email:
        try:
            validate_email(lead.email)
        except ValidationError as error:
            raise ValidationError({"email": error.messages}) from None
    if lead.budget is not None and lead.budget < 0:
        raise ValidationError({"budget": _("An amount is not below zero.")})
    lead.full_clean(exclude=_NOT_CHECKED)
    _grade(lead)


def _grade(lead: Lead) -> None:
    put_grade(lead, in_force(), lead.touched_at)
    versions.put_chance(lead, versions.in_force())


def _target(answer: Any) -> Lead:
    found: Lead = answer.target()
    return found
