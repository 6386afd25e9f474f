"""Tags of the demo, put on customers by its sales representatives."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from kefen_crm.customers.models import Customer
from kefen_crm.tags import actions
from kefen_crm.tags.models import Tag
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

TAGS: Final = (
    ("展会", "blue"),
    ("年度合同", "green"),
    ("价格敏感", "orange"),
    ("老板亲自谈", "purple"),
)
EACH: Final = 6
"""Customers of each representative with each tag."""


@transaction.atomic
def demo() -> None:
    """Put tags on customers, unless there are any already."""
    people = list(User.objects.filter(role=Role.REP, is_active=True).order_by("pk"))
    if Tag.objects.exists() or not Customer.objects.filter(owner__in=people).exists():
        return
    for place, (name, colour) in enumerate(TAGS):
        tag = actions.create(people[0], name, colour)
        for person in people:
            theirs = Customer.objects.filter(owner=person, in_facts=True)
            ordered = theirs.order_by("-sales", "code").values_list("pk", flat=True)
            chosen = ordered[place * 3 : place * 3 + EACH]
            actions.put(person, list(chosen), tag)
