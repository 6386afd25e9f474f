from __future__ import annotations

from django.urls import path

from kefen_crm.surveys import question_views, views

app_name = "surveys"

urlpatterns = [
    path("surveys/", views.surveys, name="list"),
    path("surveys/new/", views.edit, name="new"),
    path("surveys/<int:pk>/", views.survey, name="survey"),
    path("surveys/<int:pk>/edit/", views.edit, name="edit"),
    path("surveys/<int:pk>/questions/", question_views.questions, name="questions"),
    path("surveys/<int:pk>/questions/new/", question_views.edit, name="new_question"),
    path("surveys/<int:pk>/preview/", question_views.preview, name="preview"),
    path("surveys/questions/<int:question_pk>/", question_views.edit, name="question"),
    path("surveys/questions/<int:pk>/move/", question_views.move, name="move_question"),
    path("surveys/questions/<int:pk>/remove/", question_views.remove, name="remove_question"),
    path("surveys/of/<code:code>/ask/", views.ask, name="ask"),
    path("answer/<str:token>/", views.answer, name="answer"),
]
