from __future__ import annotations

from django.urls import path, re_path

from kefen_crm.holdings import views

app_name = "holdings"

urlpatterns = [
    path("", views.pool, name="pool"),
    re_path(r"^export\.(?P<form>xlsx|csv)\Z", views.export, name="export"),
    path("of/<code:code>/claim/", views.claim, name="claim"),
    path("of/<code:code>/release/", views.release, name="release"),
    path("of/<code:code>/assign/", views.assign, name="assign"),
    path("of/<code:code>/", views.pooled, name="pooled"),
]
