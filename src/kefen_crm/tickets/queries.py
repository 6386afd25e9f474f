"""Reads of tickets: the queue, one ticket's thread, and what complaints come from."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.articles.models import Article
from kefen_crm.customers.queries import about_visible, changeable_by
from kefen_crm.customers.texts import containing
from kefen_crm.grading.models import CustomerClass
from kefen_crm.platform.models import Event
from kefen_crm.tickets.link_models import TicketLink
from kefen_crm.tickets.models import ArticleUse, Message, ServiceClock, Ticket

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.team.models import User
    from kefen_crm.tickets.models import TicketQuerySet

WHOSE: Final = (("all", _("All")), ("mine", _("Mine")), ("nobody", _("Nobody's")))
STATES: Final = (
    ("unsolved", _("not solved")),
    ("open", _("to be answered")),
    ("late", _("late")),
    ("waiting", _("waiting for the customer")),
    ("solved", _("solved")),
)
MOST_CAUSES: Final = 12
MONTHS: Final = 6


@dataclass(frozen=True)
class Cause:
    """How often complaints came from a cause.

    Attributes:
        months: complaints of each month, the oldest first.
        share: of all complaints of these months; `together` with the causes before it.
    """

    title: str
    months: tuple[int, ...]
    count: int
    share: float
    together: float


@dataclass(frozen=True)
class Linked:
    """A link as one of its tickets has it: what that is to the `other`."""

    link: TicketLink
    kind: TicketLink.Kind
    other: Ticket


@dataclass(frozen=True)
class ArticleCount:
    """How many solved tickets of a cause were answered with an article; some have no cause."""

    article: Article
    cause: str
    count: int


def not_solved(_day: date) -> QuerySet[Ticket, int]:
    """The customers with a ticket that is not solved, by their primary keys."""
    found = Ticket.objects.unsolved()
    return found.order_by().values_list("customer", flat=True)


def tickets_for(user: User | AnonymousUser) -> TicketQuerySet:
    """The tickets of customers whom `user` may see."""
    return Ticket.objects.filter(about_visible(user))


def changeable_tickets(user: User | AnonymousUser) -> TicketQuerySet:
    """The tickets of customers whom `user` may change."""
    return Ticket.objects.filter(customer__in=changeable_by(user))


def queue(user: User, filters: Mapping[str, str], now: datetime) -> QuerySet[Ticket]:
    """Tickets as the address asks for them, those that run out first at the top.

    Args:
        user: who looks.
        filters: `whose`, `state` and `kind`, by their values; `q`, words of a ticket or a number.
        now: what is due before is late.
    """
    found = tickets_for(user).select_related("customer", "owner")
    whose, state, kind = (filters.get(name, "") for name in ("whose", "state", "kind"))
    if whose == "mine":
        found = found.filter(owner=user)
    elif whose == "nobody":
        found = found.filter(owner=None)
    if kind in Ticket.Kind.values:
        found = found.filter(kind=kind)
    if text := filters.get("q", "").strip().replace("\x00", ""):
        found = found.filter(named(text))
    if state == Ticket.State.SOLVED:
        return found.filter(state=state).order_by("-solved_at", "-pk")
    found = found.unsolved()
    if state == "late":
        found = found.filter(due_at__lt=now)
    elif state in (Ticket.State.OPEN, Ticket.State.WAITING):
        found = found.filter(state=state)
    return found.order_by(F("due_at").asc(nulls_last=True), "pk")


def named(text: str) -> Q:
    """The tickets of a number, of a customer's code, or with words in their title.

    The number of a ticket that was merged finds the one that it was merged into, too.
    """
    found = containing(Ticket, "title", text) | Q(customer__code=text)
    if number := number_in(text):
        one = Ticket.objects.filter(pk=number)
        found |= Q(pk__in=one) | Q(pk__in=one.exclude(merged_into=None).values("merged_into"))
    return found


def number_in(text: str) -> int | None:
    """The number of a ticket as people write it: `T-000012`, `12`."""
    number = text.strip().upper().removeprefix("T-").lstrip("0")
    return int(number) if number.isdecimal() and number.isascii() and len(number) < 18 else None


def merges_of(ticket: Ticket) -> list[Event]:
    """What was merged into a ticket, directly or before: who did it, when and why."""
    keys = [str(key) for key in ticket.merged.order_by().values_list("pk", flat=True)]
    if not keys:
        return []
    found = Event.objects.filter(
        verb="ticket.merged", object_type="tickets.ticket", object_id__in=keys
    )
    return list(found.select_related("actor").order_by("pk"))


def linked(user: User | AnonymousUser, ticket: Ticket) -> QuerySet[TicketLink]:
    """The links of a ticket to others that `user` may see; of further ones nothing is told."""
    seen = tickets_for(user)
    one = Q(ticket=ticket, other__in=seen) | Q(other=ticket, ticket__in=seen)
    return TicketLink.objects.filter(one).select_related("ticket__customer", "other__customer")


def links_of(user: User | AnonymousUser, ticket: Ticket) -> list[Linked]:
    """The links of a ticket as `user` may see them, from its own side."""
    return [seen_from(one, ticket) for one in linked(user, ticket)]


def seen_from(link: TicketLink, ticket: Ticket) -> Linked:
    """A link as a ticket, one of both, has it."""
    kind = TicketLink.Kind(link.kind)
    if link.ticket_id == ticket.pk:
        return Linked(link, kind, link.other)
    return Linked(link, TicketLink.INVERSE[kind], link.ticket)


def with_class(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Tickets with the class of their customer in the leading scheme, as `class_key`."""
    classes = CustomerClass.objects.filter(customer=OuterRef("customer"), scheme=leading_scheme())
    return tickets.annotate(class_key=Subquery(classes.values("class_key")[:1]))


