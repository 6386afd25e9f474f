from __future__ import annotations

from django.urls import path

from kefen_crm.operations import views

app_name = "operations"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("backups/", views.back_up, name="back_up"),
]
