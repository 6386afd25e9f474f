from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from kefen_crm.customers.queries import figures_as_of
from kefen_crm.gateway.ledger import newest_version
from kefen_crm.site.navigation import menu
from kefen_crm.team.demo import LOGINS
from kefen_crm.team.models import Theme

if TYPE_CHECKING:
    from django.http import HttpRequest


def layout(request: HttpRequest) -> dict[str, Any]:
    """What the base template needs on every page."""
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    theme = user.theme if signed_in and user else request.COOKIES.get("kefen_theme", "")
    return {
        "theme": theme if theme in Theme else Theme.AUTO,
        "chinese": (get_language() or "").startswith("zh"),
        "demo": settings.KEFEN_DEMO,
        "demo_logins": LOGINS if settings.KEFEN_DEMO and not signed_in else (),
        "menu": menu(request) if signed_in else [],
        "figures_as_of": SimpleLazyObject(figures_as_of) if signed_in else None,
        "facts_version": SimpleLazyObject(newest_version) if signed_in else None,
    }
