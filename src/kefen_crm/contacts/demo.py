"""The people at a few customers of the demo, written by its sales representatives."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from kefen_crm.contacts import actions
from kefen_crm.contacts.models import Contact
from kefen_crm.customers.models import Customer
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

EACH: Final = 2
"""Customers of each representative with contacts of their own."""
PEOPLE: Final[tuple[dict[str, Any], ...]] = (
    {
        "name": "陈立新",
        "title": "总经理",
        "role": "decides",
        "birthday": "1974-03-12",
        "birthday_calendar": "lunar",
        "reaches": [{"kind": "phone", "value": "139 1000 0001", "consent": "yes"}],
    },
    {
        "name": "周敏",
        "title": "采购主管",
        "role": "buys",
        "primary": True,
        "reaches": [
            {"kind": "phone", "value": "139 1000 0002"},
            {"kind": "email", "value": "zhou.min@example.com", "consent": "yes"},
        ],
    },
)


@transaction.atomic
def demo() -> None:
    """Add contacts, unless any were added before."""
    if Contact.objects.exists():
        return
    for person in User.objects.filter(role=Role.REP, is_active=True).order_by("pk"):
        theirs = Customer.objects.filter(owner=person, in_facts=True)
        for customer in theirs.order_by("-sales", "code")[:EACH]:
            for one in PEOPLE:
                actions.add(person, customer, one)
