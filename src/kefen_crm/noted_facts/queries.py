from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.customers.queries import visible_to
from kefen_crm.noted_facts.models import NotedFact

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.team.models import User


def noted_for(user: User) -> QuerySet[NotedFact]:
    """Facts noted of the customers that `user` may see."""
    found = NotedFact.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "by")


def in_question(user: User) -> QuerySet[NotedFact]:
    """Those of them that look like facts which imports brought, until somebody decides."""
    found = noted_for(user).exclude(same_as="").exclude(state=NotedFact.State.WITHDRAWN)
    return found.filter(kept=False)
