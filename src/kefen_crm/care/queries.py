"""Reads of care: what rules planned and what was done, and what comes next for a customer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import Count, F, Q, Sum
from django.utils import timezone

from kefen_crm.activities.models import Task
from kefen_crm.activities.queries import leading_scheme
from kefen_crm.care.document import AFTER_PURCHASE, in_force
from kefen_crm.care.giving import outstanding
from kefen_crm.care.models import Care, said
from kefen_crm.care.occasions import find
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import visible_to
from kefen_crm.outreach.models import Message
from kefen_crm.platform.calendar import current

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.care.occasions import Occasion
    from kefen_crm.team.models import User

DAYS: Final = 365
AHEAD: Final = timedelta(days=60)
NEXT: Final = 5
_DONE, _OPEN = Q(task__state=Task.State.DONE), Q(task__state=Task.State.OPEN)
_GONE: Final = (Message.State.SENT, Message.State.DELIVERED)
_WAITING: Final = (Message.State.QUEUED, Message.State.SENDING)


@dataclass
class Done:
    """What was planned by a rule, of all customers or of a class, and what was done.

    Attributes:
        name, title: the rule or the class.
        in_time, late, open, skipped: its tasks; `open_late` are those of `open` past their day.
        sent, waiting, lost: its messages.
        not_made: occasions for which nothing was made, `whys` with the most frequent reasons.
    """

    name: str
    title: str
    in_force: bool = True
    planned: int = 0
    in_time: int = 0
    late: int = 0
    open: int = 0
    open_late: int = 0
    skipped: int = 0
    sent: int = 0
    waiting: int = 0
    lost: int = 0
    not_made: int = 0
    minutes: int = 0
    money: int = 0
    whys: list[tuple[str, int]] = field(default_factory=list)

    @property
    def done(self) -> int:
        return self.in_time + self.late + self.sent

    @property
    def hours(self) -> float:
        return self.minutes / 60

    @property
    def share(self) -> int | None:
        """The share done, in percent; None while nothing was planned."""
        return round(100 * self.done / self.planned) if self.planned else None


def cares_for(user: User) -> QuerySet[Care]:
    """The occasions of customers whom `user` may see, the newest first."""
    found = Care.objects.filter(customer__in=visible_to(user))
    return found.select_related("customer", "contact", "task__owner", "message")


def by_rule(user: User) -> list[Done]:
    """Planned against done in a year, each rule; those in force come first."""
    since = current().today(timezone.now()) - timedelta(days=DAYS)
    found = _counted(cares_for(user).filter(due_on__gte=since), "rule")
    names = [one.name for one in in_force()]
    rows = [found.pop(name, Done(name, name)) for name in names]
    for one in found.values():
        one.in_force = False
    return [*rows, *sorted(found.values(), key=lambda one: one.name)]


def by_class(user: User, rule: str) -> list[Done]:
    """Planned against done of a rule, by the class of the day, the best first."""
    since = current().today(timezone.now()) - timedelta(days=DAYS)
    found = _counted(cares_for(user).filter(rule=rule, due_on__gte=since), "class_key")
    scheme = leading_scheme()
    titles = {one.key: str(one.title) for one in scheme.classes} if scheme else {}
    for key, one in found.items():
        one.title = titles.get(key, key)
    order = list(titles)
    return sorted(
        found.values(),
        key=lambda one: (order.index(one.name) if one.name in order else len(order), one.name),
    )


def coming(customer: Customer) -> list[Occasion]:
    """What comes next for a customer, the soonest first; purchases to come are not known."""
    rules = [one for one in in_force() if one.occasion != AFTER_PURCHASE]
    if not rules:
        return []
    today = current().today(timezone.now())
    mine = Customer.objects.filter(pk=customer.pk)
    found = outstanding(find(rules, today, today + AHEAD, mine))
    return sorted(found, key=lambda one: (one.due, one.day))[:NEXT]


def too_late(user: User, days: int) -> int:
    """How many occasions were over before anything could be made, noted in so many days."""
    since = timezone.now() - timedelta(days=days)
    return cares_for(user).filter(why="late", at__gte=since).order_by().count()


def _counted(cares: QuerySet[Care], by: str) -> dict[str, Done]:
    today = current().today(timezone.now())
    in_time = Q(task__closed_on__lte=F("task__due_on"))
    made = Q(task__isnull=False) | Q(message__isnull=False)
    rows = (
        cares.select_related(None)
        .order_by()
        .values(by)
        .annotate(
            planned=Count("pk"),
            in_time=Count("pk", filter=_DONE & in_time),
            late=Count("pk", filter=_DONE & ~in_time),
            open=Count("pk", filter=_OPEN),
            open_late=Count("pk", filter=_OPEN & Q(task__day__lt=today)),
            skipped=Count(
                "pk", filter=Q(task__state__in=(Task.State.SKIPPED, Task.State.CANCELLED))
            ),
            sent=Count("pk", filter=Q(message__state__in=_GONE)),
            waiting=Count("pk", filter=Q(message__state__in=_WAITING)),
            not_made=Count("pk", filter=~made),
            took=Sum("minutes", filter=_DONE),
            paid=Sum("money", filter=_DONE | Q(message__state__in=_GONE)),
            messages=Count("message"),
        )
    )
    found = {}
    for row in rows:
        key, minutes, paid = row.pop(by), row.pop("took") or 0, row.pop("paid") or 0
        messages = row.pop("messages")
        lost = messages - row["sent"] - row["waiting"]
        found[key] = Done(key, key, minutes=minutes, money=paid, lost=lost, **row)
    whys: dict[str, Counter[str]] = {}
    stopped = cares.filter(message__state=Message.State.STOPPED).order_by()
    for name, part in (("why", cares.exclude(why="").order_by()), ("message__why", stopped)):
        counts = part.select_related(None).values_list(by, name).annotate(n=Count("pk"))
        for key, why, n in counts:
            whys.setdefault(key, Counter())[said(why)] += n
    for key, counter in whys.items():
        found[key].whys = counter.most_common()
    return found
