from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.connectors import actions, fetching
from kefen_crm.platform.parts import (
    ClockJob,
    NoticeKind,
    Route,
    Router,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

GROUP = _("Connectors")


def _title(event: Event) -> str:
    return str({**(event.before or {}), **(event.after or {})}.get("title") or "")


PLUGIN = Plugin(
    position=47,
    routes=(Route("connectors/", "kefen_crm.connectors.urls"),),
    settings_pages=(
        SettingsPage(
            "connectors:settings",
            _("Connectors"),
            _("Shops, folders and addresses that facts are fetched from"),
            "plug-connected",
            Permit.OPERATE,
        ),
    ),
    routers=(Router("/connectors", "kefen_crm.connectors.api.router"),),
    timeline=(
        TimelineKind(actions.ADDED, _("Connector added"), "plug-connected", GROUP, _title),
        TimelineKind(actions.CHANGED, _("Connector changed"), "plug-connected", GROUP, _title),
        TimelineKind(actions.REMOVED, _("Connector removed"), "plug-connected-x", GROUP, _title),
        TimelineKind(
            fetching.TURNED_OFF, _("Connector turned off"), "plug-connected-x", GROUP, _title
        ),
    ),
    notice_kinds=(
        NoticeKind(
            fetching.TURNED_OFF, _("A connector gives nothing any more"), "plug-connected-x"
        ),
    ),
    clock_jobs=(ClockJob("connectors.forget", lambda _due: fetching.forget()),),
)
