from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kefen_crm.campaigns.permits import CAMPAIGN
from kefen_crm.platform.parts import MenuEntry, Route, Router, TimelineKind
from kefen_crm.platform.registry import Plugin
from kefen_crm.uplift import demo

GROUP = _("Response")

PLUGIN = Plugin(
    position=73,
    routes=(Route("uplift/", "kefen_crm.uplift.urls"),),
    menu=(
        MenuEntry("uplift:list", GROUP, "target-arrow", "", CAMPAIGN, position=45, group="classes"),
    ),
    routers=(Router("/uplift", "kefen_crm.uplift.api.router"),),
    timeline=(
        TimelineKind("uplift.asked", _("Learning from campaigns asked for"), "target-arrow", GROUP),
        TimelineKind("uplift.published", _("Response classes published"), "target-arrow", GROUP),
    ),
    demo=demo.demo,
)
