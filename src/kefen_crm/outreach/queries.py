"""Reads of outreach: messages in reach, and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count

from kefen_crm.customers.queries import visible_to
from kefen_crm.outreach.models import Message, Suppression

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.models import User


def messages_for(user: User) -> QuerySet[Message]:
    """The messages to customers whom `user` may see, the newest first."""
    found = Message.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "wording__template", "by").order_by("-created", "-pk")


def suppressions_for(user: User) -> QuerySet[Suppression]:
    """The suppressed addresses of customers whom `user` may see, and those of nobody known."""
    found = Suppression.objects.filter(customer__in=visible_to(user))
    return (found | Suppression.objects.filter(customer=None)).order_by("-at", "-pk")


def by_state(messages: QuerySet[Message]) -> list[tuple[Message.State, int]]:
    """How many messages are in each state, those without any left out."""
    rows = messages.order_by().values_list("state").annotate(count=Count("pk"))
    counts = dict(rows)
    return [(one, counts[one]) for one in Message.State if one in counts]
