from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.outreach import demo, pages, sending, writers
from kefen_crm.outreach.permits import SET_OUTREACH, WRITE_TO
from kefen_crm.platform.parts import (
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Outreach")

PLUGIN = Plugin(
    position=70,
    routes=(Route("", "kefen_crm.outreach.urls"),),
    menu=(MenuEntry("outreach:messages", GROUP, "send", "0", WRITE_TO, position=30),),
    settings_pages=(
        SettingsPage(
            "outreach:policy",
            GROUP,
            _("When and how often customers may be written to, and by whom messages go."),
            "send",
            SET_OUTREACH,
        ),
    ),
    permissions=(
        Permission(WRITE_TO, _("write to customers"), (Role.MANAGER, Role.REP, Role.SERVICE)),
        Permission(SET_OUTREACH, _("write templates, set quiet hours"), (Role.MANAGER,)),
    ),
    routers=(Router("/outreach", "kefen_crm.outreach.api.router"),),
    panels=(Panel("outreach/_panel.html", pages.panel, "side", 42, later=_("Messages")),),
    timeline=(
        TimelineKind("outreach.written", _("Message written"), "send", GROUP, pages.detail),
        TimelineKind("outreach.sent", _("Message sent"), "send", GROUP, pages.detail),
        TimelineKind("outreach.bounced", _("Message came back"), "mail-x", GROUP, pages.detail),
        TimelineKind("outreach.failed", _("Message refused"), "mail-x", GROUP, pages.detail),
        TimelineKind(
            "outreach.unknown", _("Message perhaps sent"), "mail-question", GROUP, pages.detail
        ),
        TimelineKind("outreach.settled", _("Message settled"), "checks", GROUP, pages.detail),
        TimelineKind("outreach.unsubscribed", _("Unsubscribed"), "bell-off", GROUP, pages.detail),
        TimelineKind("outreach.suppressed", _("Address suppressed"), "bell-off", GROUP,
                     pages.detail),
        TimelineKind("outreach.suppression-lifted", _("Address may be written to again"), "bell",
                     GROUP, pages.detail),
        TimelineKind("outreach.template-made", _("Template written"), "template", GROUP,
                     pages.detail),
        TimelineKind("outreach.template-changed", _("Template changed"), "template", GROUP),
        TimelineKind("outreach.policy-changed", _("Quiet hours and limits changed"), "clock",
                     GROUP),
        TimelineKind("outreach.sender-made", _("Sender set up"), "plug", GROUP, pages.detail),
        TimelineKind("outreach.sender-changed", _("Sender changed"), "plug", GROUP),
    ),
    writers=(writers.WRITER,),
    clock_jobs=(sending.JOB,),
    personal=(
        PersonalData("outreach.Message", emptied=("to", "address", "subject", "body")),
        PersonalData("outreach.Suppression"),
    ),
    demo=demo.demo,
)  # fmt: skip
