"""What people of a demo company wrote of its customers."""

from __future__ import annotations

from django.db import transaction

from kefen_crm.customers.actions import create, edit, share
from kefen_crm.customers.models import Customer
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

SHOW = "customers.show"
TYPED = (
    {"name": "苏州启明精密仪器有限公司", "contact": "许文静", "phone": "0512-6688 1200",
     "province": "江苏", "city": "苏州", "industry": "机械制造", "source_channel": "展会"},
    {"name": "宁波海曙新材料有限公司", "contact": "方志远", "phone": "0574-8765 4300",
     "province": "浙江", "city": "宁波", "industry": "化工", "source_channel": "转介绍"},
)  # fmt: skip
"""Two customers that no import has yet."""


@transaction.atomic
def show() -> None:
    """Type in two customers, change some fields, have one to choose; once, when there are some."""
    seller = User.objects.filter(username="rep", role=Role.REP).first()
    held = list(Customer.objects.filter(owner=seller, in_facts=True).order_by("code")[:4])
    shown = Customer.objects.filter(name=TYPED[0]["name"]).exists()
    if seller is None or len(held) < 3 or shown:
        return
    for values in TYPED:
        create(seller, values)
    edit(seller, held[0], {"note": "每月 10 日前对账；采购部周一下午开会，不便接电话。"})
    edit(seller, held[1], {"contact": "林晓梅", "email": "lin.xiaomei@example.com"})
    changed = edit(seller, held[2], {"phone": "021-6100 8800"})
    # As if an import had brought another number since: one of both is to be chosen.
    for one in changed.edits.filter(field="phone"):
        one.base, one.incoming = "021-6100 0000", one.base or "021-6100 9900"
        one.save()
    colleagues = User.objects.filter(role=Role.REP, is_active=True).exclude(pk=seller.pk)
    access = ("write", "read")
    for colleague, how in zip(colleagues.order_by("pk")[:2], access, strict=False):
        share(seller, held[0], colleague, how)
