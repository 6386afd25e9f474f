from __future__ import annotations

from django.urls import include, path

from kefen_crm.platform.registry import declared
from kefen_crm.site import search

urlpatterns = [
    path("search/", search.quick, name="search"),
    path("", include("kefen_crm.site.home.urls")),
    *(path(route.prefix, include(route.module)) for route in declared("routes")),
    path("api/", include("kefen_crm.site.api.urls")),
]
