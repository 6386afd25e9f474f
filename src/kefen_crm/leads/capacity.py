"""How many open leads each person has at most, and who takes the next one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from pydantic import Field

from kefen_crm.grading.scopes import above
from kefen_crm.leads.models import OPEN, Lead
from kefen_crm.leads.permits import WORK_LEADS
from kefen_crm.leads.queries import by_grade
from kefen_crm.platform import rules
from kefen_crm.platform.scoped_rules import Facts, Preview, ScopedRule, decide
from kefen_crm.team.queries import permitted
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.team.models import User

LEAD_CAPACITY: Final = "lead_capacity"
USUAL: Final = 20
"""Open leads that one person has at most where no rule says otherwise."""


class LeadCapacity(ScopedRule):
    """People of these departments are given so many open leads at most."""

    most: int = Field(
        default=USUAL, ge=0, le=10_000, title=gettext_noop("Open leads of one person at most")
    )


@dataclass
class Seller:
    """Somebody who is given leads: how many are open, of those of which grade, and the most."""

    user: User
    open: int
    most: int
    of_grade: dict[str, int]

    @property
    def room(self) -> int:
        return self.most - self.open


def sellers(found: Sequence[LeadCapacity] | None = None) -> list[Seller]:
    """The representatives, with their open leads and how many they may have."""
    document = rules.in_force(LEAD_CAPACITY) if found is None else found
    people = permitted(WORK_LEADS).filter(role=Role.REP).select_related("department")
    mine = Q(leads__state__in=OPEN)
    listed = people.annotate(open_leads=Count("leads", filter=mine)).order_by("pk")
    grades: dict[int, dict[str, int]] = {}
    rows = Lead.objects.filter(state__in=OPEN, owner__in=people).order_by()
    for owner, grade, count in rows.values_list("owner", "grade").annotate(count=Count("pk")):
        grades.setdefault(owner, {})[grade] = count
    made = []
    for user in listed:
        facts = Facts(departments=frozenset(above(user.department_id)))
        rule = decide(document, facts).rule
        most = rule.most if rule else USUAL
        open_leads: int = user.open_leads
        made.append(Seller(user, open_leads, most, grades.get(user.pk, {})))
    return made


def shares(waiting: Sequence[Lead], people: Sequence[Seller]) -> list[tuple[Lead, Seller]]:
    """Who takes which lead: the best grades first, each to whoever has fewest of that grade.

    Among those with as many, whoever has the most room; nobody gets more than they may have.
    """
    given = []
    for lead in waiting:
        free = [one for one in people if one.room > 0]
        if not free:
            break
        one = min(free, key=lambda it: (it.of_grade.get(lead.grade, 0), -it.room, it.user.pk))
        one.open += 1
        one.of_grade[lead.grade] = one.of_grade.get(lead.grade, 0) + 1
        given.append((lead, one))
    return given


def waiting() -> list[Lead]:
    """The open leads that nobody has, the best grade first."""
    return list(by_grade(Lead.objects.filter(owner=None, state__in=OPEN)))


def preview(found: Sequence[LeadCapacity]) -> Preview:
    """How many people each rule holds for, and who has more than they may have."""
    people = sellers(found)
    over = [one for one in people if one.room < 0]
    room = sum(max(one.room, 0) for one in people)
    rows: list[tuple[str, int, int]] = []
    for rule in found:
        held = [one for one in people if _rule_of(found, one.user) is rule]
        rows.append((rule.name, len(held), sum(one.room < 0 for one in held)))
    names: list[Any] = [
        (one.user.username, one.user.display_name, "",
         _("%(open)s open leads of at most %(most)s") % {"open": one.open, "most": one.most})
        for one in over
    ]  # fmt: skip
    told = ngettext(
        "There is room for %(n)s more lead.", "There is room for %(n)s more leads.", room
    )
    return Preview(len(over), len(people), tuple(rows), tuple(names[:20]), (told % {"n": room},))


def _rule_of(found: Sequence[LeadCapacity], user: User) -> LeadCapacity | None:
    return decide(found, Facts(departments=frozenset(above(user.department_id)))).rule
