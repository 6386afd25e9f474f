from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import (
    Command,
    MenuEntry,
    OwnedWork,
    Panel,
    Permission,
    PersonalData,
    PoolExemption,
    Route,
    Router,
    RuleKind,
    SearchSource,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role
from kefen_crm.tickets import (
    actions,
    alerts,
    demo,
    feeds,
    low_answers,
    notices,
    pages,
    preview,
    proof,
    queries,
    search,
)
from kefen_crm.tickets.actions import SERVE
from kefen_crm.tickets.permits import WRITE_REPLIES
from kefen_crm.tickets.rules import SERVICE_LEVEL, ServiceLevel

PLUGIN = Plugin(
    position=64,
    routes=(Route("service/", "kefen_crm.tickets.urls"),),
    menu=(
        MenuEntry(
            "tickets:queue", _("Service"), "headset", "k", SERVE, position=28, phone_permit=SERVE
        ),
    ),
    permissions=(
        Permission(SERVE, _("answer tickets"), (Role.MANAGER, Role.REP, Role.SERVICE)),
        Permission(WRITE_REPLIES, _("write reply templates"), (Role.MANAGER, Role.SERVICE)),
    ),
    routers=(
        Router("/tickets", "kefen_crm.tickets.api.router"),
        Router("/cause-changes", "kefen_crm.tickets.cause_api.router"),
        Router("/reply-templates", "kefen_crm.tickets.reply_api.router"),
    ),
    commands=(Command("tickets:replies", _("Reply templates"), "message-dots", SERVE),),
    search=(SearchSource(search.find, "tickets:queue", _("Tickets"), "headset"),),
    proofs=proof.PROOFS,
    panels=(Panel("tickets/_panel.html", pages.panel, "side", position=16),),
    attention=pages.attention,
    timeline=notices.TIMELINE,
    consumers=(low_answers.CONSUMER,),
    feeds=feeds.FEEDS,
    notice_kinds=notices.KINDS,
    notices=notices.NOTICES,
    rules=(
        RuleKind(
            SERVICE_LEVEL,
            _("Service levels"),
            _("Tickets of each class are answered and solved within so many working hours."),
            "headset",
            ServiceLevel,
            preview.preview,
        ),
    ),
    clock_jobs=(alerts.JOB,),
    pool_exemptions=(
        PoolExemption("ticket", _("stay: a ticket of theirs is not solved"), queries.not_solved),
    ),
    owned=(OwnedWork(_("tickets not solved"), actions.move),),
    personal=(
        PersonalData("tickets.Ticket", emptied=("contact", "title", "product", "cause")),
        PersonalData("tickets.Message", "ticket__customer", emptied=("text",)),
        PersonalData("tickets.ArticleUse", "ticket__customer"),
    ),
    demo=demo.demo,
)
