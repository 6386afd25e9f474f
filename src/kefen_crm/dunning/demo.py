"""A policy for the demo's customers, what it proposes, and a few letters that were sent before."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction

from kefen_crm.activities.queries import leading_scheme
from kefen_crm.dunning.models import Step
from kefen_crm.dunning.policy import POLICY
from kefen_crm.dunning.proposing import propose
from kefen_crm.platform import rules
from kefen_crm.platform.models import RuleDocument
from kefen_crm.team.models import User
from kefen_crm.team.roles import Role

REASON: Final = "A 类客户先致电，其余按期催收"


@transaction.atomic
def demo() -> None:
    """Put it in force, unless any policy ever was."""
    manager = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk").first()
    if manager is None or RuleDocument.objects.filter(kind=POLICY).exists():
        return
    RuleDocument.objects.create(
        kind=POLICY,
        version=1,
        document={"rules": _rules()},
        state=RuleDocument.State.PUBLISHED,
        reason=REASON,
        by=manager,
    )
    if rules.in_force(POLICY) and not Step.objects.exists():
        propose()


def _rules() -> list[dict[str, Any]]:
    """The best class is called before it is written to; the others are written to first."""
    plain = {"quiet_days": 7, "minimum": 100, "language": "zh"}
    others = {
        "name": "其他客户",
        "reminder": 7,
        "second": 21,
        "final": 45,
        "call": 60,
        "hold": 120,
        **plain,
    }
    scheme = leading_scheme()
    if scheme is None:
        return [others]
    best = {
        "name": "重点客户",
        "scope": {"scheme": scheme.name, "classes": [scheme.classes[0].key]},
        "reminder": 15, "second": 40, "final": 0, "call": 3,
    }  # fmt: skip
    return [{**best, **plain}, others]
