from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.campaigns import demo, experiments, pages, proof, results, running
from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.platform.parts import (
    Command,
    MenuEntry,
    Permission,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Campaigns")

PLUGIN = Plugin(
    position=72,
    routes=(Route("campaigns/", "kefen_crm.campaigns.urls"),),
    menu=(MenuEntry("campaigns:list", GROUP, "speakerphone", "9", CAMPAIGN, position=31),),
    permissions=(Permission(CAMPAIGN, _("run campaigns"), (Role.MANAGER,)),),
    routers=(Router("/campaigns", "kefen_crm.campaigns.api.router"),),
    list_links=(
        Command("campaigns:new", _("New campaign with these"), "speakerphone", CAMPAIGN),
    ),
    timeline=(
        TimelineKind("campaign.made", _("Campaign written"), "speakerphone", GROUP, pages.detail),
        TimelineKind("campaign.changed", _("Campaign changed"), "pencil", GROUP, pages.detail),
        TimelineKind("campaign.drawn", _("Campaign's customers drawn"), "snowflake", GROUP,
                     pages.detail),
        TimelineKind("campaign.started", _("Campaign started"), "player-play", GROUP,
                     pages.detail),
        TimelineKind("campaign.stopped", _("Campaign stopped"), "player-stop", GROUP,
                     pages.detail),
        TimelineKind("campaign.ended", _("Campaign ended"), "flag", GROUP, pages.detail),
        TimelineKind("campaign.exported", _("Campaign's log exported"), "download", GROUP,
                     pages.detail),
        TimelineKind("campaign.coupon-used", _("Coupon given in"), "ticket", GROUP, pages.detail),
    ),
    experiments=experiments.past,
    proofs=proof.PROOFS,
    clock_jobs=(running.JOB, results.JOB),
    personal=(PersonalData("campaigns.Member"),),
    demo=demo.demo,
)  # fmt: skip
