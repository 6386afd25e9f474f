"""A group and some referrals among the customers of the demo."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from kefen_crm.customer_links.actions import link
from kefen_crm.customer_links.models import Link
from kefen_crm.customers.models import Customer
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

LINKS: Final = (
    (1, 0, Link.Kind.PARENT),
    (2, 0, Link.Kind.PARENT),
    (2, 1, Link.Kind.PAYER),
    (3, 0, Link.Kind.REFERRER),
    (4, 0, Link.Kind.REFERRER),
)
"""Who belongs to whom, by their place among the customers with most sales."""


@transaction.atomic
def demo() -> None:
    """Link a few customers, unless a person linked any before."""
    boss = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    needed = max(max(one[:2]) for one in LINKS) + 1
    found = list(Customer.objects.filter(in_facts=True).order_by("-sales", "code")[:needed])
    linked = Link.objects.filter(by__isnull=False).exists()
    if boss is None or linked or len(found) < needed:
        return
    for customer, other, kind in LINKS:
        link(boss, found[customer], found[other], kind)
