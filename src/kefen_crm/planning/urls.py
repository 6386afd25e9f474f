from __future__ import annotations

from django.urls import path

from kefen_crm.planning import views

app_name = "planning"

urlpatterns = [
    path("", views.plans, name="list"),
    path("territories/", views.territories, name="territories"),
    path("<int:pk>/", views.plan, name="plan"),
]
