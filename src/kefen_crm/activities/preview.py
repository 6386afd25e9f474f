"""What rules of the rhythm ask of the people who would keep them."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.activities.models import Activity
from kefen_crm.activities.planner import wanted
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.platform.calendar import current
from kefen_crm.platform.scoped_rules import Preview
from kefen_crm.team.models import User

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kefen_crm.activities.planner import Wanted
    from kefen_crm.activities.rules import ContactGap

NAMED = 10
"""Customers that a preview names, those who waited longest first."""
LATELY = 60
"""Working days over which is counted how many contacts people make."""


def preview(found: Sequence[ContactGap]) -> Preview:
    """How many customers rules hold for, how many are due now, and what that is a day."""
    these = wanted(found)
    today = timezone.localdate()
    due = [one for one in these if one.due <= today]
    due.sort(key=lambda one: (one.since, one.code))
    held = Counter(one.rule.name for one in these)
    touched = Counter(one.rule.name for one in due)
    return Preview(
        affected=len(due),
        population=Customer.objects.filter(standing__in=CURRENT).count(),
        rules=tuple((rule.name, held[rule.name], touched[rule.name]) for rule in found),
        names=tuple(
            (one.code, one.name, reverse("customers:detail", args=[one.code]), waited(one))
            for one in due[:NAMED]
        ),
        notes=(*(_of_rule(rule, these) for rule in found), *_of_people(these)),
    )


def waited(one: Wanted) -> str:
    """How long nobody has spoken to a customer, in words."""
    calendar = current()
    days = calendar.workdays(one.since, calendar.previous_workday(timezone.localdate()))
    told = {"count": days, "day": one.since.isoformat()}
    if not one.spoken:
        return _("Never contacted; here since %(day)s") % told
    return (
        ngettext(
            "%(count)s working day since %(day)s", "%(count)s working days since %(day)s", days
        )
        % told
    )


def _of_rule(rule: ContactGap, these: list[Wanted]) -> str:
    """One rule in numbers: customers, contacts a day, people."""
    of_rule = [one for one in these if one.rule is rule]
    told = {
        "rule": rule.name,
        "days": rule.working_days,
        "customers": len(of_rule),
        "a_day": _a_day(len(of_rule) / rule.working_days),
        "people": len({one.owner for one in of_rule}),
    }
    text = _(
        "%(rule)s, every %(days)s working days: %(customers)s customers, %(a_day)s contacts "
        "a day for %(people)s people"
    )
    return text % told


def _of_people(these: list[Wanted]) -> list[str]:
    """Each person in numbers: contacts a day by the rules, and those made a day lately."""
    wanted_of: dict[int, float] = defaultdict(float)
    for one in these:
        wanted_of[one.owner] += 1 / one.rule.working_days
    made = made_lately()
    names = {one.pk: one.display_name for one in User.objects.filter(pk__in=wanted_of)}
    lines = []
    for pk, number in sorted(wanted_of.items(), key=lambda pair: (-pair[1], pair[0])):
        told = {"name": names[pk], "wanted": _a_day(number), "made": _a_day(made.get(pk, 0))}
        lines.append(_("%(name)s: %(wanted)s a day, makes %(made)s lately") % told)
    return lines


def made_lately() -> dict[int, float]:
    """Contacts that people made a working day, of late."""
    calendar = current()
    today = timezone.localdate()
    first = calendar.add_workdays(today, -LATELY)
    since = timezone.now() - timedelta(days=(today - first).days)
    found = Activity.objects.filter(at__gte=since).exclude(kind="note").exclude(state="withdrawn")
    rows = found.order_by().values("by").annotate(made=Count("pk"))
    return {by: made / LATELY for by, made in rows.values_list("by", "made")}


def _a_day(number: float) -> str:
    """A number of contacts a day, below ten with one place."""
    return f"{number:.1f}".removesuffix(".0") if number < 10 else str(round(number))
