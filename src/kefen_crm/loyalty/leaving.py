"""Members leave the programme, and may come back: what they had expires, nothing is deleted.

Leaving takes every point by an operation with a move against its lot, ends the tier and closes the
member's own page. Coupons that were issued hold until their day. What is owed stays owed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.queries import changeable_by
from kefen_crm.loyalty import accounting
from kefen_crm.loyalty.models import Departure, Member, TierPeriod
from kefen_crm.loyalty.permits import REDEEM
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from datetime import date

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

LEFT: Final = "loyalty.left"


@transaction.atomic
def leave(actor: User, customer: Customer, *, reason: str = "", key: str = "") -> Member:
    """Have a member leave the programme; one that left stays as it is.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist, Member.DoesNotExist: out of reach of `actor`, or no member.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    member = Member.objects.get(customer=customer)
    given = {"customer": customer.pk, "reason": reason}
    if events.answered(actor, LEFT, key, given):
        return member
    return _left(member, actor, reason, key=key, given=given)


@transaction.atomic
def leave_by_page(token: str) -> Member:
    """Have the member leave whose own page has this secret part.

    Raises:
        Member.DoesNotExist: when it is of no page.
    """
    return _left(Member.objects.get(digest=digest(token)), None, "")


def come_back(member: Member, day: date) -> None:
    """End the departure of a locked member; orders from that day on give points again."""
    member.departures.filter(back=None).update(back=day)
    member.left, member.joined = None, day
    events.raised(member)


def away(members: list[int]) -> dict[int, list[tuple[date, date | None]]]:
    """The days on which members were away, by their ids: from the first, before the second."""
    found: dict[int, list[tuple[date, date | None]]] = {}
    rows = Departure.objects.filter(member__in=members).order_by("pk")
    for pk, left, back in rows.values_list("member", "left", "back"):
        found.setdefault(pk, []).append((left, back))
    return found


def is_away(spans: list[tuple[date, date | None]], day: date) -> bool:
    """Whether a day is among them.

    >>> from datetime import date
    >>> spans = [(date(2026, 1, 5), date(2026, 2, 1))]
    >>> [is_away(spans, date(2026, month, 5)) for month in (1, 2)]
    [True, False]
    """
    return any(left <= day and (back is None or day < back) for left, back in spans)


def settle() -> int:
    """Empty what came to members after they left, such as points restored; gives how many."""
    keys = Member.objects.filter(left__isnull=False, points__gt=0).order_by("pk")
    count = 0
    for key in list(keys.values_list("pk", flat=True)):
        with transaction.atomic():
            member = accounting.locked(key)
            if member.left and member.points:
                accounting.empty(member, timezone.now())
                count += 1
    return count


def _left(member: Member, actor: User | None, reason: str, **more: Any) -> Member:
    member = accounting.locked(member.pk)
    if member.left:
        return member
    at = timezone.now()
    day = current().today(at)
    had = member.points
    before = {"points": had, "tier": member.tier}
    if member.points:
        accounting.empty(member, at, by=actor, reason=reason.strip()[:500])
    TierPeriod.objects.filter(member=member, ended=None).update(ended=day)
    Departure.objects.create(member=member, left=day, reason=reason.strip()[:500])
    member.left, member.tier, member.tier_until, member.noticed = day, "", None, None
    member.digest = member.page_at = None
    events.raised(member)
    events.record(actor, LEFT, member, before=before, after={"points": -had}, reason=reason, **more)
    return member
