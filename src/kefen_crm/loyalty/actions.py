"""What tills and people do: members join, earn, spend, give back, and see their own page."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.customers.queries import changeable_by
from kefen_crm.grading.scopes import facts_of
from kefen_crm.loyalty import accounting, leaving
from kefen_crm.loyalty.models import Award, Member, Operation
from kefen_crm.loyalty.permits import REDEEM
from kefen_crm.loyalty.programme import (
    expiry_of,
    named,
    points_for,
    points_rules,
    rate_of,
    tier_rules,
)
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.platform.scoped_rules import decide
from kefen_crm.team.actions import digest
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal

    from kefen_crm.customers.models import Customer
    from kefen_crm.loyalty.programme import PointsRule
    from kefen_crm.team.models import User

JOINED: Final = "loyalty.joined"
EARNED: Final = "loyalty.earned"
SPENT: Final = "loyalty.spent"
REVERSED: Final = "loyalty.reversed"
ADJUSTED: Final = "loyalty.adjusted"
OPENED: Final = "loyalty.page-opened"
CLOSED: Final = "loyalty.page-closed"
_LEFT: Final = gettext_lazy("This customer left the programme. Make it a member again first.")
MOST: Final = 100_000_000
"""Points at once, and of a member."""
Kind = Operation.Kind


def today() -> date:
    """The day in the company's zone."""
    return current().today(timezone.now())


def rule_of(customer: Customer) -> PointsRule | None:
    """The rule of points that holds for a customer."""
    found = points_rules()
    return decide(found, facts_of(customer)).rule if found else None


@transaction.atomic
def join(actor: User, customer: Customer, *, key: str = "") -> Member:
    """Make a customer a member, again where it left; one that is stays as it is.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist: out of reach of `actor`.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk}
    if answer := events.answered(actor, JOINED, key, given):
        found: Any = answer.target()
        return found  # type: ignore[no-any-return]
    member, new = Member.objects.get_or_create(customer=customer, defaults={"joined": today()})
    if not new:
        member = accounting.locked(member.pk)
    if member.left:
        leaving.come_back(member, today())
        new = True
    if new:
        events.record(actor, JOINED, member, key=key, given=given)
    return member


@transaction.atomic
def earn(
    actor: User,
    customer: Customer,
    *,
    amount: Decimal | None = None,
    points: int | None = None,
    order: str = "",
    reason: str = "",
    expected_version: int | None = None,
    key: str = "",
) -> Operation:
    """Give a member points: by the rules for an amount, or so many.

    An order gives points once, whoever tells of it first: the till or the facts.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field; for whom no rule holds, and an order that gave points already.
        Stale: when the member is of another version than `expected_version`.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {
        "customer": customer.pk, "amount": None if amount is None else str(amount),
        "points": points, "order": order, "reason": reason,
    }  # fmt: skip
    if answer := events.answered(actor, EARNED, key, given):
        return _operation(answer)
    if (amount is None) == (points is None):
        raise ValidationError({"amount": _("Say an amount or points, one of them.")})
    if (amount is not None and amount <= 0) or (points is not None and not 0 < points <= MOST):
        raise ValidationError({"points" if amount is None else "amount": _("More than 0, please.")})
    rule = rule_of(customer)
    if rule is None:
        raise ValidationError(_("No rule of points holds for this customer."))
    member, new = Member.objects.get_or_create(customer=customer, defaults={"joined": today()})
    if new:
        events.record(actor, JOINED, member)
    member = _locked(member, expected_version)
    if member.left:
        raise ValidationError(_LEFT, code="no-member")
    tier = named(tier_rules(), member.tier)
    rate = 0  # the till says how many
    if amount is not None:
        rate = rate_of(rule, tier)
        points = points_for(amount, rate)
    points = points or 0
    if points > MOST or member.points + points > MOST:
        raise ValidationError({"amount": _("That would be too many points for one member.")})
    day, at = today(), timezone.now()
    document = f"order:{order}" if order else f"till:{secrets.token_hex(12)}"
    award = Award.objects.filter(document=document).first()
    if award and (award.member_id != member.pk or award.gross_till is not None):
        raise ValidationError({"order": _("This order gave points already.")}, code="order-known")
    award = award or Award(
        member=member, document=document, on=day, expires=expiry_of(rule, day), rate=rate
    )
    award.member, award.gross_till = member, points
    if amount is not None and award.gross_ledger is None:
        award.amount = amount
    award.save()
    more: dict[str, Any] = {
        "key": _key(actor, EARNED, key), "by": actor, "order": order, "amount": amount,
        "reason": reason.strip()[:500],
    }  # fmt: skip
    done = accounting.settle(award, at, day=day, **more) or accounting.give(
        member, "", 0, at, day=day, earned=day, expires=None, award=award, **more
    )
    return _recorded(actor, EARNED, done, key, given)


