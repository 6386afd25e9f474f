"""The search of every page: the best matches of every app, and what can be begun by its name."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kefen_crm.platform.registry import declared
from kefen_crm.site.navigation import commands, menu

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from kefen_crm.platform.parts import Hit

LISTED = 8
"""Matches of one sort."""
BEGUN = 6
"""Commands beside matches; without a word, all of them."""


@dataclass(frozen=True)
class Entry:
    """A line of the search: a page to go to, something to begin, or something that was found."""

    title: str
    note: str
    href: str
    icon: str
    dialog: bool = False


@dataclass(frozen=True)
class Group:
    """Lines of one sort."""

    title: str
    entries: list[Entry]


@require_GET
def quick(request: HttpRequest) -> HttpResponse:
    """What the apps find, by sort; pages to go to and things to begin where their names fit.

    Without a word all of these, and nothing that was found.
    """
    text = request.GET.get("q", "").strip()[:200]
    groups = _found(request, text) if text else []
    begun = _begun(request, text)
    if begun:
        groups.append(Group(_("Go to, begin"), begun if not text else begun[:BEGUN]))
    return render(request, "layout/quick.html", {"groups": groups, "q": text})


def _found(request: HttpRequest, text: str) -> list[Group]:
    groups = []
    for source in declared("search"):
        hits: list[Hit] = list(islice(source.find(request, text), LISTED))
        if hits:
            entries = [Entry(one.title, one.note, one.url, source.icon) for one in hits]
            groups.append(Group(str(source.title), entries))
    return groups


def _begun(request: HttpRequest, text: str) -> list[Entry]:
    """Commands and pages whose name has every word."""
    words = text.casefold().split()
    found = [
        (f"{one.command.title} {one.command.words}", Entry(
            str(one.command.title), "", one.href, one.command.icon, one.command.dialog))
        for one in commands(request)
    ]  # fmt: skip
    found += [
        (str(one.entry.title), Entry(str(one.entry.title), "", one.href, one.entry.icon))
        for one in menu(request)
    ]
    seen: set[str] = set()
    fitting = []
    for names, entry in found:
        if entry.href not in seen and all(word in names.casefold() for word in words):
            seen.add(entry.href)
            fitting.append(entry)
    return fitting
