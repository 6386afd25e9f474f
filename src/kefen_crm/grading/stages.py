"""How far a run is, in words and as a share of the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

if TYPE_CHECKING:
    from kefen_crm.grading.models import Run

STAGES = {
    "queued": gettext_noop("Waiting for its turn"),
    "indicators": gettext_noop("Reading the facts"),
    "compile": gettext_noop("Working out the indicators"),
    "fit": gettext_noop("Finding the standard"),
    "assign": gettext_noop("Assigning classes"),
    "write": gettext_noop("Saving the classes"),
    "customers": gettext_noop("Bringing customers up to date"),
    "classes": gettext_noop("Writing each customer's class"),
}
_READING = 0.5
"""The part of the way that reading the facts takes."""
_GRADED = 0.7
"""The part at whose end classes are found; the rest brings them to the customers."""
_CUSTOMERS = 0.8
"""The part at whose end customers are up to date and classes are written, scheme by scheme."""
_STEPS = ("compile", "fit", "assign", "write")


def stage_text(run: Run) -> str:
    """What a run is doing now."""
    stage = "queued" if run.status == run.Status.QUEUED else run.progress.get("stage", "indicators")
    return _(STAGES.get(stage, STAGES["indicators"]))


def share(run: Run) -> float:
    """How far it is: 0 to 1."""
    stage, done, total = (run.progress.get(name) for name in ("stage", "done", "total"))
    if run.status == run.Status.QUEUED or not stage:
        return 0.0
    if stage == "indicators":
        return _READING * (done or 0) / (total or 1)
    if stage in _STEPS:
        return _READING + (_GRADED - _READING) * (done or 0) / (total or len(_STEPS))
    if stage == "classes":
        return _CUSTOMERS + (1 - _CUSTOMERS) * (done or 0) / (total or 1)
    return _GRADED
