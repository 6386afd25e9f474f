from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.leads import (
    actions,
    capacity,
    demo,
    listing,
    notices,
    pages,
    preview,
    proof,
    search,
    versions,
)
from kefen_crm.leads.capacity import LEAD_CAPACITY, LeadCapacity
from kefen_crm.leads.grading import LEAD_GRADE, LeadRule
from kefen_crm.leads.permits import WORK_LEADS
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
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

PLUGIN = Plugin(
    position=62,
    routes=(Route("leads/", "kefen_crm.leads.urls"),),
    menu=(MenuEntry("leads:list", _("Leads"), "user-search", "z", WORK_LEADS, position=24),),
    permissions=(Permission(WORK_LEADS, _("work on leads"), (Role.MANAGER, Role.REP)),),
    routers=(
        Router("/leads", "kefen_crm.leads.api.router"),
        Router("/lead-models", "kefen_crm.leads.learning_api.router"),
    ),
    search=(SearchSource(search.find, "leads:list", _("Leads"), "user-search"),),
    commands=(
        Command("leads:new", _("New lead"), "user-search", WORK_LEADS, create=True),
        Command("leads:card", _("Lead from a business card"), "id", WORK_LEADS, create=True),
    ),
    proofs=proof.PROOFS,
    panels=(Panel("leads/_panel.html", pages.panel, "side", 30, later=_("Came from")),),
    attention=pages.attention,
    filters=(listing.FILTER,),
    timeline=notices.TIMELINE,
    notice_kinds=notices.KINDS,
    notices=notices.NOTICES,
    rules=(
        RuleKind(
            LEAD_GRADE,
            _("Grades of leads"),
            _("Leads are graded by their source and by what the inquiry tells; the first rule that "
              "fits holds."),
            "user-search",
            LeadRule,
            preview.preview,
        ),
        RuleKind(
            LEAD_CAPACITY,
            _("Leads for each person"),
            _("How many open leads people of a department have at most, when they are shared out."),
            "users",
            LeadCapacity,
            capacity.preview,
        ),
    ),
    clock_jobs=(actions.JOB, versions.JOB),
    personal=(
        PersonalData(
            "leads.Lead",
            emptied=("name", "company", "title", "phone", "email", "wechat", "address", "inquiry",
                     "note"),
        ),
    ),
    demo=demo.demo,
)  # fmt: skip
