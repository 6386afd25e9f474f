from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.care import demo, giving, pages
from kefen_crm.care.document import CARE, CareRule, faults
from kefen_crm.care.permits import SEE
from kefen_crm.care.preview import preview
from kefen_crm.care.starts import offers, starts
from kefen_crm.platform.parts import MenuEntry, Panel, PersonalData, Route, Router, RuleKind
from kefen_crm.platform.registry import Plugin

GROUP = _("Care")

PLUGIN = Plugin(
    position=71,
    routes=(Route("care/", "kefen_crm.care.urls"),),
    menu=(MenuEntry("care:list", GROUP, "heart-handshake", "", SEE, position=32),),
    routers=(Router("/care", "kefen_crm.care.api.router"),),
    panels=(Panel("care/_panel.html", pages.panel, "side", position=43),),
    attention=pages.attention,
    rules=(
        RuleKind(
            CARE,
            GROUP,
            _(
                "What customers of a class are given on birthdays, holidays and anniversaries, "
                "with new products, after a purchase, and when they fall silent: a task or a "
                "message."
            ),
            "heart-handshake",
            CareRule,
            preview,
            starts=starts,
            faults=faults,
            offers=offers,
        ),
    ),
    clock_jobs=(giving.JOB,),
    personal=(PersonalData("care.Care"),),
    demo=demo.demo,
)
