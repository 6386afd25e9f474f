from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from kefen_crm.audit import queries, timelines
from kefen_crm.platform.parts import MenuEntry, Panel, Permission, Route, Router
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Role

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.customers.models import Customer

SEE_AUDIT = "see_audit"


def timeline(request: HttpRequest, customer: Customer) -> dict[str, Any] | None:
    """The newest of what happened with a customer."""
    newest = timelines.page(request, customer, queries.FIRST)
    return newest | {"groups": timelines.groups(customer, newest)} if newest["lines"] else None


PLUGIN = Plugin(
    position=75,
    routes=(Route("audit/", "kefen_crm.audit.urls"),),
    menu=(
        MenuEntry(
            "audit:list", _("Audit"), "history", "a", SEE_AUDIT, position=75, group="settings"
        ),
    ),
    permissions=(Permission(SEE_AUDIT, _("see the audit"), (Role.MANAGER,)),),
    panels=(Panel("audit/_timeline.html", timeline, "main", position=8),),
    routers=(Router("/events", "kefen_crm.audit.api.router"),),
)
