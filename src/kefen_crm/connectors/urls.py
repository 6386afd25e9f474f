from __future__ import annotations

from django.urls import path

from kefen_crm.connectors import receiving, views

app_name = "connectors"

urlpatterns = [
    path("", views.settings, name="settings"),
    path("new/<slug:source>/", views.add, name="add"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/in/", receiving.receive, name="receive"),
    path("<int:pk>/renew/", views.renew, name="renew"),
    path("<int:pk>/change/", views.change, name="change"),
    path("<int:pk>/switch/", views.switch, name="switch"),
    path("<int:pk>/trust/", views.trust, name="trust"),
    path("<int:pk>/run/", views.run, name="run"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
