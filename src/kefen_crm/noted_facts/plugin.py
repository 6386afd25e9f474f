from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kefen_crm.noted_facts import attention, feeds, notices, pages
from kefen_crm.noted_facts.actions import NOTE
from kefen_crm.noted_facts.demo import demo
from kefen_crm.noted_facts.kinds import KINDS
from kefen_crm.platform.parts import (
    Panel,
    Permission,
    PersonalData,
    Route,
    Router,
    TimelineKind,
)
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

GROUP = _("Facts noted by hand")
_DONE = (
    ("noted", pgettext_lazy("event", "%s noted")),
    ("corrected", pgettext_lazy("event", "%s corrected")),
    ("withdrawn", pgettext_lazy("event", "%s withdrawn")),
    ("imported", pgettext_lazy("event", "%s imported, too")),
    ("kept", pgettext_lazy("event", "%s kept beside the imported one")),
)

PLUGIN = Plugin(
    position=45,
    routes=(Route("noted/", "kefen_crm.noted_facts.urls"),),
    routers=(Router("/noted", "kefen_crm.noted_facts.api.router"),),
    permissions=(
        Permission(NOTE, _("note facts of customers"), (Role.MANAGER, Role.REP, Role.FINANCE)),
    ),
    panels=(Panel("noted_facts/_button.html", pages.button, "heading", position=90),),
    authored=pages.authored,
    attention=attention.items,
    notice_kinds=(notices.IMPORTED,),
    notices=notices.NOTICES,
    feeds=feeds.FEEDS,
    timeline=tuple(
        TimelineKind(f"{one.thing}.{done}", pages.titled(title, one), one.icon, GROUP, pages.detail)
        for one in KINDS.values()
        for done, title in _DONE
    ),
    personal=(PersonalData("noted_facts.NotedFact", emptied=("values",)),),
    demo=demo,
)
