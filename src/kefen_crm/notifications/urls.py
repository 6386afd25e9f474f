from __future__ import annotations

from django.urls import path

from kefen_crm.notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.notification_list, name="list"),
    path("<int:pk>/", views.read, name="read"),
    path("all/", views.read_all, name="read_all"),
    path("settings/", views.settings, name="settings"),
]
