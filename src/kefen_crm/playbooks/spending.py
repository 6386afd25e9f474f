"""What is spent on customers: noted within the ceilings of their playbook, and withdrawn."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from kefen_crm.customers.models import Customer
from kefen_crm.customers.queries import changeable_by
from kefen_crm.grading.scopes import facts_of
from kefen_crm.platform import events
from kefen_crm.platform.calendar import current
from kefen_crm.platform.numbers import money_full
from kefen_crm.playbooks.document import NO_CEILING, playbook_of
from kefen_crm.playbooks.models import Spend
from kefen_crm.playbooks.permits import SPEND
from kefen_crm.team.roles import require

if TYPE_CHECKING:
    from kefen_crm.team.models import User

EARLIEST: Final = 366
"""Days ago that something spent may be at most."""
State = Spend.State


@transaction.atomic
def note(
    actor: User,
    customer: Customer,
    *,
    kind: str,
    on: date,
    hours: Decimal = Decimal(0),
    money: Decimal = Decimal(0),
    text: str = "",
    key: str = "",
) -> Spend:
    """Note something that was spent; what is beyond a ceiling of the playbook is refused.

    Raises:
        PermissionDenied: unless `actor` may note work with customers.
        Customer.DoesNotExist: out of reach of `actor`.
        ValidationError: by field.
        KeyReused: when the key came with something else before.
    """
    require(actor, SPEND)
    customer = changeable_by(actor).get(pk=customer.pk)
    given = {
        "customer": customer.pk, "kind": kind, "on": on, "hours": str(hours),
        "money": str(money), "text": text,
    }  # fmt: skip
    if answer := events.answered(actor, "spend.noted", key, given):
        return _spend(answer)
    # Two who spend at once on a customer do so one after the other.
    Customer.objects.select_for_update(of=("self",)).get(pk=customer.pk)
    spend = Spend(
        customer=customer, kind=kind, on=on, hours=hours, money=money, text=text.strip(), by=actor
    )
    _check(spend)
    spend.save()
    events.record(actor, "spend.noted", spend, after=summary(spend), key=key, given=given)
    return spend


@transaction.atomic
def withdraw(
    actor: User, spend: Spend, reason: str, *, expected_version: int | None = None
) -> Spend:
    """Withdraw what was noted by mistake.

    Raises:
        PermissionDenied: unless `actor` may note work with customers.
        Spend.DoesNotExist: out of reach of `actor`, or withdrawn already.
        Stale: when it is of another version than `expected_version`.
        ValidationError: without a reason.
    """
    require(actor, SPEND)
    mine = Spend.objects.filter(customer__in=changeable_by(actor), state=State.NOTED)
    spend = events.locked(mine.select_related("customer"), spend.pk, expected_version)
    if not reason.strip():
        raise ValidationError({"reason": _("Say why.")})
    spend.state = State.WITHDRAWN
    events.raised(spend)
    events.record(actor, "spend.withdrawn", spend, after=summary(spend), reason=reason.strip())
    return spend


def spent(customer: Customer, year: int) -> dict[str, Decimal]:
    """What of the budget of a year was spent on a customer: `gifts`, and all with them."""
    found = Spend.objects.filter(customer=customer, on__year=year, state=State.NOTED)
    told = found.order_by().aggregate(
        gifts=Sum("money", filter=Q(kind=Spend.Kind.GIFT)),
        budget=Sum("money", filter=~Q(kind=Spend.Kind.DISCOUNT)),
    )
    return {name: value or Decimal(0) for name, value in told.items()}


def discount_ceiling(customer: Customer) -> int | None:
    """The discount in percent that the customer's playbook allows; None where it sets none."""
    rule = playbook_of(facts_of(customer))
    return None if rule is None or rule.discount == NO_CEILING else rule.discount


def summary(spend: Spend) -> dict[str, Any]:
    """What an event says of something spent."""
    return {
        "kind": spend.kind,
        "on": spend.on.isoformat(),
        "hours": str(spend.hours),
        "money": str(spend.money),
        "text": spend.text,
    }


def _check(spend: Spend) -> None:
    """Refuse what no customer can be given, and what is beyond a ceiling."""
    today = current().today(timezone.now())
    wrong: dict[str, str] = {}
    if not 0 <= (today - spend.on).days <= EARLIEST:
        wrong["on"] = _("A day until today, within the last year.")
    if spend.money < 0:
        wrong["money"] = _("0 or more, please.")
    if spend.hours < 0:
        wrong["hours"] = _("0 or more, please.")
    if spend.kind in (Spend.Kind.GIFT, Spend.Kind.DISCOUNT) and not spend.money:
        wrong["money"] = _("Say how much it was.")
    if wrong:
        raise ValidationError(wrong)
    spend.full_clean(exclude=["customer", "by"])
    if spend.kind == Spend.Kind.DISCOUNT:
        return
    rule = playbook_of(facts_of(spend.customer))
    if rule is None:
        return
    known = spent(spend.customer, spend.on.year)
    ceilings = [("budget", rule.budget)]
    if spend.kind == Spend.Kind.GIFT:
        ceilings.insert(0, ("gifts", rule.gifts))
    for name, ceiling in ceilings:
        left = max(ceiling - known[name], Decimal(0))
        if spend.money > left:
            said = {
                "gifts": _(
                    "The playbook “%(rule)s” allows gifts of %(ceiling)s a year; %(left)s are "
                    "left in %(year)s. Give less, or have the playbook changed."
                ),
                "budget": _(
                    "The playbook “%(rule)s” has a budget of %(ceiling)s a year; %(left)s are "
                    "left in %(year)s. Spend less, or have the playbook changed."
                ),
            }[name]
            told = {
                "rule": rule.name,
                "ceiling": money_full(ceiling),
                "left": money_full(left),
                "year": spend.on.year,
            }
            raise ValidationError({"money": said % told})


def _spend(answer: Any) -> Spend:
    found: Spend = answer.target()
    return found
