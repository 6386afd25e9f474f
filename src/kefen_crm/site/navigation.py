"""The entries of the main menu, with their icons and `g`-keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefen_crm.team.roles import Permit, may

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.functional import _StrPromise


@dataclass(frozen=True)
class Entry:
    """One menu entry: where it leads, who sees it, and the letter after `g` that opens it."""

    url_name: str
    title: _StrPromise
    icon: str
    key: str
    permit: Permit | None = None


ENTRIES = (
    Entry("home", _("Home"), "home", "h"),
    Entry("customers:list", _("Customers"), "users", "c"),
    Entry("grading:list", _("Schemes"), "stack-2", "s"),
    Entry("proof:overview", _("Proof"), "shield-check", "p", Permit.SEE_ALL_CUSTOMERS),
    Entry("imports:list", _("Imports"), "file-import", "i", Permit.IMPORT),
    Entry("team:users", _("Users"), "user-cog", "u", Permit.MANAGE_USERS),
    Entry("operations:settings", _("Settings"), "settings", "e", Permit.OPERATE),
)


@dataclass(frozen=True)
class Link:
    """A menu entry as this request sees it."""

    entry: Entry
    href: str
    active: bool


def menu(request: HttpRequest) -> list[Link]:
    """The entries this user may open; the one of the current page is active."""
    links = []
    for entry in ENTRIES:
        if entry.permit and not may(request.user, entry.permit):
            continue
        href = reverse(entry.url_name)
        inside = request.path == href or (href != "/" and request.path.startswith(href))
        links.append(Link(entry, href, inside))
    return links
