"""Whose work somebody looks after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kefen_crm.activities.permits import WORK
from kefen_crm.team.models import User
from kefen_crm.team.queries import colleagues, permitted
from kefen_crm.team.roles import Permit, Reach, reach_of

if TYPE_CHECKING:
    from collections.abc import Iterable

LISTED = 500


def people_below(user: User) -> list[User]:
    """Oneself, and those whose customers are in one's reach, who may be given tasks."""
    reach = reach_of(user, Permit.SEE_ALL_CUSTOMERS)
    people = permitted(WORK).order_by("first_name", "username")
    if reach != Reach.ALL:
        led = colleagues(user, own_department=reach == Reach.DEPARTMENT)
        people = people.filter(pk__in=led) | people.filter(pk=user.pk)
    return list(people.distinct()[:LISTED])


def leads_of(people: Iterable[User]) -> dict[int, User]:
    """Who leads each person: the lead of the department, or of the next one above that has one."""
    found = {}
    for one in people:
        at, seen = one.department, set()
        while at is not None and at.pk not in seen:
            seen.add(at.pk)
            if at.lead is not None and at.lead_id != one.pk and at.lead.is_active:
                found[one.pk] = at.lead
                break
            at = at.parent
    return found
