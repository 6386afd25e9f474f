"""What a demo shows of webhooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from kefen_crm.platform.models import Event
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role
from kefen_crm.webhooks.models import Delivery, Endpoint
from kefen_crm.webhooks.signing import new_secret

SHOWN: Final = 8


def demo() -> None:
    """An address that is off, with some deliveries: a demo sends nothing anywhere."""
    admin = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if admin is None or Endpoint.objects.exists():
        return
    endpoint = Endpoint.objects.create(
        url="https://erp.example.com/kefen",
        note="ERP 客户同步",
        secret=new_secret(),
        verbs=["customer.created", "customer.edited"],
        active=False,
        by=admin,
    )
    now = timezone.now()
    for number, event in enumerate(Event.objects.exclude(customer=None).order_by("-id")[:SHOWN]):
        failed = number == SHOWN // 2
        Delivery.objects.create(
            endpoint=endpoint,
            event=event,
            state=Delivery.State.FAILED if failed else Delivery.State.DELIVERED,
            attempts=10 if failed else 1,
            due=now,
            tried=now - timedelta(minutes=number),
            status=503 if failed else 204,
            created=now,
        )
