from __future__ import annotations

from django.urls import path

from kefen_crm.workdays import views

app_name = "workdays"
urlpatterns = [
    path("", views.settings, name="settings"),
    path("day/", views.day, name="day"),
    path("year/", views.import_year, name="import_year"),
]
