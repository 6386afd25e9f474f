"""What the pages of others show of holdings: the customer's panel, the search, the timeline."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.core.cache import caches
from django.db.models import Count, F, Sum
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kefen_crm.customers.links import linked
from kefen_crm.customers.queries import changeable_by, may_change, some_who_sees_all
from kefen_crm.holdings.actions.releasing import may_release
from kefen_crm.holdings.forms import AssignForm
from kefen_crm.holdings.limits import held_by
from kefen_crm.holdings.models import Falling, Pool
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.holdings.queries import falling_of, found_in_pool, pooled_for, seen, sees_everything
from kefen_crm.holdings.sharing import without_owner
from kefen_crm.holdings.tonight import SHARE
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import AttentionItem, Hit
from kefen_crm.platform.remembered import remembered
from kefen_crm.team.models import User
from kefen_crm.team.queries import offer_people
from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from django.db.models import QuerySet
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

LISTED = 10
"""Holdings on the customer's page."""
_HITS = 5
_DAY_MOST = 200
"""Customers about to fall that the page of the day counts."""
_KNOWN, _WHILE = "holdings-any-pool", 60


def any_pool() -> bool:
    """Whether there is a pool at all."""
    return Pool.objects.exists()


def pool_known() -> bool:
    """Whether there is a pool, for the menu of every page: asked once in a while.

    A process that makes or removes one knows at once, others within a minute.
    """
    known: bool | None = caches["process"].get(_KNOWN)
    if known is None:
        known = any_pool()
        caches["process"].set(_KNOWN, known, _WHILE)
    return known


def forget_pool(**_of_signal: object) -> None:
    """Ask anew whether there is a pool."""
    caches["process"].delete(_KNOWN)


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """Who holds the customer and held it before; assigning and releasing for whoever may."""
    user: Any = request.user
    found = list(customer.holdings.select_related("user", "by")[: LISTED + 1])
    writable = may_change(user, customer)
    assigns = writable and may(user, Permit.ASSIGN_CUSTOMERS)
    entry = getattr(customer, "pool_entry", None)
    if not (found or assigns or entry):
        return None
    assign_form = AssignForm(initial={"owner": customer.owner_id}) if assigns else None
    if assign_form:
        offer_people(request, assign_form.fields["owner"])
    falling = getattr(customer, "falling", None) if customer.owner_id else None
    return {
        "holdings": found[:LISTED],
        "more": len(found) > LISTED,
        "entry": entry,
        "falling": falling,
        "assign_form": assign_form,
        "releases": writable and may_release(user, customer) and any_pool(),
        "summary": _("Falls into the pool on %(day)s") % {"day": numbers.day(falling.falls_on)}
        if falling
        else entry.pool
        if entry
        else customer.owner or "",
        "pressing": falling is not None,
    }


def find(request: HttpRequest, text: str) -> Iterator[Hit]:
    """Customers in the pools of whoever asks, whom the list of customers does not show them."""
    user: Any = request.user
    if sees_everything(user) or not text.strip():
        return
    for customer in pooled_for(user).filter(found_in_pool(user, text)).order_by("code")[:_HITS]:
        one = seen(user, customer)
        address = reverse("holdings:pooled", args=[customer.code])
        yield Hit(one.name, _("in the pool “%(name)s”") % {"name": one.entry.pool.name}, address)


def detail(event: Event) -> str:
    """Who held the customer before and who does now, with the reason."""
    people = [
        _named((side or {}).get("owner")) for side in (event.before, event.after)
    ]  # fmt: skip
    told = " → ".join(people)
    return f"{told} · {event.reason}" if event.reason else told


def warning(event: Event) -> str:
    """Why a customer is about to fall, and in how many working days."""
    found = event.after or {}
    told = {"rule": found.get("rule", ""), "count": found.get("left", 0)}
    return _("Rule “%(rule)s”, working days left: %(count)s") % told


def day(request: HttpRequest) -> dict[str, Any] | None:
    """On which days which of the own customers fall into the pool, the next day first."""
    user: Any = request.user
    if not may(user, CLAIM):
        return None
    found = list(falling_of(user).order_by("falls_on", "customer__code")[:_DAY_MOST])
    by_day: dict[date, list[Customer]] = {}
    for one in found:
        by_day.setdefault(one.falls_on, []).append(one.customer)
    due = _due(user)
    if not by_day and not due:
        return None
    days = [(on, customers, customers[:_HITS]) for on, customers in by_day.items()]
    held = held_by(user.pk)
    a_night = max(1, remembered(held, "count", held.count) // SHARE) if days else 0
    return {"days": days, "a_night": a_night, "due": due}


def _due(user: Any) -> dict[str, Any] | None:
    """How many customers of others are due for the pool next, and when; for who may stop it."""
    if not may(user, Permit.ASSIGN_CUSTOMERS):
        return None
    found = Falling.objects.filter(customer__in=changeable_by(user)).exclude(owner=user)
    days: Any = found.order_by("falls_on").values("falls_on").annotate(count=Count("pk"))
    return days.first()  # type: ignore[no-any-return]


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Own customers about to fall; for who assigns, customers of people who left."""
    user: Any = request.user
    if not user.is_authenticated:
        return
    falling = falling_of(user)
    if count := falling.count():
        told = ngettext(
            "%(count)s customer of yours is about to fall into the pool",
            "%(count)s customers of yours are about to fall into the pool",
            count,
        )
        yield AttentionItem(
            "pool",
            "orange",
            told % {"count": numbers.whole(count)},
            _("Speak to them in time, or release them with a reason"),
            reverse("holdings:falling"),
            names=linked(one.customer for one in falling[:_HITS]),
        )
    if not may(user, Permit.ASSIGN_CUSTOMERS):
        return
    left = changeable_by(user).filter(owner__is_active=False)
    if count := left.count():
        told = ngettext(
            "%(count)s customer is still with somebody who left",
            "%(count)s customers are still with people who left",
            count,
        )
        yield AttentionItem(
            "user-off",
            "orange",
            told % {"count": numbers.whole(count)},
            _("Hand them over; it can be undone for a week"),
            reverse("holdings:handover"),
            money=left.order_by().aggregate(sales=Sum("sales"))["sales"],
            names=linked(left.order_by(F("sales").desc(nulls_last=True), "code")[:3]),
        )
    count, sales = _free(user)
    if count:
        told = ngettext(
            "%(count)s customer has nobody who looks after it",
            "%(count)s customers have nobody who looks after them",
            count,
        )
        yield AttentionItem(
            "user-question",
            "orange",
            told % {"count": numbers.whole(count)},
            _(
                "So there are no tasks, rhythm or care for them: share or assign them, or import "
                "owners"
            ),
            reverse("holdings:without_owner"),
            money=sales,
        )


def read_ahead() -> None:
    """Ask for how many have nobody, of whoever sees all."""
    if user := some_who_sees_all():
        _free(user)


def _free(user: Any) -> tuple[int, Decimal | None]:
    """How many customers have nobody who looks after them, and what these bring."""
    found = without_owner(user)
    return remembered(found, "sales", lambda: _summed(found), stored=tuple[int, Decimal | None])


def _summed(found: QuerySet[Customer]) -> tuple[int, Decimal | None]:
    told = found.aggregate(count=Count("pk"), sales=Sum("sales"))
    return told["count"], told["sales"]


def _named(number: Any) -> str:
    user = User.objects.filter(pk=int(number)).first() if str(number or "").isdecimal() else None
    return user.display_name if user else _("Nobody")
