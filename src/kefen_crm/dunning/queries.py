"""Reads of dunning: what waits, what was done, and what a customer was sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kefen_crm.customers.queries import visible_to
from kefen_crm.dunning.models import Step

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.models import User

State = Step.State
TABS: Final = {
    "proposed": (State.PROPOSED,),
    "waiting": (State.APPROVED, State.SENDING, State.UNSURE, State.FAILED),
    "done": (State.DONE, State.STOPPED, State.REJECTED),
}
"""The states that each list shows."""


def steps_for(user: User) -> QuerySet[Step]:
    """The steps about customers that `user` may see."""
    return Step.objects.filter(customer__in=visible_to(user)).select_related("customer")


def listed(user: User, tab: str) -> QuerySet[Step]:
    """The steps of a list: proposals with the most money first, the others the newest first."""
    found = steps_for(user).filter(state__in=TABS[tab]).prefetch_related("invoices")
    return found if tab == "proposed" else found.order_by("-moved_at", "-pk")
