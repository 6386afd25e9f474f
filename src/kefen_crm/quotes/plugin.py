from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.parts import (
    Command,
    MenuEntry,
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    RuleKind,
    SearchSource,
    SettingsPage,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.quotes import demo, listing, notices, pages, search
from kefen_crm.quotes.ceilings import DISCOUNT_CEILING, DiscountCeiling, preview
from kefen_crm.quotes.permits import APPROVE_DISCOUNTS, SET_LETTERHEAD
from kefen_crm.team.roles import Role

PLUGIN = Plugin(
    position=64,
    routes=(Route("quotes/", "kefen_crm.quotes.urls"),),
    menu=(MenuEntry("quotes:list", _("Quotes"), "file-dollar", "x", SELL, position=26),),
    settings_pages=(
        SettingsPage(
            "quotes:letterhead", _("Letterhead"), _("What stands at the head of quotes"),
            "file-text", SET_LETTERHEAD,
        ),
    ),
    permissions=(
        Permission(
            APPROVE_DISCOUNTS, _("approve discounts of quotes"), (Role.MANAGER, Role.FINANCE)
        ),
        Permission(SET_LETTERHEAD, _("set the letterhead of quotes"), (Role.MANAGER,)),
    ),
    routers=(Router("/quotes", "kefen_crm.quotes.api.router"),),
    search=(SearchSource(search.find, "quotes:list", _("Quotes"), "file-dollar"),),
    commands=(
        Command("quotes:choose", _("New quote"), "file-dollar", SELL, create=True, dialog=True),
    ),
    panels=(Panel("quotes/_panel.html", pages.panel, "side", 15, later=_("Quotes")),),
    attention=pages.attention,
    approvals=pages.approvals,
    filters=(listing.FILTER,),
    timeline=notices.TIMELINE,
    notice_kinds=notices.KINDS,
    notices=notices.NOTICES,
    rules=(
        RuleKind(
            DISCOUNT_CEILING,
            _("Discounts"),
            _("How far below list prices a quote may be by class; above that somebody else has to "
              "approve it."),
            "discount",
            DiscountCeiling,
            preview,
        ),
    ),
    personal=(
        PersonalData(
            "quotes.Quote", emptied=("title", "contact", "terms", "reason", "answer"),
        ),
    ),
    demo=demo.demo,
)  # fmt: skip
