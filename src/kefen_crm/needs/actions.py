"""Needs are listed, talks are noted and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.needs.models import Need, Participant, Talk
from kefen_crm.needs.queries import may_edit
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.team.models import User

RESEARCH: Final = "research_needs"
"""The permit to note talks, with customers whom one may change."""
SET_NEEDS: Final = "set_needs"
"""The permit to edit the list of needs."""
NOTED, CHANGED = "research.noted", "research.changed"
MOST: Final = 50
"""Customers of one talk."""


@transaction.atomic
def save_need(actor: User, need: Need | None, values: Mapping[str, Any]) -> Need:
    """Add a need to the list, or reword one.

    Raises:
        PermissionDenied: unless `actor` may edit the list.
        ValidationError: by field.
    """
    require(actor, SET_NEEDS)
    verb = "need.changed" if need else "need.added"
    need = need or Need()
    before = _worded(need) if need.pk else {}
    for name in ("title_zh", "title_en", "active"):
        if name in values:
            setattr(need, name, values[name])
    need.full_clean()
    need.save()
    events.record(actor, verb, need, before=before, after=_worded(need))
    return need


@transaction.atomic
def save_talk(
    actor: User,
    talk: Talk | None,
    values: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    key: str = "",
) -> Talk:
    """Note a talk, or change one.

    Args:
        actor: who notes it.
        talk: None for a new one.
        values: `kind`, `held_on`, `text`, `customers` (their codes), `needs` and `leading` (their
            ids; the leading one counts among them).
        expected_version, key: as of every verb.

    Raises:
        PermissionDenied: unless `actor` may note talks.
        Talk.DoesNotExist: with customers out of reach of `actor`.
        Stale: when it is of another version than `expected_version`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, RESEARCH)
    verb = CHANGED if talk else NOTED
    given = {"talk": talk.pk if talk else None, **values}
    if known := events.answered(actor, verb, key, given):
        return known.target()  # type: ignore[return-value]  # the event is of a talk
    before: dict[str, Any] = {}
    if talk is None:
        talk = Talk(by=actor)
    else:
        talk = events.locked(Talk.objects.all(), talk.pk, expected_version)
        if not may_edit(actor, talk):
            raise Talk.DoesNotExist
        before = _told(talk)
    for name in ("kind", "held_on", "text"):
        if name in values:
            setattr(talk, name, values[name])
    needs = _needs(talk, values)
    talk.full_clean(exclude=["by"])
    if talk.held_on > current().today(timezone.now()):
        raise ValidationError({"held_on": _("The talk lies in the future.")})
    customers = _customers(actor, talk, values)
    if talk.pk:
        events.raised(talk)
    else:
        talk.save()
    talk.needs.set(needs)
    talk.participants.exclude(customer__in=customers).delete()
    Participant.objects.bulk_create(
        [Participant(talk=talk, customer_id=pk) for pk in customers], ignore_conflicts=True
    )
    customer = talk.customers.first() if len(customers) == 1 else None
    events.record(
        actor, verb, talk, customer=customer, before=before, after=_told(talk), key=key, given=given
    )
    return talk


def _needs(talk: Talk, values: Mapping[str, Any]) -> set[int]:
    """The needs of a talk; its leading one is among them."""
    wanted = values.get("needs")
    needs = set(wanted) if wanted is not None else set(talk.needs.values_list("pk", flat=True))
    if "leading" in values:
        talk.leading_id = values["leading"]
    if talk.leading_id:
        needs.add(talk.leading_id)
    if Need.objects.filter(pk__in=needs).count() != len(needs):
        raise ValidationError({"needs": _("No such need.")})
    if not needs:
        raise ValidationError({"needs": _("Name at least one need.")})
    return needs


def _customers(actor: User, talk: Talk, values: Mapping[str, Any]) -> list[int]:
    """Who takes part, all in reach: one in an interview, at least two in a group."""
    if "customers" not in values and talk.pk:
        customers = list(talk.participants.values_list("customer", flat=True))
    else:
        codes = list(dict.fromkeys(values.get("customers") or ()))
        found = dict(changeable_by(actor).filter(code__in=codes[:MOST]).values_list("code", "pk"))
        if missing := [code for code in codes if code not in found]:
            text = _("No such customer: %(codes)s") % {"codes": ", ".join(missing[:5])}
            raise ValidationError({"customers": text})
        customers = list(found.values())
    if talk.kind == Talk.Kind.INTERVIEW and len(customers) != 1:
        raise ValidationError({"customers": _("An interview is with one customer.")})
    if len(customers) < 2 and talk.kind == Talk.Kind.GROUP:
        raise ValidationError({"customers": _("A group has at least two customers.")})
    return customers


def _worded(need: Need) -> dict[str, Any]:
    return {"title_zh": need.title_zh, "title_en": need.title_en, "active": need.active}


def _told(talk: Talk) -> dict[str, Any]:
    needs = talk.needs.values_list("title_zh", flat=True)
    return {
        "kind": talk.kind,
        "held_on": talk.held_on.isoformat(),
        "needs": list(needs),
        "leading": talk.leading.title_zh if talk.leading else "",
        "customers": list(talk.participants.values_list("customer", flat=True)),
    }
