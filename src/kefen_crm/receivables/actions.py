"""Promises and disputes: noted, withdrawn, settled."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.queries import changeable_by
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.receivables.models import Dispute, OpenInvoice, Promise
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from kefen_crm.customers.models import Customer
    from kefen_crm.team.models import User

COLLECT: Final = "collect"
"""The permit to note promises and disputes."""
MOST_PARTS: Final = 24
"""Instalments of a promise."""
FARTHEST: Final = 366
"""Days ahead that a promise may reach."""


@transaction.atomic
def promise(
    actor: User, customer: Customer, amount: Decimal, due_on: date, *, note: str = "", key: str = ""
) -> Promise:
    """Note what a customer promised to pay until a day; `amount` in the base currency.

    Raises:
        PermissionDenied: unless `actor` may collect.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, COLLECT)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "amount": str(amount), "due_on": due_on, "note": note}
    if answer := events.answered(actor, "promise.made", key, given):
        return _promise(answer)
    today = current().today(timezone.now())
    made = Promise(
        customer=customer, amount=amount, due_on=due_on, given_on=today, note=note.strip(), by=actor
    )
    _check(made, today)
    made.save()
    told = {"amount": str(amount), "due_on": due_on.isoformat()}
    events.record(actor, "promise.made", made, after=told, reason=made.note, key=key, given=given)
    return made


@transaction.atomic
def promise_parts(
    actor: User,
    customer: Customer,
    parts: Sequence[tuple[Decimal, date]],
    *,
    note: str = "",
    key: str = "",
) -> list[Promise]:
    """Note a promise to pay in instalments, each an amount until a day, the days ascending.

    Each is kept or broken by itself; what kept one keeps no other one.

    Raises:
        PermissionDenied, Customer.DoesNotExist, KeyReused: as `promise`.
        ValidationError: of the first instalment that is wrong, or of how many there are.
    """
    require(actor, COLLECT)
    customer = changeable_by(actor).get(pk=customer.pk)
    told = [[str(amount), due_on.isoformat()] for amount, due_on in parts]
    given = {"customer": customer.pk, "parts": told, "note": note}
    if answer := events.answered(actor, "promise.made", key, given):
        return list(Promise.objects.filter(plan=_promise(answer).plan).order_by("part"))
    if not 2 <= len(parts) <= MOST_PARTS:
        said = _("From 2 to %(most)s instalments.") % {"most": MOST_PARTS}
        raise ValidationError({"instalments": said})
    if any(due <= before for (_a, before), (_b, due) in pairwise(parts)):
        raise ValidationError({"due_on": _("Each instalment is due after the one before.")})
    today, plan, made = current().today(timezone.now()), uuid4(), []
    for number, (amount, due_on) in enumerate(parts, 1):
        one = Promise(
            customer=customer, amount=amount, due_on=due_on, given_on=today, note=note.strip(),
            by=actor, plan=plan, part=number, parts=len(parts),
        )  # fmt: skip
        _check(one, today)
        one.save()
        after = {"amount": str(amount), "due_on": due_on.isoformat(), "part": number}
        events.record(
            actor,
            "promise.made",
            one,
            after=after,
            reason=one.note,
            key=key if number == 1 else "",
            given=given,
        )
        made.append(one)
    return made


def _check(made: Promise, today: date) -> None:
    """Refuse a promise of nothing, or for a day that has passed or is far away."""
    if made.amount <= 0:
        raise ValidationError({"amount": _("More than 0, please.")})
    if not 0 <= (made.due_on - today).days <= FARTHEST:
        raise ValidationError({"due_on": _("A day from today on, within a year.")})
    made.full_clean(exclude=["customer", "by"])


@transaction.atomic
def withdraw(
    actor: User, made: Promise, *, expected_version: int | None = None, reason: str = "",
    key: str = "",
) -> Promise:  # fmt: skip
    """Take back an open promise.

    Raises:
        PermissionDenied, KeyReused: as `promise`.
        Promise.DoesNotExist: out of reach of `actor`, or not open any more.
        Stale: when it is of another version than `expected_version`.
    """
    require(actor, COLLECT)
    given = {"promise": made.pk, "version": expected_version}
    if answer := events.answered(actor, "promise.withdrawn", key, given):
        return _promise(answer)
    mine = Promise.objects.filter(customer__in=changeable_by(actor), state=Promise.State.OPEN)
    made = events.locked(mine, made.pk, expected_version)
    made.state = Promise.State.WITHDRAWN
    events.raised(made)
    told = {"amount": str(made.amount), "due_on": made.due_on.isoformat()}
    events.record(
        actor, "promise.withdrawn", made, before=told, reason=reason, key=key, given=given
    )
    return made


@transaction.atomic
def dispute(actor: User, customer: Customer, number: str, reason: str, *, key: str = "") -> Dispute:
    """Note that a customer disputes an open invoice, and why.

    Raises:
        PermissionDenied, Customer.DoesNotExist, KeyReused: as `promise`.
        ValidationError: by field; also where the invoice is not open, or in dispute already.
    """
    require(actor, COLLECT)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {"customer": customer.pk, "number": number, "reason": reason}
    if answer := events.answered(actor, "dispute.opened", key, given):
        return _dispute(answer)
    if not OpenInvoice.objects.filter(customer=customer, number=number).exists():
        raise ValidationError({"number": _("The customer owes nothing of such an invoice.")})
    if not reason.strip():
        raise ValidationError({"reason": _("Say what the customer objects to.")})
    opened = Dispute(customer=customer, number=number, reason=reason.strip(), by=actor)
    opened.full_clean(exclude=["customer", "by"], validate_constraints=False)
    if customer.disputes.filter(number=number, state=Dispute.State.OPEN).exists():
        raise ValidationError({"number": _("The invoice is in dispute already.")})
    opened.save()
    told = {"number": number}
    events.record(
        actor, "dispute.opened", opened, after=told, reason=opened.reason, key=key, given=given
    )
    return opened


@transaction.atomic
def settle(
    actor: User, opened: Dispute, outcome: str, *, expected_version: int | None = None,
    key: str = "",
) -> Dispute:  # fmt: skip
    """End a dispute and say how.

    Raises:
        PermissionDenied, KeyReused: as `promise`.
        Dispute.DoesNotExist: out of reach of `actor`, or settled already.
        Stale: when it is of another version than `expected_version`.
        ValidationError: when the outcome is not said.
    """
    require(actor, COLLECT)
    given = {"dispute": opened.pk, "outcome": outcome, "version": expected_version}
    if answer := events.answered(actor, "dispute.settled", key, given):
        return _dispute(answer)
    mine = Dispute.objects.filter(customer__in=changeable_by(actor), state=Dispute.State.OPEN)
    opened = events.locked(mine, opened.pk, expected_version)
    if not outcome.strip():
        raise ValidationError({"outcome": _("Say what came of it.")})
    opened.state, opened.outcome = Dispute.State.SETTLED, outcome.strip()
    opened.full_clean(exclude=["customer", "by"], validate_constraints=False)
    events.raised(opened)
    told = {"number": opened.number}
    events.record(
        actor, "dispute.settled", opened, after=told, reason=opened.outcome, key=key, given=given
    )
    return opened


def _promise(answer: Any) -> Promise:
    found: Promise = answer.target()
    return found


def _dispute(answer: Any) -> Dispute:
    found: Dispute = answer.target()
    return found
