"""A few promises and a dispute of the demo's customers who owe most."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.platform.calendar import load
from kefen_crm.receivables import actions
from kefen_crm.receivables.models import Payer, Promise
from kefen_crm.receivables.refreshing import refresh
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

DAYS: Final = (3, 7, 12, 18, 25, 40)
"""Days from today on which the promises are due."""


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
    if worst := late.order_by("-overdue", "customer__code").first():
        invoice = worst.customer.open_invoices.first()
        if invoice:
            actions.dispute(manager, worst.customer, invoice.number, "数量与送货单不符")
