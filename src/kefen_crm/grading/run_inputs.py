"""What a run takes over from before it: the run before, for hysteresis, and people's decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from kefen_crm.gateway.grading import Before
from kefen_crm.gateway.grading import Override as Decision
from kefen_crm.grading import queries
from kefen_crm.grading.models import Override

if TYPE_CHECKING:
    from datetime import date

    from django.db.models import QuerySet

    from kefen_crm.grading.models import Run


@dataclass(frozen=True)
class Taken:
    """What the engine is given, and which decisions of this site that were."""

    before: Before
    overrides: list[int]


def taken_over(run: Run, day: date, *, newest: bool) -> Taken:
    """What a run as of `day` takes over.

    A run of the newest facts is given what stands today, whatever its day is; one of an earlier
    day what stood then.
    """
    in_force = None if newest else queries.in_force(run.scheme)
    now = in_force is None or in_force.as_of is None or day >= in_force.as_of
    stands = standing_now() if now else standing_on(day)
    keys = [one.key for one in run.version.classes]
    found = list(
        stands.filter(scheme=run.scheme, class_key__in=keys).select_related("customer", "by")
    )
    return Taken(
        Before(_previous(run, day), tuple(_decision(one, day, now=now) for one in found)),
        [one.pk for one in found],
    )


def standing_now() -> QuerySet[Override]:
    """The decisions that have not ended."""
    return Override.objects.filter(Q(until=None) | Q(until__gte=timezone.localdate()), ended=None)


def standing_on(day: date) -> QuerySet[Override]:
    """The decisions that stood when a day began."""
    moment = timezone.make_aware(datetime.combine(day, time()))
    ended = Q(ended=None) | Q(ended__gt=moment)
    return Override.objects.filter(ended, Q(until=None) | Q(until__gte=day), since__lte=moment)


def _decision(one: Override, day: date, *, now: bool) -> Decision:
    # What stands today holds on the newest facts, though they may reach into tomorrow.
    until = max(one.until, day) if one.until and now else one.until
    return Decision(
        one.customer.code,
        one.class_key,
        one.reason,
        one.by.display_name if one.by else "",
        timezone.localdate(one.since),
        until,
    )


def _previous(run: Run, day: date) -> str | None:
    """The run of the last day before this one, where the scheme asks for it.

    A run repeated on the same day starts from where the first one started. One whose classes were
    others is none.
    """
    if not run.version.document.get("hysteresis"):
        return None
    earlier = queries.finished(run.scheme).filter(as_of__lt=day).first()
    if earlier is None:
        return None
    keys = [[one.key for one in version.classes] for version in (earlier.version, run.version)]
    return earlier.engine_id if keys[0] == keys[1] else None
