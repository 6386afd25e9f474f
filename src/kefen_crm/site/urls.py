from __future__ import annotations

from django.urls import include, path

from kefen_crm.platform.registry import declared
from kefen_crm.site import search
from kefen_crm.site.monitoring import views as monitoring

urlpatterns = [
    path("search/", search.quick, name="search"),
    path("", include("kefen_crm.site.home.urls")),
    path("health", monitoring.health_page, name="health"),
    path("health/live", monitoring.live, name="health_live"),
    path("metrics", monitoring.metrics, name="metrics"),
    *(path(route.prefix, include(route.module)) for route in declared("routes")),
    path("api/", include("kefen_crm.site.api.urls")),
]

handler500 = "kefen_crm.site.broken.broken"
