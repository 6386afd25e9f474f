from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

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
from kefen_crm.webhooks import actions, demo, sending

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

GROUP = _("Webhooks")


def _url(event: Event) -> str:
    return str({**(event.before or {}), **(event.after or {})}.get("url") or "")


PLUGIN = Plugin(
    position=46,
    routes=(Route("webhooks/", "kefen_crm.webhooks.urls"),),
    settings_pages=(
        SettingsPage(
            "webhooks:settings",
            _("Webhooks"),
            _("Addresses of other programs that are sent what happens"),
            "webhook",
            Permit.OPERATE,
        ),
    ),
    routers=(Router("/webhooks", "kefen_crm.webhooks.api.router"),),
    timeline=(
        TimelineKind(actions.ADDED, _("Webhook added"), "webhook", GROUP, _url),
        TimelineKind(actions.CHANGED, _("Webhook changed"), "webhook", GROUP),
        TimelineKind(actions.REMOVED, _("Webhook removed"), "webhook-off", GROUP, _url),
        TimelineKind(actions.TESTED, _("Webhook tested"), "webhook", GROUP, _url),
        TimelineKind(sending.TURNED_OFF, _("Webhook turned off"), "webhook-off", GROUP, _url),
    ),
    notice_kinds=(NoticeKind(sending.TURNED_OFF, _("A webhook does not answer"), "webhook-off"),),
    clock_jobs=(ClockJob("webhooks.forget", lambda _due: sending.forget()),),
    demo=demo.demo,
)
