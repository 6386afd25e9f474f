from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.parts import MenuEntry, Permission, Route, Router, TimelineKind
from kefen_crm.platform.registry import Plugin
from kefen_crm.team import actions, demo
from kefen_crm.team.models import Theme
from kefen_crm.team.roles import Permit

if TYPE_CHECKING:
    from django.http import HttpRequest


def layout(request: HttpRequest) -> dict[str, Any]:
    """The theme, and on the sign-in page of a demo who may sign in."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    theme = user.theme if signed_in and user else request.COOKIES.get("kefen_theme", "")
    return {
        "theme": theme if theme in Theme else Theme.AUTO,
        "demo_logins": demo.LOGINS + demo.OTHERS if settings.KEFEN_DEMO and not signed_in else (),
    }


def install() -> str:
    """The first administrator; a demo has people of its own."""
    if not settings.KEFEN_DEMO:
        actions.create_first_user()
    return ""


USERS, DEPARTMENTS, TOKENS = _("Users"), _("Departments"), _("API tokens")
TIMELINE = (
    TimelineKind("user.created", _("User added"), "user-plus", USERS),
    TimelineKind("user.changed", _("User changed"), "user-edit", USERS),
    TimelineKind("user.password-changed", _("Password changed"), "key", USERS),
    TimelineKind("user.two-step-changed", _("Two-step sign-in switched off"), "shield-off", USERS),
    TimelineKind("department.created", _("Department added"), "sitemap", DEPARTMENTS),
    TimelineKind("department.changed", _("Department changed"), "sitemap", DEPARTMENTS),
    TimelineKind("department.removed", _("Department removed"), "sitemap-off", DEPARTMENTS),
    TimelineKind("token.created", _("API token made"), "api", TOKENS),
    TimelineKind("token.revoked", _("API token revoked"), "api-off", TOKENS),
)

PLUGIN = Plugin(
    position=10,
    routes=(
        Route("", "kefen_crm.team.entrance_urls"),
        Route("team/", "kefen_crm.team.urls"),
    ),
    menu=(
        MenuEntry(
            "team:users",
            _("Users"),
            "user-cog",
            "u",
            Permit.MANAGE_USERS,
            position=80,
            group="settings",
        ),
    ),
    permissions=(Permission(Permit.MANAGE_USERS, _("manage users")),),
    routers=(Router("", "kefen_crm.team.api.router"),),
    api_sign_in="kefen_crm.team.sign_in.SIGN_IN",
    layout=layout,
    timeline=TIMELINE,
    install=install,
    demo=lambda: demo.create_people(os.environ.get("KEFEN_COMPANY", "trade")),
)
