"""Leads that no person notes, such as those of a form that anybody fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from kefen_crm.contacts.models import Reach
from kefen_crm.contacts.reaching import normalised
from kefen_crm.leads.actions import put, shown
from kefen_crm.leads.grading import in_force, put_grade
from kefen_crm.leads.models import OPEN, Lead
from kefen_crm.leads.versions import in_force as learned_in_force
from kefen_crm.leads.versions import put_chance
from kefen_crm.platform import events

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOM: Final = 4_990
"""Characters of what an open lead asked together."""


@transaction.atomic
def note_by_itself(values: Mapping[str, Any]) -> Lead:
    """Note a lead that nobody has yet; it is graded, and waits to be shared out.

    Where an open lead has the phone or mail already, what is asked stands below what it asked
    before, as far as there is room; nothing else of it changes.

    Raises:
        ValidationError: by field, as `actions.note`.
    """
    if (known := _known(values)) is not None:
        return _asked_more(known, values["inquiry"])
    now = timezone.now()
    lead = Lead(opened_at=now, touched_at=now)
    put(lead, values)
    lead.first_grade = lead.grade
    lead.save()
    events.record(None, "lead.noted", lead, after=shown(lead) | {"owner": None})
    return lead


def _asked_more(lead: Lead, inquiry: str) -> Lead:
    before = lead.inquiry
    lead.inquiry = f"{before}\n\n{inquiry}".strip()
    put_grade(lead, in_force(), lead.touched_at)
    put_chance(lead, learned_in_force())
    events.raised(lead)
    after = {"inquiry": lead.inquiry}
    events.record(None, "lead.changed", lead, before={"inquiry": before}, after=after)
    return lead


def _known(values: Mapping[str, Any]) -> Lead | None:
    """The open lead of the same phone or mail with room for more, the newest."""
    found = Lead.objects.select_for_update().filter(state__in=OPEN).order_by("-opened_at", "-pk")
    if email := values.get("email"):
        same = list(found.filter(email__iexact=email)[:1])
    else:
        phone = _phone(values.get("phone", ""))
        alike = found.filter(phone__contains=phone[-4:]) if phone else found.none()
        same = [one for one in alike if _phone(one.phone) == phone][:1]
    longest = ROOM - len(values["inquiry"])
    return next((one for one in same if len(one.inquiry) <= longest), None)


def _phone(text: str) -> str:
    try:
        return normalised(Reach.Kind.PHONE, text)
    except ValidationError:
        return ""
