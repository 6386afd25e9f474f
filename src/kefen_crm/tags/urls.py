from __future__ import annotations

from django.urls import path

from kefen_crm.tags import views

app_name = "tags"

urlpatterns = [
    path("", views.tags, name="list"),
    path("<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/remove/", views.remove, name="remove"),
    path("of/<code:code>/put/", views.put, name="put"),
    path("of/<code:code>/<int:pk>/take/", views.take, name="take"),
]
