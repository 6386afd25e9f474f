"""An objection to a class in the demo."""

from __future__ import annotations

from django.db import transaction

from kefen_crm.class_contracts.actions import object_to
from kefen_crm.class_contracts.models import Objection
from kefen_crm.grading.models import CustomerClass
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

TEXT = "十二月的两张订单开在母公司名下，应计入本公司。"


@transaction.atomic
def demo() -> None:
    """Let a representative object to one of their customers' classes, unless there is any."""
    seller = User.objects.filter(role=Role.REP, is_active=True).order_by("pk").first()
    if seller is None or Objection.objects.exists():
        return
    theirs = CustomerClass.objects.filter(
        customer__owner=seller, scheme__name="abc", class_key="B", customer__in_facts=True
    )
    found = theirs.select_related("customer", "scheme").order_by("-score", "pk").first()
    if found is not None:
        object_to(seller, found.customer, found.scheme, TEXT)
