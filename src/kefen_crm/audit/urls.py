from __future__ import annotations

from django.urls import path

from kefen_crm.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.audit, name="list"),
    path("of/<path:code>/", views.timeline, name="timeline"),
]
