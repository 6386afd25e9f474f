"""Has the credit accounts be those of today's facts, terms, exceptions and holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from kefen_crm.credit.models import CreditAccount
from kefen_crm.credit.reckoning import accounts, known_of
from kefen_crm.credit.terms import TERMS
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.gateway.credit import figures
from kefen_crm.platform import rules
from kefen_crm.platform.calendar import current
from kefen_crm.platform.queue import later_once
from kefen_crm.receivables.refreshing import refreshed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from kefen_crm.platform.models import Event

REFRESH: Final = "credit.refresh"
FIELDS: Final = (
    "rule", "days", "limit", "monthly_sales", "open", "not_invoiced", "days_late", "blocks",
)  # fmt: skip
_BATCH: Final = 2_000


@receiver(refreshed, dispatch_uid="credit_refresh")
def follow(**_more: Any) -> None:
    """Queue reckoning again once the open invoices are others."""
    later_once(REFRESH, lock=REFRESH)


def published(found: list[Event]) -> None:
    """Queue reckoning again after terms were published."""
    if any((one.after or {}).get("kind") == TERMS for one in found):
        later_once(REFRESH, lock=REFRESH)


@transaction.atomic
def refresh(day: date | None = None) -> int:
    """Reckon all accounts anew; gives how many there are."""
    day = day or current().today(timezone.now())
    told = figures(day)
    codes = Customer.objects.filter(code__in=told).values_list("code", "pk")
    known = {pk: (told[code].monthly_sales, told[code].not_invoiced) for code, pk in codes}
    customers = Customer.objects.filter(standing__in=CURRENT)
    made = accounts(customers, rules.in_force(TERMS), known, day)
    _write(made)
    CreditAccount.objects.exclude(customer__in=[one.customer_id for one in made]).delete()
    return len(made)


@transaction.atomic
def renew(customer: Customer) -> None:
    """Reckon one account anew, with the figures that are known of it."""
    day = current().today(timezone.now())
    one = Customer.objects.filter(pk=customer.pk, standing__in=CURRENT)
    made = accounts(one, rules.in_force(TERMS), known_of([customer.pk]), day)
    _write(made)


def _write(made: Iterable[CreditAccount]) -> None:
    """Write only what differs."""
    rows = list(made)
    known = CreditAccount.objects.filter(customer__in=[one.customer_id for one in rows])
    there = {row[0]: row[1:] for row in known.values_list("customer_id", *FIELDS)}
    changed = [
        one
        for one in rows
        if there.get(one.customer_id) != tuple(getattr(one, name) for name in FIELDS)
    ]
    CreditAccount.objects.bulk_create(
        changed,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["customer"],
        update_fields=FIELDS,
    )
