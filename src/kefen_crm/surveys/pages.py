"""What the customer's page shows of surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.customers.queries import may_change
from kefen_crm.surveys.actions import ASK
from kefen_crm.surveys.models import Survey
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

LISTED = 3


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """What the customer answered lately; nothing where there is no survey."""
    if not Survey.objects.exists():
        return None
    user: Any = request.user
    writable = may(user, ASK) and may_change(user, customer)
    found = list(customer.survey_invites.select_related("survey", "answer")[:LISTED])
    if not (found or writable):
        return None
    answered = next((one for one in found if getattr(one, "answer", None)), None)
    told = f"{answered.answer.score} / {answered.survey.scale[-1]}" if answered else ""
    return {"invites": found, "writable": writable, "summary": told, "empty": not found}


def detail(event: Event) -> str:
    """Which survey it was, what was answered."""
    known = event.after or {}
    score = f"{known['score']}/{known['of']}" if "of" in known else ""
    return " · ".join(filter(None, [known.get("title", ""), score, known.get("comment", "")]))
