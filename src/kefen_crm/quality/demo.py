"""What a demo shows of data quality: odd values, and the scores of some weeks."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.customers.actions import edit
from kefen_crm.customers.models import Customer
from kefen_crm.quality.models import Score
from kefen_crm.quality.nightly import look
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

ODD: Final = (
    {"phone": "l38 OO13 8OOO"},
    {"phone": "电话：０２１—６８８８ １２３４"},
    {"phone": "13"},
    {"birthday": "2079-04-12"},
    {"founded_on": "1900-01-01"},
)
"""Values as people and programs write them."""
DAYS: Final = 42


@transaction.atomic
def demo() -> None:
    """Write odd numbers, look through all, and have scores that rose; once."""
    seller = User.objects.filter(role=Role.REP, is_active=True).order_by("pk").first()
    held = Customer.objects.filter(owner=seller, in_facts=True).order_by("code")
    if seller is None or not held.exists() or Score.objects.exists():
        return
    for customer, odd in zip(held[5 : 5 + len(ODD)], ODD, strict=False):
        edit(seller, customer, odd)
    for customer in held[5 + len(ODD) :][:2]:
        city = customer.city.removesuffix("市")
        edit(seller, customer, {"name": f"“{customer.name}”", "city": f"{city} 市" if city else ""})
    look()
    today = timezone.localdate()
    for score in list(Score.objects.filter(day=today)):
        for back in range(1, DAYS):
            worse = score.found + score.found * back // (DAYS * 2)
            Score.objects.create(
                day=today - timedelta(days=back),
                name=score.name,
                customers=score.customers,
                found=min(worse, score.customers),
            )
