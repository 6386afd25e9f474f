from __future__ import annotations

from django.urls import path

from kefen_crm.uplift import views

app_name = "uplift"

urlpatterns = [
    path("", views.learnings, name="list"),
    path("<int:pk>/", views.learning, name="learning"),
    path("<int:pk>/progress/", views.progress, name="progress"),
    path("<int:pk>/publish/", views.publish, name="publish"),
    path("<int:pk>/pictures/<slug:name>.json", views.picture, name="picture"),
]
