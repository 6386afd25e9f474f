"""Coupons: issued for points or as a gift, redeemed once, cancelled, and given back."""

from __future__ import annotations

import secrets
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.grading.scopes import facts_of
from kefen_crm.loyalty import accounting
from kefen_crm.loyalty.actions import member_of, spent, today
from kefen_crm.loyalty.models import Coupon
from kefen_crm.loyalty.permits import REDEEM
from kefen_crm.loyalty.programme import REWARDS, RewardRule, named
from kefen_crm.platform import events, rules
from kefen_crm.platform.scoped_rules import misfit
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

ISSUED: Final = "loyalty.coupon-issued"
REDEEMED: Final = "loyalty.coupon-redeemed"
REINSTATED: Final = "loyalty.coupon-reinstated"
CANCELLED: Final = "loyalty.coupon-cancelled"
LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of codes: none looks like another."""
LENGTH: Final = 10


def rewards_for(customer: Customer) -> list[RewardRule]:
    """What a customer may have for points, the cheapest first."""
    found: list[RewardRule] = rules.in_force(REWARDS)
    facts = facts_of(customer) if found else None
    fitting = [one for one in found if facts and not misfit(one.scope, facts)]
    return sorted(fitting, key=lambda one: one.points)


@transaction.atomic
def issue(actor: User, customer: Customer, reward: str, *, key: str = "") -> Coupon:
    """Issue a coupon for points.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: for no such reward, and for too few points.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "reward": reward}
    if answer := events.answered(actor, ISSUED, key, given):
        return _coupon(answer)
    rule = named(rewards_for(customer), reward)
    if rule is None:
        raise ValidationError({"reward": _("There is no such reward for this customer.")})
    member = accounting.locked(member_of(customer).pk)
    paid = spent(member, rule.points, by=actor, reason=rule.name)
    made = Coupon.objects.create(
        member=member, code=_new_code(), title=rule.name, operation=paid, by=actor,
        worth=Decimal(rule.worth) if rule.worth else None,
        expires=today() + timedelta(days=rule.days), issued_at=timezone.now(),
    )  # fmt: skip
    return _recorded(actor, ISSUED, made, key=key, given=given, points=-rule.points)


@transaction.atomic
def gift(
    actor: User,
    customer: Customer,
    title: str,
    *,
    worth: Decimal | None = None,
    days: int = 90,
    reason: str = "",
    key: str = "",
) -> Coupon:
    """Issue a coupon that costs no points, with a reason.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {
        "customer": customer.pk, "title": title, "worth": None if worth is None else str(worth),
        "days": days, "reason": reason,
    }  # fmt: skip
    if answer := events.answered(actor, ISSUED, key, given):
        return _coupon(answer)
    member = member_of(customer)
    wrong = {}
    if not title.strip():
        wrong["title"] = _("Say what it is for.")
    if not reason.strip():
        wrong["reason"] = _("Say why.")
    if worth is not None and worth <= 0:
        wrong["worth"] = _("More than 0, please.")
    if not 0 < days <= 3_650:
        wrong["days"] = _("From 1 to 3650 days.")
    if wrong:
        raise ValidationError(wrong)
    made = Coupon.objects.create(
        member=member, code=_new_code(), title=title.strip()[:80], worth=worth, by=actor,
        expires=today() + timedelta(days=days), issued_at=timezone.now(),
    )  # fmt: skip
    return _recorded(actor, ISSUED, made, key=key, given=given, reason=reason)


@transaction.atomic
def redeem(actor: User, code: str, *, order: str = "", key: str = "") -> Coupon:
    """Redeem a coupon, once.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Coupon.DoesNotExist: for an unknown code, and out of reach of `actor`.
        ValidationError: where it was redeemed or cancelled, or has run out.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    given = {"code": code, "order": order}
    if answer := events.answered(actor, REDEEMED, key, given):
        return _coupon(answer)
    coupon = _locked(actor, code=code.strip().upper())
    refusal = {
        "redeemed": _("This coupon was redeemed already."),
        "cancelled": _("This coupon was cancelled."),
        "expired": _("This coupon has run out."),
    }.get(state := coupon.state(today()))
    if refusal:
        raise ValidationError(refusal, code=f"coupon-{state}")
    coupon.redeemed_at, coupon.order = timezone.now(), order[:200]
    events.raised(coupon)
    return _recorded(actor, REDEEMED, coupon, key=key, given=given)


@transaction.atomic
def reinstate(actor: User, coupon: Coupon, *, reason: str = "") -> Coupon:
    """Let a coupon be redeemed again, because its order came back; an open one stays as it is.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Coupon.DoesNotExist: out of reach of `actor`.
    """
    require(actor, REDEEM)
    coupon = _locked(actor, pk=coupon.pk)
    if coupon.redeemed_at:
        coupon.redeemed_at, coupon.order = None, ""
        events.raised(coupon)
        _recorded(actor, REINSTATED, coupon, reason=reason)
    return coupon


@transaction.atomic
def cancel(actor: User, coupon: Coupon, *, reason: str = "") -> Coupon:
    """Cancel a coupon that is not redeemed; the points that paid for it are restored.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Coupon.DoesNotExist: out of reach of `actor`.
        ValidationError: where it was redeemed.
    """
    require(actor, REDEEM)
    coupon = Coupon.objects.filter(member__customer__in=changeable_by(actor)).get(pk=coupon.pk)
    member = accounting.locked(coupon.member_id)
    coupon = _locked(actor, pk=coupon.pk)
    if coupon.redeemed_at:
        raise ValidationError(_("This coupon was redeemed already."), code="coupon-redeemed")
    if coupon.cancelled_at:
        return coupon
    coupon.cancelled_at = timezone.now()
    events.raised(coupon)
    left = 0
    if coupon.operation is not None:
        left = -coupon.operation.points - accounting.restored(coupon.operation)
    if coupon.operation is not None and left > 0:
        accounting.restore(
            member, coupon.operation, left, timezone.now(), day=today(), by=actor, reason=reason
        )
    return _recorded(actor, CANCELLED, coupon, reason=reason, points=left)


def _locked(actor: User, **which: Any) -> Coupon:
    mine = Coupon.objects.filter(member__customer__in=changeable_by(actor))
    return (
        mine.select_for_update(of=("self",))
        .select_related("member__customer", "operation")
        .get(**which)
    )


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _each in range(LENGTH))


def _recorded(
    actor: User,
    verb: str,
    coupon: Coupon,
    *,
    key: str = "",
    given: Mapping[str, Any] | None = None,
    reason: str = "",
    points: int = 0,
) -> Coupon:
    after = {"title": coupon.title, "order": coupon.order} | ({"points": points} if points else {})
    events.record(
        actor, verb, coupon, customer=coupon.member.customer, after=after, reason=reason[:500],
        key=key, given=given,
    )  # fmt: skip
    return coupon


def _coupon(answer: Any) -> Coupon:
    found: Coupon = answer.target()
    return found
