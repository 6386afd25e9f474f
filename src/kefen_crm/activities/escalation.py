"""Tasks that fall due and that are late: told to their owners, then to whoever leads them.

On the day itself the owner hears how many there are; after two working days the owner and the lead
of the department; from four on a task is flagged, for the lead to see.
"""

from __future__ import annotations

from collections import Counter
from datetime import time
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from kefen_crm.activities.models import Task
from kefen_crm.activities.permits import WORK
from kefen_crm.activities.team import leads_of, people_below
from kefen_crm.activities.today import FLAGGED
from kefen_crm.customers.queries import visible_to
from kefen_crm.platform.calendar import current
from kefen_crm.platform.notifications import notify
from kefen_crm.platform.parts import AttentionItem, ClockJob, NoticeKind
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role, may

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.platform.due import Due

TELL_LEAD = 2
"""Working days after which the lead is told, too."""
LATE = NoticeKind(
    "contact_gap", gettext_lazy("Follow-ups of mine or my team are late"), "clock-exclamation"
)
DUE = NoticeKind(
    "task.due", gettext_lazy("How many follow-ups are due today"), "calendar-due", mail=False
)
NAMED = 3


def open_tasks() -> QuerySet[Task]:
    """The open tasks of people who are here."""
    return Task.objects.filter(state=Task.State.OPEN, owner__is_active=True)


def tell(due: Due) -> None:
    """On a working day: tell of what falls due on it, and of what is late for two days now."""
    calendar = current()
    if not calendar.is_workday(due.day):
        return
    if not due.missed:
        _tell_due(due)
    since = calendar.add_workdays(due.day, -TELL_LEAD)
    late = dict(open_tasks().filter(day__lte=since).values_list("pk", "day"))
    targets = due.targets(
        f"{LATE.name}.late",
        {f"task:{pk}": day.isoformat() for pk, day in late.items()},
        population=open_tasks().count(),
    )
    _tell_late([int(target.removeprefix("task:")) for target in targets])


def _tell_due(due: Due) -> None:
    """Tell each owner once how many tasks are due on the day."""
    rows = open_tasks().filter(day=due.day).order_by().values("owner").annotate(n=Count("pk"))
    numbers = dict(rows.values_list("owner", "n"))
    people = User.objects.in_bulk(numbers)
    known = {f"user:{pk}": due.day.isoformat() for pk in numbers}
    for target in due.targets(DUE.name, known, population=User.objects.count() * 100):
        pk = int(target.removeprefix("user:"))
        notify(
            [people[pk]],
            DUE.name,
            gettext_noop("%(count)s follow-up is due today"),
            {"count": numbers[pk]},
            reverse("activities:today"),
            plural=gettext_noop("%(count)s follow-ups are due today"),
        )


def _tell_late(pks: list[int]) -> None:
    """Tell the owners of tasks, and who leads them, that these are late."""
    numbers = Counter(Task.objects.filter(pk__in=pks).values_list("owner", flat=True))
    people = User.objects.select_related("department__lead", "department__parent__lead")
    found = [one for one in people.filter(pk__in=numbers) if one.is_active]
    leads = leads_of(found)
    address = f"{reverse('activities:tasks')}?state=late"
    for one in found:
        data: dict[str, Any] = {"count": numbers[one.pk], "name": one.display_name}
        notify(
            [one],
            LATE.name,
            gettext_noop("%(count)s follow-up of yours is late by two working days"),
            data,
            address,
            plural=gettext_noop("%(count)s follow-ups of yours are late by two working days"),
        )
        if lead := leads.get(one.pk):
            notify(
                [lead],
                LATE.name,
                gettext_noop("%(count)s follow-up of %(name)s is late by two working days"),
                data,
                f"{address}&whose={one.pk}",
                plural=gettext_noop(
                    "%(count)s follow-ups of %(name)s are late by two working days"
                ),
            )


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """For whoever leads: what is neglected, and of whom; for others what of theirs is."""
    user: Any = request.user
    if not may(user, WORK):
        return
    flagged = current().add_workdays(timezone.localdate(), -FLAGGED)
    leads = user.role in (Role.MANAGER, Role.ADMIN)
    people = people_below(user) if leads else [user]
    tasks = open_tasks().filter(owner__in=[one.pk for one in people], day__lte=flagged)
    if leads:
        tasks = tasks.filter(customer__in=visible_to(user))
    number = tasks.count()
    if not number:
        return
    yield AttentionItem(
        "clock-exclamation",
        "orange",
        ngettext("%(count)s follow-up is neglected", "%(count)s follow-ups are neglected", number)
        % {"count": number},
        _("Late by four working days or more."),
        f"{reverse('activities:tasks')}?state=late&whose={'team' if leads else 'mine'}",
        names=_named(tasks),
    )


def _named(tasks: QuerySet[Task]) -> tuple[tuple[str, str, str], ...]:
    found = tasks.order_by("day", "pk").values_list("customer__code", "customer__name")
    return tuple(
        (code, name, reverse("customers:detail", args=[code])) for code, name in found[:NAMED]
    )


JOB = ClockJob("activities.tell", tell, at=time(8), permit="set_rules")
