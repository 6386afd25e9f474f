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
}
_READING = 0.6
"""The part of the way that reading the facts takes."""
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
        return _READING + 0.35 * (done or 0) / (total or len(_STEPS))
    return 0.97
