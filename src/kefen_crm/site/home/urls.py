from __future__ import annotations

from django.urls import path

from kefen_crm.site.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("compare/", views.compare_with_last_year, name="compare_with_last_year"),
]
