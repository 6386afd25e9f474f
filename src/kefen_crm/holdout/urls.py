from __future__ import annotations

from django.urls import path

from kefen_crm.holdout import views

app_name = "holdout"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("<int:year>/measure/", views.measure, name="measure"),
]
