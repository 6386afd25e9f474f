from __future__ import annotations

from django.urls import path

from kefen_crm.quality import views

app_name = "quality"

urlpatterns = [
    path("", views.page, name="overview"),
    path("look/", views.look, name="look"),
    path("mend/<slug:name>/", views.mend, name="mend"),
    path("mendings/<int:pk>/undo/", views.undo, name="undo"),
]