@transaction.atomic
def spend(
    actor: User,
    customer: Customer,
    points: int,
    *,
    order: str = "",
    reason: str = "",
    expected_version: int | None = None,
    key: str = "",
) -> Operation:
    """Spend a member's points, what expires first first.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field; `too-few-points`.
        Stale: when the member is of another version than `expected_version`.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "points": points, "order": order, "reason": reason}
    if answer := events.answered(actor, SPENT, key, given):
        return _operation(answer)
    member = _locked(member_of(customer), expected_version)
    done = spent(
        member, points, by=actor, key=_key(actor, SPENT, key), order=order,
        reason=reason.strip()[:500],
    )  # fmt: skip
    return _recorded(actor, SPENT, done, key, given)


def spent(member: Member, points: int, **more: Any) -> Operation:
    """Spend points of a locked member, where it has as many."""
    day = today()
    there = accounting.available(member, day)
    if points <= 0:
        raise ValidationError({"points": _("More than 0, please.")})
    if points > there:
        told = _("There are %(points)s points to spend.") % {"points": there}
        raise ValidationError({"points": ValidationError(told, code="too-few-points")})
    return accounting.spend(member, points, timezone.now(), day=day, **more)


@transaction.atomic
def reverse(
    actor: User,
    operation: Operation,
    *,
    points: int | None = None,
    reason: str = "",
    key: str = "",
) -> Operation:
    """Take back an earning, or restore a spending, whole or in part.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Operation.DoesNotExist: out of reach of `actor`.
        ValidationError: for more points than are left of it, and what cannot be taken back.
        KeyReused: when the key came with something else before.
    """
    require(actor, REDEEM)
    mine = Operation.objects.filter(member__customer__in=changeable_by(actor))
    operation = mine.select_related("member").get(pk=operation.pk)
    given = {"operation": operation.pk, "points": points, "reason": reason}
    if answer := events.answered(actor, REVERSED, key, given):
        return _operation(answer)
    member = accounting.locked(operation.member_id)
    more: dict[str, Any] = {
        "key": _key(actor, REVERSED, key), "by": actor, "order": operation.order,
        "reason": reason.strip()[:500],
    }  # fmt: skip
    if operation.kind == Kind.SPENT:
        done = _restored(member, operation, points, more)
    elif operation.kind == Kind.EARNED and operation.award_id:
        done = _taken_back(member, operation, points, more)
    else:
        raise ValidationError(_("Only what was earned or spent is taken back."))
    return _recorded(actor, REVERSED, done, key, given)


def _restored(
    member: Member, operation: Operation, points: int | None, more: Mapping[str, Any]
) -> Operation:
    left = -operation.points - accounting.restored(operation)
    points = _part(points, left)
    return accounting.restore(member, operation, points, timezone.now(), day=today(), **more)


def _taken_back(
    member: Member, operation: Operation, points: int | None, more: Mapping[str, Any]
) -> Operation:
    award = Award.objects.select_related("member").get(operations=operation)
    award.member = member
    points = _part(points, max(award.gross, 0) - award.back_till)
    award.back_till += points
    award.save(update_fields=["back_till"])
    at, day = timezone.now(), today()
    told = dict(more, reverses=operation)
    return accounting.settle(award, at, day=day, **told) or accounting.take_back(
        member, award, 0, at, day=day, **told
    )


def _part(points: int | None, left: int) -> int:
    if left <= 0:
        raise ValidationError(_("All of it is taken back already."), code="nothing-left")
    if points is None:
        return left
    if not 0 < points <= left:
        told = _("From 1 to %(points)s points can be taken back.") % {"points": left}
        raise ValidationError({"points": told})
    return points


@transaction.atomic
def adjust(
    actor: User, customer: Customer, points: int, reason: str, *, key: str = ""
) -> Operation:
    """Give or take points by hand, with a reason.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "points": points, "reason": reason}
    if answer := events.answered(actor, ADJUSTED, key, given):
        return _operation(answer)
    member = accounting.locked(member_of(customer).pk)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    if not points or abs(points) > MOST or member.points + points > MOST:
        raise ValidationError({"points": _("Another number, please.")})
    day, at = today(), timezone.now()
    if -points > accounting.available(member, day):
        raise ValidationError({"points": _("The member has fewer points.")})
    more: dict[str, Any] = {
        "kind": Kind.CORRECTED, "key": _key(actor, ADJUSTED, key), "by": actor,
        "reason": reason.strip()[:500],
    }  # fmt: skip
    rule = rule_of(customer)
    if points > 0:
        source = f"adjust:{secrets.token_hex(12)}"
        expires = expiry_of(rule, day) if rule else None
        done = accounting.give(
            member, source, points, at, day=day, earned=day, expires=expires, **more
        )
    else:
        done = accounting.take_back(member, None, -points, at, day=day, **more)
    return _recorded(actor, ADJUSTED, done, key, given)


