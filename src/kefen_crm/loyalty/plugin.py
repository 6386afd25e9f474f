from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.loyalty import (
    demo,
    expiry,
    landing,
    listing,
    merging,
    pages,
    preview,
    tiers,
)
from kefen_crm.loyalty.permits import REDEEM
from kefen_crm.loyalty.programme import (
    POINTS,
    REWARDS,
    TIERS,
    PointsRule,
    RewardRule,
    TierRule,
)
from kefen_crm.platform.parts import (
    Command,
    Consumer,
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    RuleKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

PLUGIN = Plugin(
    position=64,
    routes=(Route("", "kefen_crm.loyalty.urls"),),
    menu=(MenuEntry("loyalty:programme", _("Loyalty"), "coins", "7", REDEEM, position=30),),
    permissions=(
        Permission(REDEEM, _("give and redeem points and coupons"), (Role.MANAGER, Role.SERVICE)),
    ),
    routers=(Router("/loyalty", "kefen_crm.loyalty.api.router"),),
    commands=(Command("loyalty:redeem", _("Redeem a coupon"), "ticket", REDEEM),),
    panels=(Panel("loyalty/_panel.html", pages.panel, "side", 35, later=_("Loyalty")),),
    attention=pages.attention,
    filters=listing.FILTERS,
    columns=(listing.COLUMNS,),
    timeline=pages.TIMELINE,
    moments=(pages.MOMENTS,),
    notice_kinds=(pages.KIND,),
    notices=pages.NOTICES,
    consumers=(
        Consumer("loyalty.rules", landing.published, ("rules.published", "rules.rolled-back")),
    ),
    clock_jobs=(expiry.JOB, tiers.JOB, landing.JOB),
    rules=(
        RuleKind(
            POINTS,
            _("Points"),
            _(
                "How many points members of a class earn for what they buy, how long these hold, "
                "and what one is worth. Points that were earned stay as they were."
            ),
            "coins",
            PointsRule,
            preview.preview_points,
        ),
        RuleKind(
            TIERS,
            _("Tiers of members"),
            _(
                "The tiers, the best first, by class or by the points of twelve months. A tier is "
                "reached the next night, held for its months, and lost by one step after a notice "
                "of 30 days."
            ),
            "stairs-up",
            TierRule,
            preview.preview_tiers,
        ),
        RuleKind(
            REWARDS,
            _("Rewards"),
            _("What members may have for points, as a coupon."),
            "gift",
            RewardRule,
            preview.preview_rewards,
        ),
    ),
    merge_rules=(merging.RULE,),
    personal=(
        PersonalData("loyalty.Member", emptied=("digest",)),
        PersonalData("loyalty.Departure", "member__customer", emptied=("reason",)),
        PersonalData("loyalty.Operation", "member__customer", emptied=("reason", "order")),
        PersonalData("loyalty.Coupon", "member__customer", emptied=("order", "title")),
        PersonalData("loyalty.Award", "member__customer"),
        PersonalData("loyalty.Lot", "member__customer"),
        PersonalData("loyalty.TierPeriod", "member__customer"),
    ),
    demo=demo.demo,
)
