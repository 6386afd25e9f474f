from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from kefen_crm.gateway.ledger import newest_version
from kefen_crm.platform.parts import Part
from kefen_crm.platform.registry import declared, landing, plugins
from kefen_crm.site.navigation import begun_lines, commands, menu, menu_lines, phone_bar

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.site.navigation import Begun


_USER_MENU: Final = "layout/user_menu.html"


def layout(request: HttpRequest) -> dict[str, Any]:
    """What the base template needs on every page, and what the apps add to it.

    It is read once for all templates of a page, anew where somebody signs in or the language
    changes meanwhile.
    """
    user = getattr(request, "user", None)
    about = (getattr(user, "pk", None), get_language())
    known: tuple[Any, dict[str, Any]] | None = getattr(request, "site_layout", None)
    if known is None or known[0] != about:
        known = (about, _read(request))
        request.site_layout = known  # type: ignore[attr-defined]
    return known[1]


def _read(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    signed_in = bool(user and user.is_authenticated)
    language = get_language() or ""
    links: Any = SimpleLazyObject(lambda: menu(request) if signed_in else [])
    begun: Any = SimpleLazyObject(lambda: _begun(request) if signed_in else [])
    context: dict[str, Any] = {
        "chinese": language.startswith("zh"),
        "demo": settings.KEFEN_DEMO,
        # What whole pages alone show is not made for parts of a page.
        "menu": links,
        "menu_lines": SimpleLazyObject(lambda: menu_lines(tuple(links), language)),
        "phone_bar": SimpleLazyObject(lambda: phone_bar(request, links)),
        "begun": begun,
        "begun_lines": SimpleLazyObject(lambda: begun_lines(tuple(begun), language)),
        # Of a phone and of a wide screen, made once for both.
        "user_menu": SimpleLazyObject(lambda: render_to_string(_USER_MENU, request=request)),
        "landing": SimpleLazyObject(lambda: landing(request) if signed_in else "/"),
        "bar": SimpleLazyObject(lambda: _bar(request)) if signed_in else [],
        "facts_version": SimpleLazyObject(newest_version) if signed_in else None,
        "search_page": next((one.page for one in declared("search") if one.page), ""),
    }
    for plugin in plugins():
        if plugin.layout:
            context |= plugin.layout(request)
    return context


def _begun(request: HttpRequest) -> list[Begun]:
    """The new things that can be begun."""
    return [one for one in commands(request) if one.command.create]


def _bar(request: HttpRequest) -> list[Part]:
    """The small things that apps have in the bar; asked for by whole pages alone."""
    read = [(item.template, item.read(request)) for item in declared("bar")]
    return [Part(template, context) for template, context in read if context is not None]
