"""Brings activities into the ledger, each under its number as an interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kefen_crm.activities.models import Activity, Kind
from kefen_crm.platform.parts import LedgerFeed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kefen_crm.platform.models import Event

VERBS = ("activity.logged", "activity.corrected", "activity.withdrawn")
TYPES = {Kind.WECHAT: "message", Kind.MAIL: "email"}
"""What the ledger calls a kind of activity, where it is not the same."""
LONGEST = 500
"""Characters of what was said that the ledger is told."""


def rows_of(found: Sequence[Event]) -> dict[str, list[Mapping[str, Any]]]:
    """The row of each activity that stands, by its number; none for a note or one withdrawn."""
    activities = Activity.objects.filter(pk__in=[one.object_id for one in found])
    return {
        one.number: [row_of(one)] if one.in_force and one.kind != Kind.NOTE else []
        for one in activities.select_related("customer", "by")
    }


def row_of(activity: Activity) -> dict[str, Any]:
    """An activity as the ledger has it."""
    kind = Kind(activity.kind)
    answered = True if kind in (Kind.MEETING, Kind.VISIT) else activity.answered
    told = {
        "interaction_id": activity.number,
        "customer_id": activity.customer.code,
        "happened_on": timezone.localdate(activity.at).isoformat(),
        "type": TYPES.get(kind, kind.value),
        "direction": activity.direction,
        "responded": answered,
        "topic": str(activity.get_outcome_display()) if activity.outcome else "",
        "by": activity.by.display_name,
        "note": activity.text[:LONGEST],
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


FEED = LedgerFeed("interactions", VERBS, rows_of, prefix="A-")
