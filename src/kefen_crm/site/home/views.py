from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from kefen_crm.platform.parts import Part
from kefen_crm.platform.registry import declared, plugins

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The first page: what needs attention, and the tiles of every app."""
    tiles: dict[str, list[Part]] = {"heading": [], "top": [], "main": []}
    for tile in declared("tiles"):
        context = tile.read(request)
        if context is not None:
            tiles[tile.place].append(Part(tile.template, context, tile.style))
    items = [one for plugin in plugins() if plugin.attention for one in plugin.attention(request)]
    return render(request, "home/home.html", {"tiles": tiles, "attention": items})
