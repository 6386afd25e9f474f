from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path

from kefen_crm.site.views import set_language

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm-password/", account.reauthenticate, name="account_reauthenticate"),
    path("two-step/", include("allauth.mfa.urls")),
    path("language/", set_language, name="set_language"),
    path("team/", include("kefen_crm.team.urls")),
    path("", include("kefen_crm.site.home.urls")),
    path("customers/", include("kefen_crm.customer_pages.urls")),
    path("schemes/", include("kefen_crm.designer.urls")),
    path("schemes/", include("kefen_crm.grading.urls")),
    path("proof/", include("kefen_crm.evaluation.urls")),
    path("imports/", include("kefen_crm.imports.urls")),
    path("settings/", include("kefen_crm.operations.urls")),
    path("api/", include("kefen_crm.site.api.urls")),
]
