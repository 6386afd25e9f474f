"""What the page of a customer shows of offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kefen_crm.activities.permits import WORK
from kefen_crm.customers.queries import may_change
from kefen_crm.recommendations.models import Learned
from kefen_crm.recommendations.queries import offers_of
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The offers with their reasons; left out where there are none."""
    offers = offers_of(customer)
    if not offers:
        return None
    user = request.user
    writable = user.is_authenticated and may(user, WORK) and may_change(user, customer)
    learned = Learned.objects.first()
    judged = [one["text"] for one in learned.judged if one["better"]] if learned else []
    told = {"writable": writable, "judged": judged, "summary": offers[0]["item"]}
    return {"offers": offers, **told}
