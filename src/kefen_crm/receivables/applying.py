"""Payments applied to invoices by hand, where the data does not say which they pay."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by, visible_to
from kefen_crm.gateway import debts
from kefen_crm.platform import events, feeds
from kefen_crm.platform.calendar import current
from kefen_crm.platform.facts import facts_changed
from kefen_crm.platform.queue import later_once
from kefen_crm.receivables.feeds import REST
from kefen_crm.receivables.models import Application, AppliedPayment
from kefen_crm.team.roles import Permit, may, require

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from kefen_crm.gateway.debts import LoosePayment
    from kefen_crm.team.models import User

APPLY: Final = "apply_payments"
"""The permit to apply payments to invoices."""
FOLLOW: Final = "receivables.follow-payments"
PATIENCE: Final = 60
LATELY: Final = 366
"""Days back within which payments are looked for."""


def loose_for(user: User) -> list[tuple[LoosePayment, Customer]]:
    """Payments of a year that name no invoice, of customers whom `user` may see, newest first.

    What was applied and is not in the ledger yet is taken off.
    """
    mine = visible_to(user).filter(payer__isnull=False)
    codes = None
    if not may(user, Permit.SEE_ALL_CUSTOMERS):
        codes = list(mine.values_list("code", flat=True))
    found = debts.loose_payments(_since(), codes=codes)
    known = {one.code: one for one in mine.filter(code__in={one.code for one in found})}
    numbers = [one.number.removesuffix(f"/{REST}") for one in found]
    applied = AppliedPayment.objects.filter(number__in=numbers)
    left = {one.number: _left(one) for one in applied.prefetch_related("applications")}
    told = []
    for one, number in zip(found, numbers, strict=True):
        rest = left.get(number, one.amount)
        if one.code in known and rest > 0:
            told.append((one._replace(number=number, amount=rest), known[one.code]))
    return told


def loose(user: User, number: str) -> tuple[LoosePayment, Customer] | None:
    """One of these payments by its number; None where it is none, or out of reach."""
    for one in debts.loose_payments(date.min, number=number, most=1):
        customer = changeable_by(user).filter(code=one.code).first()
        return (one, customer) if customer else None
    return None


@transaction.atomic
def apply(
    actor: User, number: str, invoice: str, amount: Decimal | None = None, *, key: str = ""
) -> AppliedPayment:
    """Apply a payment that names no invoice, or `amount` of it, to an invoice of its customer.

    Raises:
        PermissionDenied: unless `actor` may apply payments.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, APPLY)
    given = {"number": number, "invoice": invoice, "amount": str(amount)}
    if answer := events.answered(actor, "payment.applied", key, given):
        return _payment(answer)
    payment = _known(actor, number)
    left = _left(payment)
    amount = left if amount is None else amount
    billed = {one.number: one for one in debts.invoices_of(payment.customer.code)}
    if invoice not in billed:
        raise ValidationError({"invoice": _("The customer has no such invoice.")})
    most = min(left, billed[invoice].amount)
    if not 0 < amount <= most:
        said = _("More than 0, at most %(most)s.") % {"most": f"{most:,.2f}"}
        raise ValidationError({"amount": said})
    Application.objects.create(payment=payment, invoice=invoice, amount=amount, by=actor)
    events.raised(payment)
    told = {"number": payment.number, "invoice": invoice, "amount": str(amount)}
    events.record(actor, "payment.applied", payment, after=told, key=key, given=given)
    return payment


def _known(actor: User, number: str) -> AppliedPayment:
    """The payment, locked; written down where it is applied for the first time."""
    mine = AppliedPayment.objects.filter(customer__in=changeable_by(actor), gone=False)
    known = mine.select_for_update(of=("self",)).select_related("customer")
    if payment := known.filter(number__in=(number, number.removesuffix(f"/{REST}"))).first():
        return payment
    found = loose(actor, number)
    if found is None:
        raise ValidationError({"number": _("No such payment is without an invoice.")})
    one, customer = found
    payment = AppliedPayment(
        customer=customer, number=one.number, paid_on=one.paid_on, amount=one.amount,
        method=one.method, version=0,
    )  # fmt: skip
    payment.save()
    return payment


def _left(payment: AppliedPayment) -> Decimal:
    live = (one.amount for one in payment.applications.all() if one.undone_at is None)
    return payment.amount - sum(live, Decimal(0))


@transaction.atomic
def unapply(actor: User, application: Application) -> AppliedPayment:
    """Undo an application: that part of the payment names no invoice again.

    Raises:
        PermissionDenied: unless `actor` may apply payments.
        Application.DoesNotExist: out of reach of `actor`, or undone already.
    """
    require(actor, APPLY)
    live = applications_of(actor, changeable_by(actor)).filter(undone_at=None)
    application = live.select_for_update(of=("self",)).get(pk=application.pk)
    payment = events.locked(
        AppliedPayment.objects.select_related("customer"), application.payment_id
    )
    application.undone_at = timezone.now()
    application.save(update_fields=["undone_at"])
    events.raised(payment)
    told = {
        "number": payment.number,
        "invoice": application.invoice,
        "amount": str(application.amount),
    }
    events.record(actor, "payment.unapplied", payment, before=told)
    return payment


def applications_of(
    user: User, customers: QuerySet[Customer] | None = None
) -> QuerySet[Application]:
    """What was applied of the customers that `user` may see, the newest first."""
    these = visible_to(user) if customers is None else customers
    found = Application.objects.filter(payment__customer__in=these)
    return found.select_related("payment__customer", "by").order_by("-pk")


@receiver(facts_changed, dispatch_uid="receivables_follow_payments")
def look_later(**_more: Any) -> list[Any]:
    """Queue looking whether an import brought applied payments again."""
    if AppliedPayment.objects.filter(gone=False).exists():
        later_once(FOLLOW, lock=FOLLOW)
    return []


@transaction.atomic
def follow_payments() -> int:
    """Have the parts of applied payments be in the ledger as they are here; gives how many moved.

    An import may have brought a payment whole again: its parts land once more. One that came with
    another day or amount is taken as it came, and what was applied beyond it is undone. One that
    is no more is gone, and its parts with it.
    """
    payments = AppliedPayment.objects.filter(gone=False, applications__undone_at=None)
    every = list(payments.distinct().select_related("customer"))
    if "payments" in feeds.waiting({one.customer_id for one in every}):
        later_once(FOLLOW, lock=FOLLOW, seconds=PATIENCE)  # the ledger does not have them yet
        return 0
    there = debts.payments_numbered([one.number for one in every])
    return sum(_follow(one, there.get(one.number)) for one in every)


def _follow(payment: AppliedPayment, there: tuple[date, Decimal, str | None] | None) -> bool:
    live = list(payment.applications.filter(undone_at=None))
    if there is not None and there == (payment.paid_on, live[0].amount, live[0].invoice):
        return False
    if there is None:
        payment.gone = True
    else:
        payment.paid_on, payment.amount = there[0], there[1]
        for one in reversed(live):
            if _left(payment) >= 0:
                break
            one.undone_at = timezone.now()
            one.save(update_fields=["undone_at"])
    events.raised(payment)
    events.record(None, "payment.followed", payment, after={"number": payment.number})
    return True


def _since() -> date:
    return current().today(timezone.now()) - timedelta(days=LATELY)


def _payment(answer: Any) -> AppliedPayment:
    found: AppliedPayment = answer.target()
    return found
