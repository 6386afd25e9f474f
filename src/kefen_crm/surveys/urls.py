from __future__ import annotations

from django.urls import path

from kefen_crm.surveys import views

app_name = "surveys"

urlpatterns = [
    path("surveys/", views.surveys, name="list"),
    path("surveys/new/", views.edit, name="new"),
    path("surveys/<int:pk>/", views.survey, name="survey"),
    path("surveys/<int:pk>/edit/", views.edit, name="edit"),
    path("surveys/of/<code:code>/ask/", views.ask, name="ask"),
    path("answer/<str:token>/", views.answer, name="answer"),
]
