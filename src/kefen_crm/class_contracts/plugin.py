from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.class_contracts import pages
from kefen_crm.class_contracts.demo import demo
from kefen_crm.class_contracts.notices import KIND, NOTICES, TIMELINE
from kefen_crm.platform.parts import Panel, PersonalData, Route, Router
from kefen_crm.platform.registry import Plugin

PLUGIN = Plugin(
    position=59,  # its demo plans a task, after the demo of activities
    routes=(Route("class-contracts/", "kefen_crm.class_contracts.urls"),),
    routers=(Router("/class-contracts", "kefen_crm.class_contracts.api.router"),),
    panels=(
        Panel("class_contracts/_panel.html", pages.panel, "side", 12, later=_("Class contracts")),
    ),
    timeline=TIMELINE,
    notice_kinds=(KIND,),
    notices=NOTICES,
    personal=(PersonalData("class_contracts.Objection", emptied=("text", "answer")),),
    demo=demo,
)
