"""A few facts noted by hand by the demo's sales representatives."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from kefen_crm.customers.models import Customer
from kefen_crm.noted_facts import actions
from kefen_crm.noted_facts.models import NotedFact
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from datetime import date

EACH = 2
"""Customers of each representative of whom something is noted."""


@transaction.atomic
def demo() -> None:
    """Note orders, payments, visits and complaints, unless anything was noted before."""
    if NotedFact.objects.exists():
        return
    for person in User.objects.filter(role=Role.REP, is_active=True).order_by("pk"):
        theirs = Customer.objects.filter(owner=person, in_facts=True)
        for number, customer in enumerate(theirs.order_by("-sales", "code")[:EACH]):
            assert customer.figures_as_of is not None
            day = customer.figures_as_of - timedelta(days=2)
            for kind, values in _facts(day)[number::EACH]:
                actions.note(person, customer, kind, values)


def _facts(day: date) -> list[tuple[str, dict[str, Any]]]:
    on = day.isoformat()
    return [
        ("orders", {"ordered_on": on, "amount": "36800.00", "channel": "电话", "note": "补货"}),
        ("payments", {"paid_on": on, "amount": "20000.00", "method": "银行转账"}),
        ("invoices", {"issued_on": on, "amount": "36800.00"}),
        ("feedback", {"given_on": on, "type": "complaint", "status": "open", "topic": "交货延误"}),
    ]
