"""The rules of a demo company."""

from __future__ import annotations

from kefen_crm.followups.queries import CONTACT_GAP
from kefen_crm.platform.models import RuleDocument

RULES = [
    {
        "name": "A 类：10 个工作日",
        "scope": {"scheme": "abc", "classes": ["A"]},
        "working_days": 10,
    },
    {
        "name": "B 类：20 个工作日",
        "scope": {"scheme": "abc", "classes": ["B"]},
        "working_days": 20,
    },
]


def publish_rules() -> None:
    """Put the rules in force where none ever were; the clock does the rest."""
    if not RuleDocument.objects.filter(kind=CONTACT_GAP).exists():
        RuleDocument.objects.create(
            kind=CONTACT_GAP,
            version=1,
            document={"rules": RULES},
            state=RuleDocument.State.PUBLISHED,
            reason="演示公司的默认规则",
        )
