"""The demo's holdout was drawn at the beginning of the year, and measured."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from kefen_crm.gateway import campaigns as engine
from kefen_crm.holdout import actions, results
from kefen_crm.holdout.models import HoldoutYear
from kefen_crm.platform.calendar import current


def demo() -> None:
    """Draw it, unless it was."""
    last = engine.last_day()
    if last is None or HoldoutYear.objects.exists():
        return
    today = current().today(timezone.now())
    with transaction.atomic():
        made = actions.draw(today)
        if made is None:
            return
        made.drawn_on = min(today, last) - timedelta(days=90)
        made.save(update_fields=["drawn_on"])
    results.measure(made.year)
