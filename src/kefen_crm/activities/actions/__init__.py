"""What people do: note activities; plan, put off, skip, finish and call off tasks."""

from __future__ import annotations

from kefen_crm.activities.actions.logging import correct, log, withdraw
from kefen_crm.activities.actions.many import cancel_many, plan_many
from kefen_crm.activities.actions.tasks import cancel, done, move, plan, reassign, skip, snooze
from kefen_crm.activities.permits import WORK

__all__ = [
    "WORK",
    "cancel",
    "cancel_many",
    "correct",
    "done",
    "log",
    "move",
    "plan",
    "plan_many",
    "reassign",
    "skip",
    "snooze",
    "withdraw",
]
