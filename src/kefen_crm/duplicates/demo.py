"""What a demo shows: customers typed in twice, one pair merged already."""

from __future__ import annotations

from django.db import transaction

from kefen_crm.customers.actions import create
from kefen_crm.customers.models import Customer
from kefen_crm.duplicates.finding import FIND
from kefen_crm.platform.queue import later_once
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

SHOW = "duplicates.show"
CODE = "DUP-{number}"
SHOWN = 4


@transaction.atomic
def show() -> None:
    """Type in some customers again, a little otherwise, as colleagues do; once."""
    seller = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if seller is None or Customer.objects.filter(code=CODE.format(number=1)).exists():
        return
    known = Customer.objects.filter(in_facts=True, name__contains="有限公司").exclude(phone="")
    for number, one in enumerate(known.order_by("code")[:SHOWN], 1):
        name = one.name.removesuffix("有限公司")
        values = {"name": name if number % 2 else f"{name}有限责任公司", "phone": one.phone}
        if one.city:
            values["city"] = one.city
        create(seller, values, code=CODE.format(number=number))
    later_once(FIND, lock=FIND)
