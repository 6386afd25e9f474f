from __future__ import annotations

from django.urls import path

from kefen_crm.care import views

app_name = "care"

urlpatterns = [
    path("", views.overview, name="list"),
    path("rule/", views.rule, name="rule"),
]
