from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404
from django.urls import URLPattern, path, re_path

from kefen_crm.platform.api.handlers import guarded
from kefen_crm.site.api.service import api

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLResolver


def nothing(_request: HttpRequest) -> HttpResponse:
    """No address of the API."""
    raise Http404


routes, _app, namespace = api.urls
for route in routes:
    # The documentation page is a page of the site: signed out, it leads to signing in.
    if not isinstance(route, URLPattern) or route.name == "openapi-view":
        continue
    route.callback = guarded(route.callback)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", (routes, "ninja", namespace)),
    re_path("", guarded(nothing)),
]
