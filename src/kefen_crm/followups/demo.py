"""The rules of a demo company."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from kefen_crm.followups.actions import JOB
from kefen_crm.followups.queries import CONTACT_GAP
from kefen_crm.platform.calendar import load
from kefen_crm.platform.clock import Due
from kefen_crm.platform.models import RuleDocument

RULES = [
    {
        "name": "A 类：每季度至少联系一次",
        "scope": {"scheme": "abc", "classes": ["A"]},
        "working_days": 60,
    },
    {
        "name": "B 类：每年至少联系一次",
        "scope": {"scheme": "abc", "classes": ["B"]},
        "working_days": 240,
    },
]


@transaction.atomic
def follow_up() -> None:
    """Put the rules in force where none ever were, and act by them as on the last working day."""
    if RuleDocument.objects.filter(kind=CONTACT_GAP).exists():
        return
    RuleDocument.objects.create(
        kind=CONTACT_GAP,
        version=1,
        document={"rules": RULES},
        state=RuleDocument.State.PUBLISHED,
        reason="演示公司的默认规则",
    )
    calendar, now = load(), timezone.now()
    today = calendar.today(now)
    day = today if calendar.is_workday(today) else calendar.previous_workday(today)
    JOB.run(Due(JOB, day, now))
