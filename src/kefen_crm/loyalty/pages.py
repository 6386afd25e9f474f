"""What the pages of others show of loyalty: the customer's panel, its timeline, what needs care."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from kefen_crm.customers.links import linked
from kefen_crm.customers.queries import may_change
from kefen_crm.loyalty import actions, coupons, leaving, tiers
from kefen_crm.loyalty.models import Member, Operation
from kefen_crm.loyalty.permits import REDEEM
from kefen_crm.loyalty.programme import points_rules
from kefen_crm.loyalty.queries import balance, members_for
from kefen_crm.platform import numbers
from kefen_crm.platform.parts import (
    AttentionItem,
    Moment,
    Moments,
    Notice,
    NoticeKind,
    NoticeText,
    TimelineKind,
)
from kefen_crm.platform.standing_words import said
from kefen_crm.team.roles import may

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer
    from kefen_crm.platform.models import Event

GROUP = gettext_lazy("Loyalty")
FALLING = "loyalty.tier-falling"
LISTED: Final = 5
WEEK: Final = timedelta(days=7)


def panel(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """What a member has; nothing where there is no programme, or nothing can be done."""
    member = Member.objects.filter(customer=customer).first()
    if member is None and not points_rules():
        return None
    user: Any = request.user
    writable = may(user, REDEEM) and may_change(user, customer)
    if member is None:
        return {"member": None, "writable": True, "empty": True} if writable else None
    if member.left:
        return {"member": None, "left": member, "writable": writable, "empty": not writable}
    day = actions.today()
    open_ = member.coupons.filter(redeemed_at=None, cancelled_at=None).exclude(expires__lt=day)
    has = balance(member, actions.rule_of(customer), day)
    points = f"{_('Points')} {numbers.whole(has.available)}"
    return {
        "member": member,
        "balance": has,
        "summary": f"{said(member.tier)} · {points}" if member.tier else points,
        "open_coupons": list(open_[:LISTED]),
        "writable": writable,
    }


def attention(request: HttpRequest) -> Iterator[AttentionItem]:
    """Members whose fall from a tier is announced."""
    user: Any = request.user
    if not points_rules():
        return
    falling = members_for(user).filter(noticed__isnull=False).order_by("tier_until", "pk")
    if count := falling.count():
        title = ngettext(
            "%(n)s member is about to lose a tier",
            "%(n)s members are about to lose a tier",
            count,
        )
        yield AttentionItem(
            "trending-down", "blue", title % {"n": count},
            _("A purchase in time would keep it"),
            f"{reverse('loyalty:members')}?falling=1",
            names=linked([one.customer for one in falling[:3]]),
        )  # fmt: skip


def moments(
    _request: HttpRequest, customer: Customer, before: datetime | None, most: int
) -> Iterator[Moment]:
    """Changes of points that nobody made by hand: of orders that landed, and expired ones."""
    found = Operation.objects.filter(member__customer=customer, by=None).exclude(points=0, debt=0)
    if before is not None:
        found = found.filter(at__lt=before)
    for one in found[:most]:
        words = [f"{one.points:+,}", one.order]
        if one.debt > 0:
            words.append(_("%(points)s owed") % {"points": numbers.whole(one.debt)})
        title = _("Points %(done)s") % {"done": one.get_kind_display()}
        yield Moment(
            one.at, f"points-{one.pk}", title, "coins", GROUP, " · ".join(filter(None, words))
        )


MOMENTS = Moments((GROUP,), moments)


def points_detail(event: Event) -> str:
    """How many points, and for which order."""
    told = event.after or {}
    words = [f"{told['points']:+,}" if told.get("points") else "", told.get("title", "")]
    words += [told.get("order", ""), event.reason]
    return " · ".join(filter(None, words))


def tier_detail(event: Event) -> str:
    """From which tier to which, and until when."""
    before, after = event.before or {}, event.after or {}
    was, is_now = (said(one.get("tier", "")) or _("no tier") for one in (before, after))
    names = f"{was} → {is_now}"
    if event.verb == tiers.ANNOUNCED:
        names = said(after.get("tier", ""))
    until = after.get("until")
    return " · ".join(filter(None, [names, _("until %(day)s") % {"day": until} if until else ""]))


TIMELINE = (
    TimelineKind(actions.JOINED, gettext_lazy("Became a member"), "id-badge-2", GROUP,
                 lambda _event: ""),
    TimelineKind(actions.EARNED, gettext_lazy("Points earned"), "coins", GROUP, points_detail),
    TimelineKind(actions.SPENT, gettext_lazy("Points spent"), "coins", GROUP, points_detail),
    TimelineKind(actions.REVERSED, gettext_lazy("Points taken back or restored"), "coins", GROUP,
                 points_detail),
    TimelineKind(actions.ADJUSTED, gettext_lazy("Points corrected"), "coins", GROUP, points_detail),
    TimelineKind(actions.OPENED, gettext_lazy("Member's page opened"), "world", GROUP,
                 lambda _event: ""),
    TimelineKind(leaving.LEFT, gettext_lazy("Left the programme"), "user-minus", GROUP,
                 points_detail),
    TimelineKind(actions.CLOSED, gettext_lazy("Member's page closed"), "world-off", GROUP,
                 lambda _event: ""),
    TimelineKind(coupons.ISSUED, gettext_lazy("Coupon issued"), "ticket", GROUP, points_detail),
    TimelineKind(coupons.REDEEMED, gettext_lazy("Coupon redeemed"), "ticket", GROUP,
                 points_detail),
    TimelineKind(coupons.REINSTATED, gettext_lazy("Coupon can be redeemed again"), "ticket", GROUP,
                 points_detail),
    TimelineKind(coupons.CANCELLED, gettext_lazy("Coupon cancelled"), "ticket-off", GROUP,
                 points_detail),
    TimelineKind(tiers.ROSE, gettext_lazy("Rose to a tier"), "trending-up", GROUP, tier_detail),
    TimelineKind(tiers.FELL, gettext_lazy("Fell from a tier"), "trending-down", GROUP, tier_detail),
    TimelineKind(tiers.ANNOUNCED, gettext_lazy("About to lose a tier"), "trending-down", GROUP,
                 tier_detail),
)  # fmt: skip

KIND = NoticeKind(FALLING, gettext_lazy("A member is about to lose a tier"), "trending-down",
                  mail=False)  # fmt: skip


def _whom(event: Event) -> list[Any]:
    return [event.customer.owner] if event.customer and event.customer.owner else []


def _say(event: Event) -> NoticeText | None:
    customer, after = event.customer, event.after or {}
    if customer is None:
        return None
    return NoticeText(
        gettext_noop("%(customer)s loses the tier %(tier)s on %(day)s unless it buys more"),
        {"customer": customer.name, "tier": after.get("tier", ""), "day": after.get("until", "")},
        reverse("customers:detail", args=[customer.code]),
    )


NOTICES = (Notice(tiers.ANNOUNCED, FALLING, _whom, _say),)
