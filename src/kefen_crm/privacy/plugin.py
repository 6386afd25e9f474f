from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import Panel, Permission, Route, Router
from kefen_crm.platform.registry import Plugin
from kefen_crm.team.roles import Permit, Role, may

if TYPE_CHECKING:
    from django.http import HttpRequest


def link(request: HttpRequest, _customer: Any) -> dict[str, Any] | None:
    """The way to the page of a customer's personal data, for whom it is permitted."""
    return {} if may(request.user, Permit.PERSONAL_DATA) else None


PLUGIN = Plugin(
    position=85,
    routes=(Route("personal-data/", "kefen_crm.privacy.urls"),),
    permissions=(
        Permission(Permit.PERSONAL_DATA, _("disclose and erase personal data"), (Role.MANAGER,)),
    ),
    panels=(Panel("privacy/_customer_link.html", link, "heading", position=900),),
    routers=(Router("/personal-data", "kefen_crm.privacy.api.router"),),
)
