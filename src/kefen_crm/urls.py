from __future__ import annotations

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

ROOMS = {
    "": "kefen_crm.home",
    "customers/": "kefen_crm.customers",
    "schemes/": "kefen_crm.grading",
    "imports/": "kefen_crm.imports",
    "api/": "kefen_crm.api",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path(prefix, include(f"{room}.urls"))
    for prefix, room in ROOMS.items()
    if find_spec(room) and find_spec(f"{room}.urls")
]
