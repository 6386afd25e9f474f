"""Exceptions and holds: asked for, decided, ended; placed, released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.credit.models import CreditException, CreditHold
from kefen_crm.credit.permits import APPROVE, HOLD
from kefen_crm.credit.refreshing import renew
from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.receivables.actions import COLLECT
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from django.db.models import QuerySet

    from kefen_crm.team.models import User

LONGEST = 366
"""Days ahead that an exception may reach."""
State = CreditException.State


@transaction.atomic
def ask(
    actor: User,
    customer: Customer,
    *,
    until: date,
    reason: str,
    limit: Decimal | None = None,
    despite_overdue: bool = False,
    key: str = "",
) -> CreditException:
    """Ask for other terms for a customer until a day; `limit` in the base currency.

    Raises:
        PermissionDenied: unless `actor` may collect.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, COLLECT)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {
        "customer": customer.pk, "until": until, "reason": reason,
        "limit": str(limit), "despite_overdue": despite_overdue,
    }  # fmt: skip
    if answer := events.answered(actor, "credit.asked", key, given):
        return _exception(answer)
    today = current().today(timezone.now())
    wrong = {}
    if not 0 <= (until - today).days <= LONGEST:
        wrong["until"] = _("A day from today on, within a year.")
    if not reason.strip():
        wrong["reason"] = _("Say why.")
    if limit is None and not despite_overdue:
        wrong["limit"] = _("Say which limit, or that orders pass although money is late.")
    if limit is not None and limit < 0:
        wrong["limit"] = _("0 or more, please.")
    if wrong:
        raise ValidationError(wrong)
    asked = CreditException(
        customer=customer, limit=limit, despite_overdue=despite_overdue, until=until,
        reason=reason.strip(), by=actor,
    )  # fmt: skip
    asked.full_clean(exclude=["customer", "by", "decided_by"])
    asked.save()
    events.record(
        actor, "credit.asked", asked, after=summary(asked), reason=reason, key=key, given=given
    )
    return asked


@transaction.atomic
def decide(
    actor: User,
    asked: CreditException,
    *,
    approve: bool,
    answer: str = "",
    expected_version: int | None = None,
) -> CreditException:
    """Approve or reject what somebody else asked for.

    Raises:
        PermissionDenied: unless `actor` may approve, and did not ask for it.
        CreditException.DoesNotExist: out of reach of `actor`, or decided already.
        Stale: when it is of another version than `expected_version`.
        ValidationError: when a rejection says no reason, or the day has passed.
    """
    require(actor, APPROVE)
    asked = events.locked(_open(actor).filter(state=State.ASKED), asked.pk, expected_version)
    if asked.by_id == actor.pk:
        raise PermissionDenied(_("Whoever asks for an exception does not approve it."))
    if not approve and not answer.strip():
        raise ValidationError({"answer": _("Say why.")})
    if approve and asked.until < current().today(timezone.now()):
        raise ValidationError(_("The day until which it would hold has passed."))
    asked.state = State.APPROVED if approve else State.REJECTED
    asked.decided_by, asked.answer = actor, answer.strip()[:500]
    events.raised(asked)
    verb = f"credit.{asked.state}"
    events.record(actor, verb, asked, after=summary(asked), reason=asked.answer)
    renew(asked.customer)
    return asked


@transaction.atomic
def end(actor: User, asked: CreditException, reason: str = "") -> CreditException:
    """End an exception before its day, or take back one that was only asked for.

    Raises:
        PermissionDenied: unless `actor` asked for it, or may approve.
        CreditException.DoesNotExist: out of reach of `actor`, or over.
    """
    require(actor, COLLECT)
    known = _open(actor).filter(state__in=(State.ASKED, State.APPROVED))
    asked = events.locked(known, asked.pk)
    if asked.by_id != actor.pk:
        require(actor, APPROVE)
    asked.state = State.ENDED
    events.raised(asked)
    events.record(actor, "credit.ended", asked, after=summary(asked), reason=reason)
    renew(asked.customer)
    return asked


@transaction.atomic
def hold(actor: User, customer: Customer, reason: str, *, key: str = "") -> CreditHold:
    """Hold a customer's orders on credit; where they are held already, that hold stays.

    Raises:
        PermissionDenied: unless `actor` may hold.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: without a reason.
        KeyReused: when the key came with something else before.
    """
    require(actor, HOLD)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "reason": reason}
    if answer := events.answered(actor, "credit.held", key, given):
        found: Any = answer.target()
        return found  # type: ignore[no-any-return]
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    known = CreditHold.objects.filter(customer=customer, released_at=None).first()
    if known:
        return known
    placed = CreditHold.objects.create(customer=customer, reason=reason.strip()[:500], by=actor)
    events.record(actor, "credit.held", placed, reason=placed.reason, key=key, given=given)
    renew(customer)
    return placed


@transaction.atomic
def release(
    actor: User, held: CreditHold, reason: str, *, expected_version: int | None = None
) -> CreditHold:
    """Let a customer's orders pass again.

    Raises:
        PermissionDenied: unless `actor` may hold.
        CreditHold.DoesNotExist: out of reach of `actor`, or released already.
        Stale: when it is of another version than `expected_version`.
        ValidationError: without a reason.
    """
    require(actor, HOLD)
    open_ = CreditHold.objects.filter(customer__in=changeable_by(actor), released_at=None)
    held = events.locked(open_.select_related("customer"), held.pk, expected_version)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    held.released_at, held.released_by = timezone.now(), actor
    held.release_reason = reason.strip()[:500]
    events.raised(held)
    events.record(actor, "credit.released", held, reason=held.release_reason)
    renew(held.customer)
    return held


def summary(one: CreditException) -> dict[str, Any]:
    """What an event says of an exception."""
    return {
        "limit": None if one.limit is None else str(one.limit),
        "despite_overdue": one.despite_overdue,
        "until": one.until.isoformat(),
    }


def _open(actor: User) -> QuerySet[CreditException]:
    mine = CreditException.objects.filter(customer__in=changeable_by(actor))
    return mine.select_related("customer")


def _exception(answer: Any) -> CreditException:
    found: CreditException = answer.target()
    return found
