"""The search of every page: the few best matches of every app while a person types."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING

from django.shortcuts import render
from django.views.decorators.http import require_GET

from kefen_crm.platform.registry import declared

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LISTED = 8


@require_GET
def quick(request: HttpRequest) -> HttpResponse:
    """What the apps find, the first app's first; nothing without a word."""
    text = request.GET.get("q", "").strip()
    found = chain.from_iterable(one.find(request, text) for one in declared("search"))
    hits = list(islice(found, LISTED)) if text else []
    return render(request, "layout/quick.html", {"hits": hits, "q": text})
