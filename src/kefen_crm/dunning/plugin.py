from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.dunning import pages, proof, proposing, sending
from kefen_crm.dunning.demo import demo
from kefen_crm.dunning.permits import DUN
from kefen_crm.dunning.planner import preview
from kefen_crm.dunning.policy import POLICY, DunningRule
from kefen_crm.platform.parts import (
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    RuleKind,
    SettingsPage,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Dunning")

PLUGIN = Plugin(
    position=64,
    routes=(Route("dunning/", "kefen_crm.dunning.urls"),),
    menu=(
        MenuEntry(
            "dunning:steps", _("Dunning"), "mail-dollar", "n", DUN, position=28, phone_permit=DUN
        ),
    ),
    settings_pages=(
        SettingsPage(
            "dunning:texts",
            _("Letters of dunning"),
            _("The words of reminders and notices, in Chinese and English."),
            "mail-dollar",
            DUN,
        ),
    ),
    permissions=(
        Permission(
            DUN, _("draft the policy of dunning, write, approve and send its letters"),
            (Role.MANAGER, Role.FINANCE),
        ),
    ),
    routers=(Router("/dunning", "kefen_crm.dunning.api.router"),),
    proofs=proof.PROOFS,
    panels=(Panel("dunning/_panel.html", pages.panel, "side", 19, later=_("Dunning")),),
    attention=pages.attention,
    timeline=(
        TimelineKind("dunning.approved", _("Dunning approved"), "checks", GROUP, pages.detail),
        TimelineKind("dunning.taken-back", _("Approval taken back"), "arrow-back-up", GROUP,
                     pages.detail),
        TimelineKind("dunning.rejected", _("Dunning rejected"), "x", GROUP, pages.detail),
        TimelineKind("dunning.sent", _("Dunned"), "mail-dollar", GROUP, pages.detail),
        TimelineKind("dunning.stopped", _("Dunning stopped"), "hand-stop", GROUP, pages.detail),
        TimelineKind("dunning.failed", _("Dunning letter refused"), "mail-x", GROUP, pages.detail),
        TimelineKind("dunning.unsure", _("Dunning letter perhaps sent"), "mail-question", GROUP,
                     pages.detail),
        TimelineKind("dunning.text-written", _("Letter's words changed"), "pencil", GROUP),
        TimelineKind("dunning.text-reset", _("Letter's words reset"), "arrow-back-up", GROUP),
    ),
    rules=(
        RuleKind(
            POLICY,
            _("Dunning"),
            _(
                "What is done how many days after an invoice was due, by class. Steps are proposed "
                "every morning and sent once somebody approves them; what is in dispute or "
                "promised rests."
            ),
            "mail-dollar",
            DunningRule,
            preview,
            draft_permit=DUN,
        ),
    ),
    clock_jobs=(proposing.JOB, sending.JOB),
    personal=(
        PersonalData("dunning.Step", emptied=("to", "subject", "text", "note")),
    ),
    demo=demo,
)  # fmt: skip
