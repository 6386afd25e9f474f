"""The main menu, as the apps' entries make it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from kefen_crm.platform.parts import Command, MenuEntry, Text


GROUPS: Final[tuple[tuple[str, Text], ...]] = (
    ("", ""),
    ("classes", _("Grading")),
    ("data", _("Data")),
    ("settings", _("Administration")),
)
"""The groups of the menu, with their titles."""


IN_PHONE_BAR: Final = 3
"""Pages in the bar of a phone, beside new things and one's own page."""


@dataclass(frozen=True)
class Link:
    """A menu entry as this request sees it; its address says which it is."""

    entry: MenuEntry = field(compare=False)
    href: str
    active: bool


@cache
def _address(url_name: str) -> str:
    """The address of a page without arguments, which stays while the process runs."""
    return reverse(url_name)


def menu(request: HttpRequest) -> list[Link]:
    """The entries this user may open; the one of the current page is active."""
    links: list[Link] = []
    may = request.user.can  # type: ignore[union-attr]  # somebody is signed in
    for entry in sorted(declared("menu"), key=lambda one: one.position):
        if entry.permit and not may.get(entry.permit):
            continue
        if entry.shown and not entry.shown():
            continue
        href = _address(entry.url_name)
        links.append(Link(entry, href, active=False))
    within = [one for one in links if request.path.startswith(one.href) and one.href != "/"]
    # Of pages within each other the innermost is the current one.
    here = max(within, key=lambda one: len(one.href), default=None)
    here = here or next((one for one in links if one.href == request.path), None)
    return [replace(one, active=one is here) for one in links]


def grouped(links: Sequence[Link]) -> list[tuple[Text, list[Link]]]:
    """The entries by their groups, each with its title; daily work has none."""
    found = [(title, [one for one in links if one.entry.group == name]) for name, title in GROUPS]
    return [(title, these) for title, these in found if these]


@dataclass(frozen=True)
class Begun:
    """Something that this request's person can begin; its address says what it is."""

    command: Command = field(compare=False)
    href: str


@lru_cache(maxsize=128)
def menu_lines(links: tuple[Link, ...], _language: str) -> SafeString:
    """The menu as HTML, which is the same on every page of a kind for whoever may open the same."""
    return render_to_string("layout/menu.html", {"groups": grouped(links)})


@lru_cache(maxsize=32)
def begun_lines(begun: tuple[Begun, ...], _language: str) -> SafeString:
    """What can be begun as lines of a menu, in HTML."""
    return render_to_string("layout/begun.html", {"begun": begun})


def commands(request: HttpRequest) -> list[Begun]:
    """What this user can begin, the new things first."""
    may = request.user.can  # type: ignore[union-attr]  # somebody is signed in
    found = [one for one in declared("commands") if not one.permit or may.get(one.permit)]
    ordered = sorted(found, key=lambda one: not one.create)
    return [Begun(one, _address(one.url_name)) for one in ordered]


def phone_bar(request: HttpRequest, links: list[Link]) -> list[Link]:
    """The entries of the bar at the bottom of a phone, filled up with the work of one's role."""
    may = request.user.can  # type: ignore[union-attr]  # somebody is signed in
    made = sorted((one for one in links if one.entry.phone), key=lambda one: one.entry.phone)
    more = [one for one in links if not one.entry.phone and may.get(one.entry.phone_permit)]
    return [*made, *more][: max(len(made), IN_PHONE_BAR)]
