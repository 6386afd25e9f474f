"""The documentation page: Swagger UI from our own static files, as the site's policy asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from ninja.openapi.docs import DocsBase

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from ninja import NinjaAPI


class Docs(DocsBase):
    """Swagger UI, for whoever is signed in on the site."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        settings = {
            "url": self.get_openapi_url(api, kwargs),
            "layout": "BaseLayout",
            "deepLinking": True,
            "displayOperationId": False,
            "validatorUrl": None,
        }
        return render(request, "api/docs.html", {"settings": settings})
