"""Has what is sent to other systems follow the classes: soon after they change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.dispatch import receiver
from django.utils import timezone

from kefen_crm.connectors.actions import run_soon
from kefen_crm.connectors.models import Connector, Fetch
from kefen_crm.connectors.sources import SOURCES
from kefen_crm.grading.models import Scheme
from kefen_crm.grading.signals import classes_changed

GATHERED: Final = 3
"""Seconds that changes of classes gather before they are sent."""
REST: Final = timedelta(seconds=20)
"""So long after the last sending ended the next one begins at the earliest, or ten times as long as
it took: a place with a million customers is not compared with each order."""


@receiver(classes_changed, dispatch_uid="connectors_follow_classes")
def follow_later(*, scheme: int, **_more: Any) -> None:
    """Queue the sending to places that are told the classes of this scheme."""
    names = [one.name for one in SOURCES.values() if one.sends]
    told = list(Connector.objects.filter(active=True, source__in=names))
    if not told:
        return
    name = Scheme.objects.values_list("name", flat=True).get(pk=scheme)
    for one in told:
        if one.settings.get("scheme") == name:
            run_soon(one, pause(one))


def pause(connector: Connector) -> int:
    """Seconds until it is sent to; after one that failed, until it is tried again anyway."""
    last = connector.fetches.first()
    if last is None:
        return GATHERED
    rested = last.ended + max(REST, 10 * (last.ended - last.began))
    if last.outcome == Fetch.Outcome.FAILED:
        rested = max(rested, connector.due)
    return max(GATHERED, round((rested - timezone.now()).total_seconds()))
