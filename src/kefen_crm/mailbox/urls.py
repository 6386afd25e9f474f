from __future__ import annotations

from django.urls import path

from kefen_crm.mailbox import views

app_name = "mailbox"

urlpatterns = [
    path("", views.waiting, name="waiting"),
    path("settings/", views.settings, name="settings"),
    path("settings/new/", views.edit, name="new"),
    path("settings/<int:pk>/", views.edit, name="edit"),
    path("<int:pk>/give/", views.give, name="give"),
    path("<int:pk>/leave-out/", views.leave_out, name="leave_out"),
]
