from __future__ import annotations

from django.urls import path

from kefen_crm.duplicates import views

app_name = "duplicates"

urlpatterns = [
    path("", views.duplicates, name="list"),
    path("look/", views.look, name="look"),
    path("typing/", views.typing, name="typing"),
    path("merge/", views.merge, name="merge"),
    path("merges/", views.merges, name="merges"),
    path("merges/<int:pk>/undo/", views.undo, name="undo"),
    path("<int:pk>/judge/", views.judge, name="judge"),
]
