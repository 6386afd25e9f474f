from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.customers.actions import owners
from kefen_crm.holdings import assign_many, demo, pages, queries
from kefen_crm.holdings.actions import assigning, recycling, work
from kefen_crm.holdings.limits import HOLDING_WEIGHT, HoldingWeight, preview_weights
from kefen_crm.holdings.permits import CLAIM
from kefen_crm.holdings.pool_rules import POOL_RULES, PoolRule
from kefen_crm.holdings.tonight import preview
from kefen_crm.platform.parts import (
    Consumer,
    MenuEntry,
    NoticeKind,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    RuleKind,
    SearchSource,
    Tile,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit, Role

OWNERS = _("Owners")
RULES = (
    RuleKind(
        POOL_RULES,
        _("Pool rules"),
        _(
            "Customers whom nobody cares for fall into the pool. Owners are warned 7 and 3 working "
            "days before; at most 5 % of a person's customers fall a night."
        ),
        "pool",
        PoolRule,
        preview,
    ),
    RuleKind(
        HOLDING_WEIGHT,
        _("Weights of customers"),
        _("How much a customer counts among those a person holds, where a pool limits them."),
        "weight",
        HoldingWeight,
        preview_weights,
    ),
)
TIMELINE = (
    TimelineKind(owners.CLAIMED, _("Claimed from the pool"), "hand-grab", OWNERS, pages.detail),
    TimelineKind(owners.RELEASED, _("Released into the pool"), "hand-off", OWNERS, pages.detail),
    TimelineKind(
        owners.RECYCLED, _("Taken into the pool by rules"), "recycle", OWNERS, pages.detail
    ),
    TimelineKind(owners.HANDED_OVER, _("Handed over"), "transfer", OWNERS, pages.detail),
    TimelineKind(owners.RETURNED, _("Given back"), "arrow-back-up", OWNERS, pages.detail),
    TimelineKind(
        recycling.POOL_WARNED, _("About to fall into the pool"), "pool", OWNERS, pages.warning
    ),
    TimelineKind(recycling.SPARED, _("Spared by the pool rules for a week"), "shield", OWNERS),
    TimelineKind(recycling.STOPPED, _("A night of the pool rules stopped"), "hand-stop", OWNERS),
    TimelineKind("pool.recycled", _("The pool rules took customers"), "recycle", OWNERS),
    TimelineKind(assigning.HANDED, _("Customers handed over"), "transfer", OWNERS),
    TimelineKind(assigning.MANY, _("Customers assigned"), "user-share", OWNERS),
    TimelineKind("transfer.undone", _("A transfer undone"), "arrow-back-up", OWNERS),
)

PLUGIN = Plugin(
    position=55,
    routes=(Route("pool/", "kefen_crm.holdings.urls"),),
    menu=(
        MenuEntry(
            "holdings:pool", _("Pool"), "pool", "o", CLAIM, position=25, shown=pages.pool_known
        ),
        MenuEntry(
            "holdings:work",
            _("Work"),
            "heart-rate-monitor",
            "w",
            Permit.SEE_ALL_CUSTOMERS,
            position=42,
            group="classes",
        ),
    ),
    permissions=(Permission(CLAIM, _("claim and release customers"), (Role.MANAGER, Role.REP)),),
    routers=(Router("/pool", "kefen_crm.holdings.api.router"),),
    panels=(Panel("holdings/_panel.html", pages.panel, "side", 16, later=_("Owner")),),
    search=(SearchSource(pages.find, "holdings:pool", _("In the pool"), "pool"),),
    bulk_verbs=(assign_many.VERB,),
    timeline=TIMELINE,
    consumers=(Consumer("holdings.work", work.handle, work.VERBS),),
    rules=RULES,
    clock_jobs=(recycling.JOB_OF_CLOCK,),
    notice_kinds=(
        NoticeKind("pool.warned", _("A customer of mine is about to fall into the pool"), "pool"),
        NoticeKind("pool.taken", _("The pool rules took a customer of mine"), "recycle"),
    ),
    day=(Tile("holdings/_day.html", pages.day),),
    attention=pages.attention,
    read_ahead=pages.read_ahead,
    personal=(
        PersonalData("holdings.Holding", emptied=("reason", "end_reason")),
        PersonalData("holdings.PoolEntry", emptied=("reason",)),
        PersonalData("holdings.Falling", deleted=True),
        PersonalData("holdings.Spared", emptied=("reason",)),
    ),
    absences=queries.absences,
    demo=demo.hold,
)
