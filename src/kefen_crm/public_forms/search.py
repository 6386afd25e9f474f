"""Finds what became of a form by the number that whoever sent it was told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse

from kefen_crm.leads.queries import leads_for
from kefen_crm.platform.parts import Hit
from kefen_crm.public_forms.models import Submission
from kefen_crm.team.roles import may
from kefen_crm.tickets.permits import SERVE
from kefen_crm.tickets.queries import tickets_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest

_NUMBER: Final = re.compile(r"\s*F-?0*([1-9]\d{0,17})\s*", re.ASCII | re.IGNORECASE)


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """The ticket or lead that a form became, or the form while it waits, within one's reach."""
    user: Any = request.user
    number = _NUMBER.fullmatch(text)
    sent = Submission.objects.filter(pk=int(number[1])).first() if number else None
    if sent is None:
        return
    note = " · ".join([sent.number, str(sent.get_outcome_display())])
    if ticket := tickets_for(user).filter(submissions=sent).select_related("merged_into").first():
        ticket = ticket.merged_into or ticket
        yield Hit(str(ticket), note, reverse("tickets:detail", args=[ticket.pk]))
    elif lead := leads_for(user).filter(submissions=sent).first():
        yield Hit(str(lead), note, reverse("leads:detail", args=[lead.pk]))
    elif sent.outcome == Submission.Outcome.WAITS and may(user, SERVE):
        yield Hit(str(sent), note, reverse("public_forms:give", args=[sent.pk]))
