from __future__ import annotations

from django.urls import path

from kefen_crm.campaigns import views

app_name = "campaigns"

urlpatterns = [
    path("", views.campaigns, name="list"),
    path("new/", views.edit, name="new"),
    path("<int:pk>/", views.campaign, name="campaign"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/log/<str:form>/", views.log, name="log"),
    path("<int:pk>/<str:verb>/", views.act, name="act"),
]
