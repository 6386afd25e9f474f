from __future__ import annotations

from django.urls import path

from kefen_crm.assistants import views

app_name = "assistants"
urlpatterns = [path("", views.endpoint, name="endpoint")]
