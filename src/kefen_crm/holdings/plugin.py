from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.actions import owners
from kefen_crm.holdings import pages
from kefen_crm.holdings.limits import HOLDING_WEIGHT, HoldingWeight, preview_weights
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.platform.parts import (
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    RuleKind,
    SearchSource,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

OWNERS = _("Owners")
TIMELINE = (
    TimelineKind(owners.CLAIMED, _("Claimed from the pool"), "hand-grab", OWNERS, pages.detail),
    TimelineKind(owners.RELEASED, _("Released into the pool"), "hand-off", OWNERS, pages.detail),
    TimelineKind(
        owners.RECYCLED, _("Taken into the pool by rules"), "recycle", OWNERS, pages.detail
    ),
    TimelineKind(owners.HANDED_OVER, _("Handed over"), "transfer", OWNERS, pages.detail),
    TimelineKind(owners.RETURNED, _("Given back"), "arrow-back-up", OWNERS, pages.detail),
)

PLUGIN = Plugin(
    position=55,
    routes=(Route("pool/", "kefen_crm.holdings.urls"),),
    menu=(
        MenuEntry(
            "holdings:pool", _("Pool"), "pool", "p", CLAIM, position=25, shown=pages.any_pool
        ),
    ),
    permissions=(Permission(CLAIM, _("claim and release customers"), (Role.MANAGER, Role.REP)),),
    routers=(Router("/pool", "kefen_crm.holdings.api.router"),),
    panels=(Panel("holdings/_panel.html", pages.panel, "side", position=16),),
    search=(SearchSource(pages.find, page="holdings:pool"),),
    timeline=TIMELINE,
    rules=(
        RuleKind(
            HOLDING_WEIGHT,
            _("Weights of customers"),
            _("How much a customer counts among those a person holds, where a pool limits them."),
            "weight",
            HoldingWeight,
            preview_weights,
        ),
    ),
    personal=(
        PersonalData("holdings.Holding", emptied=("reason", "end_reason")),
        PersonalData("holdings.PoolEntry", emptied=("reason",)),
    ),
)
