from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.credit import pages
from kefen_crm.credit.demo import demo
from kefen_crm.credit.permits import APPROVE, HOLD
from kefen_crm.credit.preview import preview
from kefen_crm.credit.refreshing import published
from kefen_crm.credit.terms import TERMS, CreditRule
from kefen_crm.platform.parts import (
    Consumer,
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    RuleKind,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Credit")

PLUGIN = Plugin(
    position=63,
    routes=(Route("credit/", "kefen_crm.credit.urls"),),
    menu=(MenuEntry("credit:accounts", _("Credit"), "shield-dollar", "l", position=28),),
    permissions=(
        Permission(HOLD, _("hold orders on credit"), (Role.MANAGER, Role.FINANCE)),
        Permission(APPROVE, _("approve credit exceptions"), (Role.MANAGER, Role.FINANCE)),
    ),
    routers=(Router("/credit", "kefen_crm.credit.api.router"),),
    panels=(Panel("credit/_panel.html", pages.panel, "side", 17, later=_("Credit")),),
    attention=pages.attention,
    approvals=pages.approvals,
    timeline=(
        TimelineKind("credit.asked", _("Credit exception asked for"), "shield-question", GROUP,
                     pages.exception_detail),
        TimelineKind("credit.approved", _("Credit exception approved"), "shield-check", GROUP,
                     pages.exception_detail),
        TimelineKind("credit.rejected", _("Credit exception rejected"), "shield-x", GROUP,
                     pages.exception_detail),
        TimelineKind("credit.ended", _("Credit exception ended"), "shield-off", GROUP,
                     pages.exception_detail),
        TimelineKind("credit.held", _("Orders held"), "hand-stop", GROUP,
                     lambda event: event.reason),
        TimelineKind("credit.released", _("Orders released"), "lock-open", GROUP,
                     lambda event: event.reason),
    ),
    consumers=(
        Consumer("credit.terms", published, ("rules.published", "rules.rolled-back")),
    ),
    rules=(
        RuleKind(
            TERMS,
            _("Terms of credit"),
            _(
                "How many days and up to which limit customers of a class may owe. An order beyond "
                "that is blocked; what is paid in advance passes."
            ),
            "shield-dollar",
            CreditRule,
            preview,
        ),
    ),
    personal=(
        PersonalData("credit.CreditAccount", deleted=True),
        PersonalData("credit.CreditException", emptied=("reason", "answer")),
        PersonalData("credit.CreditHold", emptied=("reason", "release_reason")),
    ),
    demo=demo,
)  # fmt: skip
