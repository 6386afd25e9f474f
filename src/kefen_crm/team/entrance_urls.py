"""Signing in and out, and the language: addresses outside the team's own pages."""

from __future__ import annotations

from allauth.account import views as account
from django.urls import include, path

from kefen_crm.team.language import set_language

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm-password/", account.reauthenticate, name="account_reauthenticate"),
    path("two-step/", include("allauth.mfa.urls")),
    path("language/", set_language, name="set_language"),
]
