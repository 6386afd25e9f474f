"""Whether the search for likely duplicates has looked at the customers of imports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max
from django.utils.translation import gettext as _
from procrastinate.contrib.django.models import ProcrastinateJob

from kefen_crm.customers import snapshots
from kefen_crm.duplicates.finding import AT, FIND
from kefen_crm.grading.models import Run
from kefen_crm.platform.queue import state

if TYPE_CHECKING:
    from collections.abc import Callable


def yet_to_show(count: int, version: Callable[[], int], *, searching: bool) -> str:
    """What to say while not all likely duplicates are there; empty where nothing is to come.

    `searching` tells whether the search was queued or at work before it was counted how many are
    shown, so that one that ends meanwhile is not missed. `version` gives that of the ledger.
    """
    if searching:
        return looking()
    return "" if count else yet_to_look(version())


def yet_to_look(version: int) -> str:
    """When the search looks at the facts of a version of the ledger; empty where it has.

    Customers are brought up to the facts by runs, and the search is queued with that.
    """
    if _synchronised() < version:
        return _(
            "Likely duplicates have not been looked for yet: Kefen does so once a run has brought"
            " in the customers of the newest import."
        )
    if state(FIND) is not None:
        return looking()
    if _failed():
        told = _(
            "The last search for likely duplicates did not get through. Kefen looks again each"
            " day from %(time)s."
        )
        return told % {"time": f"{AT:%H:%M}"}
    return ""


def looking() -> str:
    """That the search is queued or at work."""
    return _("Kefen is looking for duplicates. This page shows them when it is done.")


def _synchronised() -> int:
    """The version of the ledger that the site's customers are brought up to."""
    last = snapshots.last()
    if last:
        return last.about.version()[0]
    # Of none any more since a customer was deleted; runs brought them in before.
    done = Run.objects.filter(status=Run.Status.FINISHED, shadow=False)
    return int(done.aggregate(newest=Max("ledger_version"))["newest"] or 0)


def _failed() -> bool:
    """Whether the last search that was queued failed for good."""
    ended = ProcrastinateJob.objects.filter(task_name=FIND, status__in=("succeeded", "failed"))
    return ended.order_by("-id").values_list("status", flat=True).first() == "failed"
