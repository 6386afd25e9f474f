from __future__ import annotations

from django.urls import path

from kefen_crm.industry_starts import views

app_name = "industry_starts"

urlpatterns = [
    path("", views.starts, name="list"),
    path("without/", views.without, name="without"),
    path("<slug:name>/", views.preview, name="preview"),
]
