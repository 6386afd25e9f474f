"""Promises and a dispute of the demo's customers who owe most, and promises of a year before."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.customers.models import CURRENT, Customer
from kefen_crm.grading.by_class import some_of_each
from kefen_crm.platform.calendar import load
from kefen_crm.receivables import actions
from kefen_crm.receivables.checking import check_one
from kefen_crm.receivables.models import Payer, Promise
from kefen_crm.receivables.refreshing import refresh
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

DAYS: Final = (3, 7, 12, 18, 25, 40)
"""Days from today on which the promises are due."""
EACH: Final = 24
"""Promises of each class that are over."""


@transaction.atomic
def demo() -> None:
    """Note them, unless any were noted before."""
    today = load().today(timezone.now())
    refresh(today)
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if Promise.objects.exists() or manager is None:
        return
    late = Payer.objects.filter(overdue__gt=0).select_related("customer")
    for days, payer in zip(DAYS, late.order_by("-overdue", "customer__code"), strict=False):
        amount = max(payer.overdue / 2, Decimal("0.01")).quantize(Decimal("0.01"))
        actions.promise(
            manager, payer.customer, amount, today + timedelta(days), note="财务电话确认"
        )
    _past(manager, today)
    while check_one(today):
        pass
    if worst := late.order_by("-overdue", "customer__code").first():
        invoice = worst.customer.open_invoices.first()
        if invoice:
            actions.dispute(manager, worst.customer, invoice.number, "数量与送货单不符")


def _past(manager: User, today: date) -> None:
    """Promises of a year that are over: the better the class, the more of them were kept."""
    chance = random.Random(12)  # noqa: S311  # for a demo
    payers = Customer.objects.filter(standing__in=CURRENT, payer__isnull=False).order_by("code")
    taken = some_of_each(payers, leading_scheme(), EACH)
    keys = list(dict.fromkeys(key for key, _one in taken))
    made = []
    for key, customer in taken:
        kept = chance.random() < max(0.9 - 0.2 * keys.index(key), 0.2)
        due = today - timedelta(days=chance.randrange(10, 330))
        made.append(
            Promise(
                customer=customer, amount=Decimal(chance.randrange(20, 400) * 100), due_on=due,
                given_on=due - timedelta(days=chance.randrange(3, 21)), by=manager,
                state=Promise.State.KEPT if kept else Promise.State.BROKEN,
            )
        )  # fmt: skip
    Promise.objects.bulk_create(made)
