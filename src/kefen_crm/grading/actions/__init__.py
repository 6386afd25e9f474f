"""Changes to schemes, runs and classes; each checks that the person may make it."""

from __future__ import annotations

from kefen_crm.grading.actions.following import CATCH_UP, follow_up, try_again
from kefen_crm.grading.actions.overrides import (
    expire_overrides,
    lift_override,
    set_override,
)
from kefen_crm.grading.actions.runs import (
    DRAW,
    adopt_runs,
    compare_with_earlier,
    draw,
    execute_runs,
    grade_all,
    request_runs,
)
from kefen_crm.grading.actions.schedules import (
    KEEP_TIME,
    grade_after_import,
    run_due_schedules,
    set_schedule,
)
from kefen_crm.grading.actions.versions import (
    discard_draft,
    install_ready_made,
    publish,
    put_first,
    roll_back,
    save_draft,
    shadow,
)

__all__ = [
    "CATCH_UP",
    "DRAW",
    "KEEP_TIME",
    "adopt_runs",
    "compare_with_earlier",
    "discard_draft",
    "draw",
    "execute_runs",
    "expire_overrides",
    "follow_up",
    "grade_after_import",
    "grade_all",
    "install_ready_made",
    "lift_override",
    "publish",
    "put_first",
    "request_runs",
    "roll_back",
    "run_due_schedules",
    "save_draft",
    "set_override",
    "set_schedule",
    "shadow",
    "try_again",
]
