"""The main menu, as the apps' entries make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from django.http import HttpRequest

    from kefen_crm.platform.parts import MenuEntry


@dataclass(frozen=True)
class Link:
    """A menu entry as this request sees it."""

    entry: MenuEntry
    href: str
    active: bool


def menu(request: HttpRequest) -> list[Link]:
    """The entries this user may open; the one of the current page is active."""
    links = []
    may = request.user.can  # type: ignore[union-attr]  # somebody is signed in
    for entry in sorted(declared("menu"), key=lambda one: one.position):
        if entry.permit and not may.get(entry.permit):
            continue
        if entry.shown and not entry.shown():
            continue
        href = reverse(entry.url_name)
        inside = request.path == href or (href != "/" and request.path.startswith(href))
        links.append(Link(entry, href, inside))
    return links


def phone_bar(links: list[Link]) -> list[Link]:
    """The entries of the bar at the bottom of a phone."""
    return sorted((one for one in links if one.entry.phone), key=lambda one: one.entry.phone)
