"""Reads of opportunities: the board, the list, what was won and lost and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Final

from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.customers.texts import containing
from kefen_crm.grading.models import CustomerClass
from kefen_crm.opportunities.models import Opportunity, Reason, Stage
from kefen_crm.opportunities.stages import stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.team.models import User

WHOSE: Final = (("mine", _("Mine")), ("all", _("All")), ("nobody", _("Nobody's")))
STATES: Final = (
    ("open", pgettext_lazy("opportunity", "open")),
    ("rotten", _("rotting")),
    ("late", _("day has passed")),
    ("won", _("won")),
    ("lost", _("lost")),
)
MOST_CARDS: Final = 40
"""Cards of one stage on the board."""


@dataclass
class Column:
    """A stage on the board.

    Attributes:
        count, amount: of all its open opportunities, of which `cards` are the first.
    """

    stage: Stage
    count: int = 0
    amount: Decimal = Decimal(0)
    cards: list[Opportunity] = field(default_factory=list)


@dataclass(frozen=True)
class Ended:
    """Opportunities that ended for one reason, or beside one competitor."""

    title: str
    won: int
    lost: int
    won_amount: Decimal
    lost_amount: Decimal


def opportunities_for(user: User | AnonymousUser) -> QuerySet[Opportunity]:
    """The opportunities of customers whom `user` may see."""
    return Opportunity.objects.filter(customer__in=visible_to(user))


def changeable_opportunities(user: User | AnonymousUser) -> QuerySet[Opportunity]:
    """The opportunities of customers whom `user` may change."""
    return Opportunity.objects.filter(customer__in=changeable_by(user))


def rotting(now: datetime, today: date) -> Q:
    """Open opportunities in which nothing moved for longer than their stage allows."""
    stale = [
        Q(stage=one, moved_at__lte=now - timedelta(days=one.rot_days + 1))
        for one in Stage.objects.all()
        if one.rot_days is not None
    ]
    resting = Q(waiting_until__gte=today)
    return Q(state="open") & reduce(or_, stale, Q(pk__in=[])) & ~resting


def alive(day: date) -> QuerySet[Opportunity, int]:
    """The customers with an open opportunity that does not rot, by their primary keys."""
    found = Opportunity.objects.filter(state="open").exclude(rotting(timezone.now(), day))
    return found.order_by().values_list("customer", flat=True)


def mark_rotten(found: Iterable[Opportunity], now: datetime, today: date) -> None:
    """Say of each of those on a page whether it `rots`."""
    for one in found:
        one.rots = one.rotten(now, today)


def narrowed(
    user: User, filters: Mapping[str, str], now: datetime, today: date
) -> QuerySet[Opportunity]:
    """Opportunities as the address asks for them.

    Args:
        user: who looks.
        filters: `whose`, `state`, `stage` by its key, `q`.
        now, today: what rots, and what is late.
    """
    found = opportunities_for(user).select_related("customer", "owner", "stage")
    whose, state, stage = (filters.get(name, "") for name in ("whose", "state", "stage"))
    if whose == "mine":
        found = found.filter(owner=user)
    elif whose == "nobody":
        found = found.filter(owner=None)
    if stage:
        found = found.filter(stage__key=stage)
    if text := filters.get("q", "").strip().replace("\x00", ""):
        found = found.filter(named(text))
    if state in ("won", "lost"):
        return found.filter(state=state).order_by("-closed_on", "-pk")
    found = found.filter(state="open")
    if state == "rotten":
        found = found.filter(rotting(now, today))
    elif state == "late":
        found = found.filter(close_on__lt=today)
    return found.order_by(F("close_on").asc(nulls_last=True), "-amount", "pk")


def named(text: str) -> Q:
    """The opportunities of a number, of a customer's code or name, or with words in their title."""
    found = containing(Opportunity, "title", text) | Q(customer__code=text)
    found |= Q(customer__name__icontains=text)
    number = text.upper().removeprefix("O-").lstrip("0")
    if number.isdecimal() and number.isascii() and len(number) < 18:
        found |= Q(pk=int(number))
    return found


def with_class(found: QuerySet[Opportunity]) -> QuerySet[Opportunity]:
    """Opportunities with the class of their customer in the leading scheme, as `class_key`."""
    classes = CustomerClass.objects.filter(customer=OuterRef("customer"), scheme=leading_scheme())
    return found.annotate(class_key=Subquery(classes.values("class_key")[:1]))


def board(found: QuerySet[Opportunity]) -> list[Column]:
    """Open opportunities by stage, those expected first at the top.

    A stage that is not in use is there while it has any.
    """
    counts = {
        pk: (count, amount)
        for pk, count, amount in found.order_by()
        .values_list("stage")
        .annotate(count=Count("pk"), amount=Sum("amount"))
    }
    there = stages()
    there += list(Stage.objects.filter(pk__in=counts, used=False))
    columns = []
    for stage in sorted(there, key=lambda one: (one.position, one.pk)):
        count, amount = counts.get(stage.pk, (0, None))
        cards = list(with_class(found.filter(stage=stage))[:MOST_CARDS]) if count else []
        columns.append(Column(stage, count, amount or Decimal(0), cards))
    return columns


def ended(user: User, since: date, by: str) -> list[Ended]:
    """How opportunities ended since a day, by `reason` or `competitor`, most money first."""
    found = opportunities_for(user).filter(closed_on__gte=since).exclude(state="open")
    field_name = "competitor" if by == "competitor" else "reason"
    if field_name == "competitor":
        found = found.exclude(competitor="")
    won, lost = Q(state="won"), Q(state="lost")
    rows = found.order_by().values_list(field_name).annotate(
        won=Count("pk", filter=won), lost=Count("pk", filter=lost),
        gained=Sum("amount", filter=won), missed=Sum("amount", filter=lost),
    )  # fmt: skip
    titles = {"": "–", **dict(Reason.choices)} if field_name == "reason" else {}
    made = [
        Ended(str(titles.get(key, key)), one, other, gained or Decimal(0), missed or Decimal(0))
        for key, one, other, gained, missed in rows
    ]
    return sorted(made, key=lambda one: (-(one.won_amount + one.lost_amount), one.title))