@transaction.atomic
def open_page(actor: User, customer: Customer) -> tuple[Member, str]:
    """A new address of the member's own page; gives its secret part, and closes the one before.

    Raises:
        PermissionDenied: unless `actor` may redeem.
        Customer.DoesNotExist: out of reach of `actor`.
    """
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    member = accounting.locked(member_of(customer).pk)
    token = secrets.token_urlsafe(18)
    member.digest, member.page_at = digest(token), timezone.now()
    events.raised(member)
    events.record(actor, OPENED, member)
    return member, token


@transaction.atomic
def close_page(actor: User, customer: Customer) -> Member:
    """Close the member's own page; one that is closed stays so."""
    require(actor, REDEEM)
    customer = changeable_by(actor).get(pk=customer.pk)
    member = accounting.locked(member_of(customer).pk)
    if member.digest is not None:
        member.digest = member.page_at = None
        events.raised(member)
        events.record(actor, CLOSED, member)
    return member


def member_of(customer: Customer) -> Member:
    """The membership of a customer.

    Raises:
        ValidationError: where it is no member, or left.
    """
    found = Member.objects.filter(customer=customer).first()
    if found is not None and found.left:
        raise ValidationError(_LEFT, code="no-member")
    if found is None:
        raise ValidationError(_("This customer is no member."), code="no-member")
    return found


def _locked(member: Member, expected_version: int | None) -> Member:
    return events.locked(Member.objects.select_related("customer"), member.pk, expected_version)


def _key(actor: User, verb: str, key: str) -> str | None:
    return f"{actor.pk}/{verb}/{key}" if key else None


def _recorded(
    actor: User, verb: str, done: Operation, key: str, given: Mapping[str, Any]
) -> Operation:
    after = {
        "points": done.points,
        "debt": done.debt,
        "balance": done.member.points,
        "order": done.order,
    }
    events.record(
        actor, verb, done, customer=done.member.customer, after=after, reason=done.reason,
        key=key, given=given,
    )  # fmt: skip
    return done


def _operation(answer: Any) -> Operation:
    found: Operation = answer.target()
    return found
