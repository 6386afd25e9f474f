from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import Panel, PersonalData, Route, Router, TimelineKind
from kefen_crm.platform.registry import Plugin
from kefen_crm.recommendations import learning, pages
from kefen_crm.recommendations.actions import REJECTED

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event


def _item(event: Event) -> str:
    return str((event.after or {}).get("item", ""))


PLUGIN = Plugin(
    position=53,
    routes=(Route("offers/", "kefen_crm.recommendations.urls"),),
    routers=(Router("/offers", "kefen_crm.recommendations.api.router"),),
    panels=(Panel("recommendations/_panel.html", pages.panel, "side", 13, later=_("Offer next")),),
    timeline=(TimelineKind(REJECTED, _("Product not wanted"), "thumb-down", _("Offers"), _item),),
    clock_jobs=(learning.JOB,),
    personal=(
        PersonalData("recommendations.CustomerOffers", deleted=True),
        PersonalData("recommendations.Rejection", deleted=True),
    ),
    demo=learning.learn_offers,
)