def thread_of(ticket: Ticket) -> QuerySet[Message]:
    """What was said about a ticket and about those merged into it, by time."""
    joined = Ticket.objects.filter(Q(pk=ticket.pk) | Q(merged_into=ticket.pk))
    keys = list(joined.order_by().values_list("pk", flat=True))
    return Message.objects.filter(ticket__in=keys)


def heard_by(ticket: Ticket) -> str:
    """The way that the customer came last; empty where they never did."""
    said = thread_of(ticket).filter(direction=Message.Direction.IN).order_by("-at", "-pk").first()
    return said.channel if said else ""


def clocks_of(tickets: list[Ticket]) -> dict[int, list[ServiceClock]]:
    """The clocks of tickets, by the tickets' ids."""
    found: dict[int, list[ServiceClock]] = defaultdict(list)
    for one in ServiceClock.objects.filter(ticket__in=tickets):
        found[one.ticket_id].append(one)
    return found


def causes(user: User, months: list[date], by: str) -> list[Cause]:
    """What solved complaints came from, the most frequent first, by the month they were opened.

    Args:
        user: who looks; only complaints of customers in reach count.
        months: the first day of each month, the oldest first.
        by: `cause` or `product`.
    """
    field = "product" if by == "product" else "cause"
    complaints = tickets_for(user).counted().filter(kind=Ticket.Kind.COMPLAINT)
    found = (
        complaints.filter(opened_at__date__gte=months[0])
        .exclude(**{field: ""})
        .annotate(month=TruncMonth("opened_at"))
    )
    rows = found.order_by().values_list(field, "month").annotate(count=Count("pk"))
    counts: dict[str, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
    for title, month, count in rows:
        counts[title][month.date()] += count
    total = sum(sum(of.values()) for of in counts.values())
    listed, so_far = [], 0
    for title, of in sorted(counts.items(), key=lambda one: (-sum(one[1].values()), one[0])):
        count = sum(of.values())
        so_far += count
        of_months = tuple(of[month] for month in months)
        listed.append(Cause(title, of_months, count, count / total, so_far / total))
    return listed[:MOST_CAUSES]


def article_uses(user: User, since: date) -> list[ArticleCount]:
    """Which articles solved tickets were answered with, by the causes of these, most used first."""
    found = ArticleUse.objects.filter(
        ticket__in=tickets_for(user), ticket__state=Ticket.State.SOLVED, at__date__gte=since
    )
    rows = found.order_by().values_list("article", "ticket__cause").annotate(count=Count("pk"))
    top = sorted(rows, key=lambda one: (-one[2], one[0], one[1]))[:MOST_CAUSES]
    known = Article.objects.in_bulk([article for article, _cause, _count in top])
    return [ArticleCount(known[article], cause, count) for article, cause, count in top]


def last_months(today: date, count: int = MONTHS) -> list[date]:
    """The first days of this month and of those before it, the oldest first."""
    month = today.year * 12 + today.month - 1
    return [
        today.replace(year=one // 12, month=one % 12 + 1, day=1)
        for one in range(month - count + 1, month + 1)
    ]
