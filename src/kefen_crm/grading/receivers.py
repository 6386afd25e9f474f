"""Grading follows new facts, whoever brought them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.dispatch import receiver

from kefen_crm.grading.actions import follow_up
from kefen_crm.platform.facts import facts_changed

if TYPE_CHECKING:
    from kefen_crm.grading.models import Run
    from kefen_crm.team.models import User


@receiver(facts_changed, dispatch_uid="grading_follow_up")
def follow(by: User | None, **_more: Any) -> list[Run]:
    """Show the customers and queue the runs that imports set off."""
    return follow_up(by)
