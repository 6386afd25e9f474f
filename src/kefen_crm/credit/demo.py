"""Terms for the demo's customers, a hold and an exception that waits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.credit import actions
from kefen_crm.credit.models import Block, CreditAccount
from kefen_crm.credit.refreshing import refresh
from kefen_crm.credit.terms import TERMS
from kefen_crm.platform.calendar import load
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

REASON: Final = "按等级给信用：A 类六个月销售额，其余三个月"


@transaction.atomic
def demo() -> None:
    """Put them in force, unless any terms ever were."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or RuleDocument.objects.filter(kind=TERMS).exists():
        return
    RuleDocument.objects.create(
        kind=TERMS,
        version=1,
        document={"rules": _rules()},
        state=RuleDocument.State.PUBLISHED,
        reason=REASON,
        by=manager,
    )
    refresh()
    blocked = CreditAccount.objects.exclude(blocks=[]).select_related("customer")
    late = blocked.filter(blocks__contains=[Block.OVERDUE]).order_by("-days_late", "pk").first()
    if late:
        actions.hold(manager, late.customer, "多次催款未付，先款后货")
    over = blocked.filter(blocks=[Block.LIMIT], customer__owner__isnull=False).first()
    if over and over.customer.owner and over.customer.owner.role == Role.REP:
        until = load().today(timezone.now()) + timedelta(days=30)
        limit = (over.open + over.not_invoiced) * 2
        actions.ask(
            over.customer.owner,
            over.customer,
            until=until,
            limit=limit,
            reason="旺季备货，下月回款",
        )


def _rules() -> list[dict[str, Any]]:
    """The best class may owe for longer and more."""
    others = {
        "name": "其他客户",
        "days": 30,
        "months": 3,
        "cap": 200_000,
        "overdue_days": 180,
        "overdue_floor": 20_000,
    }
    scheme = leading_scheme()
    if scheme is None:
        return [others]
    best = {
        "name": "重点客户",
        "scope": {"scheme": scheme.name, "classes": [scheme.classes[0].key]},
        "days": 60, "months": 6, "cap": 2_000_000, "overdue_days": 180,
        "overdue_floor": 50_000,
    }  # fmt: skip
    return [best, others]
