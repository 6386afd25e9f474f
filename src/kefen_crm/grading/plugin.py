from __future__ import annotations

import logging

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kefen_crm.grading import actions, live
from kefen_crm.grading.attention import items, read_ahead
from kefen_crm.grading.columns import CLASSES
from kefen_crm.grading.figures import figures
from kefen_crm.grading.filters import FILTERS
from kefen_crm.grading.home import TILES
from kefen_crm.grading.measured import MEASURES
from kefen_crm.grading.notices import KIND, NOTICES
from kefen_crm.grading.panels import PANELS
from kefen_crm.platform.parts import (
    MenuEntry,
    Permission,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit, Role

logger = logging.getLogger(__name__)
A_QUARTER = 92
"""Days; a demo company was last graded that long before."""


def install() -> str:
    """The ready-made schemes, the runs of the shell, and what fell due while Kefen was down."""
    actions.install_ready_made()
    try:
        adopted = actions.adopt_runs()
        actions.run_due_schedules(timezone.now())
    except Exception:  # whatever the facts hold, the site comes up; its clock tries again
        logger.exception("The runs of the shell were not taken over")
        return ""
    return _("Runs taken over: %(count)s") % {"count": len(adopted)}


BY_HAND, SCHEMES = gettext_lazy("Classes set by hand"), gettext_lazy("Schemes")
TIMELINE = (
    TimelineKind("override.set", gettext_lazy("Class set by hand"), "hand-stop", BY_HAND),
    TimelineKind("override.lifted", gettext_lazy("Class by hand lifted"), "hand-off", BY_HAND),
    TimelineKind("override.expired", gettext_lazy("Class by hand ran out"), "clock-off", BY_HAND),
    TimelineKind("scheme.put-first", gettext_lazy("Scheme put first"), "arrow-bar-to-up", SCHEMES),
    TimelineKind("scheme.published", gettext_lazy("Scheme published"), "upload", SCHEMES),
    TimelineKind("scheme.rolled-back", gettext_lazy("Scheme rolled back"), "history", SCHEMES),
    TimelineKind("schedule.set", gettext_lazy("Schedule set"), "calendar-time", SCHEMES),
    TimelineKind("run.failed", gettext_lazy("Run failed"), "alert-octagon", SCHEMES),
)

PLUGIN = Plugin(
    position=50,
    routes=(Route("schemes/", "kefen_crm.grading.urls"),),
    menu=(
        MenuEntry(
            "grading:list", gettext_lazy("Schemes"), "stack-2", "s", position=30, group="classes"
        ),
        MenuEntry(
            "grading:by_hand",
            gettext_lazy("Set by hand"),
            "hand-stop",
            "m",
            position=45,
            group="classes",
        ),
    ),
    permissions=(
        Permission(
            Permit.GRADE,
            gettext_lazy("publish schemes, run them, set classes by hand"),
            (Role.MANAGER,),
        ),
    ),
    routers=tuple(
        Router(prefix, f"kefen_crm.grading.api.{module}.router")
        for prefix, module in (
            ("/schemes", "schemes"),
            ("/schemes", "versions"),
            ("/drafts", "drafts"),
            ("/overrides", "overrides"),
            ("/runs", "runs"),
            ("/runs", "classes"),
            ("/indicators", "indicators"),
        )
    ),
    panels=PANELS,
    tiles=TILES,
    attention=items,
    filters=FILTERS,
    columns=(CLASSES, MEASURES),
    timeline=TIMELINE,
    consumers=(live.CONSUMER,),
    figures=figures,
    read_ahead=read_ahead,
    notice_kinds=(KIND,),
    notices=NOTICES,
    personal=(
        PersonalData("grading.Override", emptied=("reason", "lift_reason")),
        PersonalData("grading.CustomerClass"),
    ),
    install=install,
    demo=lambda: actions.compare_with_earlier(A_QUARTER),
)
