"""Reads of leads: whose they are to see, the list, and what sources and grades become."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, Count, F, Q, Value, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.customers.texts import containing
from kefen_crm.leads.models import OPEN, Lead, Source
from kefen_crm.platform.intervals import wilson
from kefen_crm.team.queries import colleagues
from kefen_crm.team.roles import Permit, Reach, reach_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

    from kefen_crm.team.models import User

WHOSE: Final = (("mine", _("Mine")), ("all", _("All")), ("nobody", _("Nobody's")))
STATES: Final = (
    ("open", pgettext_lazy("lead", "open")),
    ("new", _("untouched")),
    ("converted", _("converted")),
    ("dropped", _("dropped")),
)
ENOUGH: Final = 30
"""Ended leads from which on a share of conversion has its interval."""


@dataclass(frozen=True)
class Conversion:
    """What the leads of a source or a grade became.

    Attributes:
        share: of the ended ones that were converted; None where none ended.
        low, high: its 95 % interval; None with fewer than `ENOUGH` ended.
    """

    title: str
    leads: int
    open: int
    converted: int
    dropped: int
    share: float | None
    low: float | None
    high: float | None


def leads_for(user: User | AnonymousUser) -> QuerySet[Lead]:
    """The leads that `user` may see: all of them, or their own and those of people they lead."""
    if not user.is_authenticated:
        return Lead.objects.none()
    reach = reach_of(user, Permit.SEE_ALL_CUSTOMERS)
    if reach is None:
        return Lead.objects.none()
    if reach == Reach.ALL:
        return Lead.objects.all()
    people = colleagues(user, own_department=reach == Reach.DEPARTMENT)
    return Lead.objects.filter(Q(owner=user) | Q(owner__in=people) | Q(owner=None, by=user))


def narrowed(user: User, filters: Mapping[str, str]) -> QuerySet[Lead]:
    """Leads as the address asks for them, the best grade first, then the longest untouched.

    Args:
        user: who looks.
        filters: `whose`, `state`, `grade`, `source`, `q`; with `order` of `chance` the likeliest
            to convert come first.
    """
    found = leads_for(user).select_related("owner", "customer")
    whose, state, grade, source = (
        filters.get(name, "") for name in ("whose", "state", "grade", "source")
    )
    if whose == "mine":
        found = found.filter(owner=user)
    elif whose == "nobody":
        found = found.filter(owner=None)
    if grade:
        found = found.filter(grade="" if grade == "-" else grade)
    if source in Source.values:
        found = found.filter(source=source)
    if text := filters.get("q", "").strip().replace("\x00", ""):
        found = found.filter(named(text))
    if state in ("converted", "dropped"):
        return found.filter(state=state).order_by("-ended_at", "-pk")
    found = found.filter(state="new") if state == "new" else found.filter(state__in=OPEN)
    if filters.get("order") == "chance":
        return found.order_by(F("chance").desc(nulls_last=True), "touched_at", "pk")
    return by_grade(found)


def by_grade(found: QuerySet[Lead]) -> QuerySet[Lead]:
    """The best grade first, those without one last; then the longest untouched."""
    last = Case(When(grade="", then=Value("Z")), default="grade")
    return found.order_by(last, "touched_at", "pk")


def named(text: str) -> Q:
    """The leads of a number, or with words in their company, name, phone or mail."""
    found = containing(Lead, "company", text) | Q(name__icontains=text)
    found |= Q(phone__icontains=text) | Q(email__icontains=text)
    number = text.upper().removeprefix("L-").lstrip("0")
    if number.isdecimal() and number.isascii() and len(number) < 18:
        found |= Q(pk=int(number))
    return found


def conversions(user: User, by: str, since: datetime) -> list[Conversion]:
    """What became of the leads that came since, by `source` or by their first `grade`."""
    field = "first_grade" if by == "grade" else "source"
    states: dict[str, Any] = {
        "open": Count("pk", filter=Q(state__in=OPEN)),
        "converted": Count("pk", filter=Q(state="converted")),
        "dropped": Count("pk", filter=Q(state="dropped")),
    }
    rows = leads_for(user).filter(opened_at__gte=since).order_by().values(field).annotate(**states)
    titles = {**dict(Source.choices), "": _("without grade")}
    made = [
        _conversion(str(titles.get(row[field], row[field])), row["open"], row["converted"],
                    row["dropped"])
        for row in rows
    ]  # fmt: skip
    order = (lambda one: one.title) if by == "grade" else (lambda one: (-one.leads, one.title))
    return sorted(made, key=order)


def _conversion(title: str, open_: int, converted: int, dropped: int) -> Conversion:
    ended = converted + dropped
    share = converted / ended if ended else None
    low, high = wilson(converted, ended) if ended >= ENOUGH else (None, None)
    return Conversion(title, open_ + ended, open_, converted, dropped, share, low, high)


def known_already(lead: Lead) -> list[Lead]:
    """Other open leads of the same phone, mail or company."""
    same = Q(pk__in=[])
    for name in ("phone", "email", "company"):
        if value := getattr(lead, name).strip():
            same |= Q(**{f"{name}__iexact": value})
    found = Lead.objects.filter(same, state__in=OPEN).exclude(pk=lead.pk)
    return list(found.select_related("owner").order_by("pk")[:5])
