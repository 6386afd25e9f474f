from __future__ import annotations

from importlib.util import find_spec

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from kefen_crm.shared.views import set_language

ROOMS = {
    "": "kefen_crm.home",
    "customers/": "kefen_crm.customers",
    "schemes/": "kefen_crm.grading",
    "imports/": "kefen_crm.imports",
    "api/": "kefen_crm.api",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("language/", set_language, name="set_language"),
    path("team/", include("kefen_crm.team.urls")),
    *[
        path(prefix, include(f"{room}.urls"))
        for prefix, room in ROOMS.items()
        if find_spec(room) and find_spec(f"{room}.urls")
    ],
]
