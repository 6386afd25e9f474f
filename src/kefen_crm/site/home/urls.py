from __future__ import annotations

from django.urls import path

from kefen_crm.site.home import views

urlpatterns = [
    path("", views.home, name="home"),
]
