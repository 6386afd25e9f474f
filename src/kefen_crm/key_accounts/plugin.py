from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.key_accounts import (
    contracts,
    deadlines,
    demo,
    listing,
    merging,
    notices,
    pages,
    proof,
    reminders,
    search,
    tenders,
)
from kefen_crm.opportunities.permits import SELL
from kefen_crm.platform.parts import (
    Command,
    MenuEntry,
    OwnedWork,
    Panel,
    PersonalData,
    Route,
    Router,
    SearchSource,
    Tile,
)
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(
    position=65,
    routes=(Route("key-accounts/", "kefen_crm.key_accounts.urls"),),
    menu=(MenuEntry("key_accounts:list", _("Key accounts"), "sitemap", "g", SELL, position=26),),
    routers=(
        Router("/key-accounts", "kefen_crm.key_accounts.api.accounts.router"),
        Router("/key-accounts", "kefen_crm.key_accounts.api.plans.router"),
        Router("/tenders", "kefen_crm.key_accounts.api.tenders.router"),
        Router("/contracts", "kefen_crm.key_accounts.api.contracts.router"),
    ),
    search=(
        SearchSource(search.find, "key_accounts:list", _("Key accounts"), "sitemap"),
        SearchSource(search.find_tenders, "key_accounts:tenders", _("Tenders"), "gavel"),
        SearchSource(
            search.find_contracts, "key_accounts:contracts", _("Contracts"), "file-certificate"
        ),
    ),
    commands=(
        Command(
            "key_accounts:choose", _("New key account"), "sitemap", SELL, create=True, dialog=True
        ),
        Command(
            "key_accounts:tender_choose", _("New tender"), "gavel", SELL, create=True, dialog=True
        ),
        Command(
            "key_accounts:contract_choose",
            _("New contract"),
            "file-certificate",
            SELL,
            create=True,
            dialog=True,
        ),
    ),
    proofs=proof.PROOFS,
    panels=(Panel("key_accounts/_panel.html", pages.panel, "side", 13, later=_("Key account")),),
    day=(Tile("key_accounts/_day.html", pages.day),),
    attention=pages.attention,
    calendar=deadlines.calendar,
    filters=(listing.FILTER,),
    timeline=notices.TIMELINE,
    notice_kinds=notices.KINDS,
    notices=notices.NOTICES,
    clock_jobs=(reminders.JOB, *contracts.JOBS),
    owned=(
        OwnedWork(_("open tenders"), tenders.move_owned),
        OwnedWork(_("contracts"), contracts.move_owned),
    ),
    merge_rules=(merging.RULE,),
    personal=(
        PersonalData("key_accounts.Stakeholder", "contact__customer", deleted=True),
        PersonalData("key_accounts.KeyAccount", emptied=("goal", "rules")),
        PersonalData("key_accounts.Tender", emptied=("title", "note", "reason")),
        PersonalData("key_accounts.ApprovalStep", emptied=("title", "documents")),
        PersonalData("key_accounts.PlanItem", emptied=("text", "measure")),
        PersonalData("key_accounts.Contract", emptied=("title", "note", "reason")),
    ),
    demo=demo.demo,
)
