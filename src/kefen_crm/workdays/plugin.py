from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import ClockJob, Route, Router, SettingsPage, TimelineKind
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit
from kefen_crm.workdays import actions

GROUP = _("Working calendar")
TIMELINE = (
    TimelineKind("working_hours.changed", _("Working hours changed"), "clock", GROUP),
    TimelineKind("calendar_day.changed", _("Day changed"), "calendar", GROUP),
    TimelineKind("holidays.imported", _("Public holidays imported"), "calendar-down", GROUP),
)

PLUGIN = Plugin(
    position=8,
    routes=(Route("settings/calendar/", "kefen_crm.workdays.urls"),),
    routers=(Router("/calendar", "kefen_crm.workdays.api.router"),),
    settings_pages=(
        SettingsPage(
            "workdays:settings",
            _("Working calendar"),
            _("Working hours of each weekday, public holidays, make-up working days"),
            "calendar",
            Permit.OPERATE,
        ),
    ),
    timeline=TIMELINE,
    clock_jobs=(ClockJob("workdays.holidays", lambda _due: actions.keep_up()),),
    install=actions.install,
)
