from __future__ import annotations

from django.urls import path

from kefen_crm.needs import views

app_name = "needs"

urlpatterns = [
    path("", views.needs, name="list"),
    path("talks/new/", views.edit, name="new"),
    path("talks/<int:pk>/", views.talk, name="talk"),
    path("talks/<int:pk>/edit/", views.edit, name="edit"),
    path("list/new/", views.edit_need, name="new_need"),
    path("list/<int:pk>/", views.edit_need, name="need"),
]
