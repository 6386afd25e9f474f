from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from kefen_crm.customer_links import pages
from kefen_crm.customer_links.actions import MADE, REMOVED
from kefen_crm.customer_links.demo import demo
from kefen_crm.customer_links.feeds import FEEDS
from kefen_crm.customer_links.merging import RULE
from kefen_crm.customer_links.models import Link
from kefen_crm.platform.parts import Panel, PersonalData, Route, Router, TimelineKind
from kefen_crm.platform.registry import Plugin

if TYPE_CHECKING:
    from kefen_crm.platform.models import Event

GROUP = _("Customers")


def _other(event: Event) -> str:
    """How the customers are linked, and to whom."""
    told = {**(event.before or {}), **(event.after or {})}
    kind = dict(Link.Kind.choices).get(told.get("kind", ""), "")
    return f"{kind}: {told.get('name', '')}"


PLUGIN = Plugin(
    position=26,
    routes=(Route("customer-links/", "kefen_crm.customer_links.urls"),),
    routers=(Router("/links", "kefen_crm.customer_links.api.router"),),
    panels=(
        Panel(
            "customer_links/_panel.html", pages.panel, "side", 18, later=_("Belongs together with")
        ),
    ),
    feeds=FEEDS,
    timeline=(
        TimelineKind(MADE, _("Linked to another customer"), "sitemap", GROUP, _other),
        TimelineKind(REMOVED, _("Link taken away"), "unlink", GROUP, _other),
    ),
    merge_rules=(RULE,),
    personal=(
        PersonalData("customer_links.Link", deleted=True),
        PersonalData("customer_links.Link", "other", deleted=True),
    ),
    demo=demo,
)
